// Many weak or doubtful samples made into one seed that is at least as good as all of them.

/// Takes samples in and gives a seed out.
public struct SeedMixer {
  private var key = ChaCha20.Key(repeating: 0)
  private var slot = 0
  private var counter: UInt32 = 0

  /// A mixer that has seen nothing.
  public init() {}

  /// Takes a sample in; every fourth costs a block of ChaCha20.
  public mutating func absorb(_ sample: UInt64) {
    key[slot] ^= UInt32(truncatingIfNeeded: sample)
    key[slot + 1] ^= UInt32(truncatingIfNeeded: sample >> 32)
    slot += 2
    if slot == 8 { stir() }
  }

  /// A seed that depends on every sample taken in so far, and on how many.
  public mutating func seed() -> ChaCha20.Key {
    stir()
    stir()
    return key
  }

  private mutating func stir() {
    // One way: the half that is not kept hides what the key was.
    let block = ChaCha20.block(key: key, counter: counter, nonce: [UInt32(slot), 0, 0])
    for index in 0..<8 { key[index] = block[index] }
    counter &+= 1
    slot = 0
  }
}
