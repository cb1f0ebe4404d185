// A generator with fast key erasure (D. J. Bernstein, "Fast-key-erasure random-number
// generators", 2017): each request first replaces the key, so who reads the state later learns
// nothing of what was given out before.

/// An endless supply of random bytes from one seed.
public struct RandomGenerator: ~Copyable {
  private var key: ChaCha20.Key

  /// A generator that knows nothing but `seed`, and is as unpredictable as that.
  public init(seed: ChaCha20.Key) { key = seed }

  /// Fills `target`. Allocates nothing; costs a block (about 700 instructions) for each 64 bytes,
  /// and one for 32 bytes or fewer.
  public mutating func fill(_ target: UnsafeMutableRawBufferPointer) {
    let current = key
    var block = ChaCha20.block(key: current, counter: 0)
    for index in 0..<8 { key[index] = block[index] }
    var position = 0
    // The first block's second half is for the caller; the counter starts again with each key.
    var word = 8
    var counter: UInt32 = 0
    while position < target.count {
      if word == 16 {
        counter &+= 1
        block = ChaCha20.block(key: current, counter: counter)
        word = 0
      }
      var bits = block[word]
      for _ in 0..<min(4, target.count - position) {
        target[position] = UInt8(truncatingIfNeeded: bits)
        bits >>= 8
        position += 1
      }
      word += 1
    }
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    var value: UInt64 = 0
    // Safety: the bytes are the value's own.
    withUnsafeMutableBytes(of: &value) { fill($0) }
    return value
  }
}
