// The spots of a profile: an instruction, the number of its callers' stack, and what the core was
// doing; and beside them how often a sample hit each. So a program that is sampled at thousands of
// instructions keeps thousands of small rows, and the few stacks that lead to them once each.

/// The spots seen so far. Nothing is ever removed.
public struct SpotTable {
  // Safety: as for `StackTable`.
  private let rows: UnsafeMutablePointer<SpotRow>
  private let counts: UnsafeMutablePointer<UInt64>
  private let slots: UnsafeMutablePointer<UInt32>
  private let mask: UInt64
  /// How many spots fit.
  public let capacity: Int
  /// How many there are.
  public private(set) var count = 0

  init(
    _ rows: UnsafeMutablePointer<SpotRow>, counts: UnsafeMutablePointer<UInt64>,
    slots: UnsafeMutablePointer<UInt32>, capacity: Int
  ) {
    self.rows = rows
    self.counts = counts
    self.slots = slots
    self.capacity = capacity
    mask = UInt64(2 * capacity - 1)
  }

  /// Counts a sample; returns the spot's number, from 1, or 0 if there is no room for a new one.
  @inline(__always)
  public mutating func hit(
    _ address: UInt64, stack: UInt32, _ activity: CoreActivity
  ) -> UInt32 {
    let rest = UInt64(stack) | UInt64(activity.rawValue) << 32
    var slot = ((address &* StackWalk.factor ^ rest) &* StackWalk.factor) >> 32 & mask
    while true {
      let number = slots[Int(slot)]
      if number == 0 { return add(address, stack, activity, at: slot) }
      let row = rows + Int(number &- 1)
      if row.pointee.address == address, row.pointee.stack == stack,
        row.pointee.activity == UInt32(activity.rawValue)
      {
        counts[Int(number &- 1)] &+= 1
        return number
      }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(never)
  private mutating func add(
    _ address: UInt64, _ stack: UInt32, _ activity: CoreActivity, at slot: UInt64
  ) -> UInt32 {
    guard count < capacity else { return 0 }
    var row = SpotRow()
    row.address = address
    row.stack = stack
    row.activity = UInt32(activity.rawValue)
    (rows + count).initialize(to: row)
    (counts + count).initialize(to: 1)
    count &+= 1
    slots[Int(slot)] = UInt32(truncatingIfNeeded: count)
    return UInt32(truncatingIfNeeded: count)
  }

  /// The spot with this number, and how often it was hit; nil for 0 and what has not been given yet.
  public func spot(_ number: UInt32) -> (row: SpotRow, count: UInt64)? {
    guard number > 0, number <= count else { return nil }
    return (rows[Int(number &- 1)], counts[Int(number &- 1)])
  }
}
