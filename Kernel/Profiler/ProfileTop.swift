// The stacks that most samples have, for who has no reader of the tables at hand.

/// Callers and activities by how many samples have them, most first.
public struct ProfileTop {
  /// One of them.
  public struct Line: Equatable, Sendable {
    /// How many samples.
    public var count: UInt64 = 0
    /// Their callers' number in the table of stacks; 0 for all whose callers found no room.
    public var stack: UInt32 = 0
    /// A `CoreActivity`.
    public var activity: UInt32 = 0
    /// The instruction that most of them were taken at.
    public var address: UInt64 = 0
  }

  private struct Group {
    var count: UInt64 = 0
    var address: UInt64 = 0
    var most: UInt64 = 0
  }

  // Safety: made for one profiler, with room for each of its stacks three times; never given back.
  private let groups: UnsafeMutablePointer<Group>
  private let capacity: Int

  /// Room for the stacks of a profiler of this size. Allocates.
  public init(_ size: ProfileSize) {
    capacity = 3 * (size.stacks + 1)
    groups = .allocate(capacity: capacity)
    groups.initialize(repeating: Group(), count: capacity)
  }

  /// Sums up. Cost: a look at each spot.
  public func sum(_ memory: ProfileMemory) {
    groups.update(repeating: Group(), count: capacity)
    for number in 0..<UInt32(memory.spots.count) {
      guard let (row, count) = memory.spots.spot(number + 1), row.activity < 3 else { continue }
      let index = Int(row.stack) * 3 + Int(row.activity)
      guard index < capacity else { continue }
      groups[index].count &+= count
      if count > groups[index].most {
        groups[index].most = count
        groups[index].address = row.address
      }
    }
  }

  /// Takes the largest that is left; nil after the last. Cost: a look at each stack.
  public func next() -> Line? {
    var best = 0
    for index in 0..<capacity where groups[index].count > groups[best].count { best = index }
    let group = groups[best]
    guard group.count > 0 else { return nil }
    groups[best].count = 0
    return Line(
      count: group.count, stack: UInt32(best / 3), activity: UInt32(best % 3),
      address: group.address)
  }
}
