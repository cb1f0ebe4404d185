// A bounded queue of bytes over memory that the caller owns. Never waits and never grows: what
// does not fit is dropped and counted, so that a slow console cannot hold up the kernel.

/// A bounded first-in first-out queue of bytes. Not safe against interrupts by itself.
public struct ByteRing {
  // Safety: the memory belongs to whoever made the ring and outlives it; indices are masked.
  private let storage: UnsafeMutablePointer<UInt8>
  private let mask: Int
  var head = 0
  var tail = 0
  /// Bytes that found no room so far.
  public internal(set) var dropped: UInt64 = 0

  /// A ring over the largest power of two of bytes that fits `memory`; nil if that is empty.
  public init?(over memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress, memory.count > 0 else { return nil }
    let capacity = 1 &<< (Int.bitWidth &- 1 &- memory.count.leadingZeroBitCount)
    storage = base.bindMemory(to: UInt8.self, capacity: capacity)
    mask = capacity &- 1
  }

  /// How many bytes the ring holds.
  public var count: Int { tail &- head }

  /// How many bytes it can hold.
  public var capacity: Int { mask &+ 1 }

  /// Appends `byte`, or drops it and returns false if the ring is full.
  @discardableResult
  public mutating func append(_ byte: UInt8) -> Bool {
    guard count <= mask else {
      dropped &+= 1
      return false
    }
    storage[tail & mask] = byte
    tail &+= 1
    return true
  }

  /// Takes the oldest byte out, nil if there is none.
  public mutating func popFirst() -> UInt8? {
    guard head != tail else { return nil }
    let byte = storage[head & mask]
    head &+= 1
    return byte
  }
}
