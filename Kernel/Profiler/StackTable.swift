// Stacks by their contents: each different one gets a number and is kept once. A hash table with
// open addressing over memory of a fixed size; nothing is ever removed, so a number means the same
// for as long as the instance lives.

/// The callers seen so far.
public struct StackTable {
  // Safety: the owner of the region (`ProfileMemory`) has made it large enough for `capacity` + 1
  // rows and 2 * `capacity` slots, and zeroed the slots; it is never given back.
  private let rows: UnsafeMutableRawPointer
  private let slots: UnsafeMutablePointer<UInt32>
  private let stride: Int
  private let mask: UInt64
  /// How many stacks fit.
  public let capacity: Int
  /// Return addresses that are kept of each.
  public let depth: Int
  /// How many there are.
  public private(set) var count = 0

  init(_ rows: UnsafeMutableRawPointer, slots: UnsafeMutablePointer<UInt32>, _ size: ProfileSize) {
    self.rows = rows
    self.slots = slots
    stride = size.stride
    capacity = size.stacks
    depth = size.depth
    mask = UInt64(2 * size.stacks - 1)
  }

  /// What a row is compared by first, as one word: hash, flags, frames, gap, awaiting.
  @inline(__always)
  private func head(_ index: Int) -> UnsafeMutablePointer<UInt64> {
    // Safety: the first word of a row, as `StackRow` lays it out.
    (rows + index &* stride).assumingMemoryBound(to: UInt64.self)
  }

  @inline(__always)
  private func frames(_ index: Int) -> UnsafeMutablePointer<UInt64> { head(index) + 1 }

  /// The callers of the stack with this number, which must have been given.
  @inline(__always)
  func callers(_ number: UInt32) -> UnsafePointer<UInt64> {
    UnsafePointer(frames(Int(number) &- 1))
  }

  /// Where the next stack to be looked up is written: room for `depth` addresses.
  @inline(__always)
  public var candidate: UnsafeMutablePointer<UInt64> { frames(count) }

  /// The number, from 1, of the stack whose callers stand at `candidate`; 0 if it is not among the
  /// stacks and there is no room for another.
  @inline(__always)
  public mutating func number(of walked: Walked) -> UInt32 {
    let count = walked.count
    let kind =
      UInt64(walked.flags.rawValue) | UInt64(count) << 8 | UInt64(walked.gap) << 16
      | UInt64(walked.awaiting) << 24
    let mixed = (walked.hash ^ walked.hash >> 32 ^ kind) &* StackWalk.factor
    let head = mixed >> 32 | kind << 32
    let new = candidate
    // The comparison takes two at once.
    if count < depth { new[count] = 0 }
    var slot = mixed >> 32 & mask
    while true {
      let number = slots[Int(slot)]
      if number == 0 { return add(head, at: slot) }
      let index = Int(number &- 1)
      if self.head(index).pointee == head, isSame(frames(index), new, count) { return number }
      slot = (slot &+ 1) & mask
    }
  }

  /// Compares `count` addresses, rounded up to an even number, as `depth` is.
  @inline(__always)
  private func isSame(
    _ one: UnsafeMutablePointer<UInt64>, _ other: UnsafeMutablePointer<UInt64>, _ count: Int
  ) -> Bool {
    var index = 0
    while index < count {
      if (one[index] ^ other[index]) | (one[index &+ 1] ^ other[index &+ 1]) != 0 { return false }
      index &+= 2
    }
    return true
  }

  @inline(never)
  private mutating func add(_ head: UInt64, at slot: UInt64) -> UInt32 {
    guard count < capacity else { return 0 }
    let index = count
    for frame in Int(head >> 40 & 0xff)..<depth { frames(index)[frame] = 0 }
    self.head(index).pointee = head
    count = index &+ 1
    slots[Int(slot)] = UInt32(truncatingIfNeeded: count)
    return UInt32(truncatingIfNeeded: count)
  }

  /// The stack with this number, and its callers; nil for 0 and what has not been given yet.
  public func stack(_ number: UInt32) -> (row: StackRow, frames: UnsafeBufferPointer<UInt64>)? {
    guard number > 0, number <= count else { return nil }
    let index = Int(number &- 1)
    // Safety: a row begins with its head.
    let row = UnsafeRawPointer(head(index)).load(as: StackRow.self)
    return (row, UnsafeBufferPointer(start: frames(index), count: Int(row.frames)))
  }
}
