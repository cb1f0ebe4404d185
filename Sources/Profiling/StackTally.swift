// Stacks counted, in the shape in which an instance's own profiler has them, so that what shows the
// one shows the other.

public import Readings

/// Counts stacks.
public struct StackTally: Sendable {
  private struct Key: Hashable {
    var activity: String
    var addresses: [UInt64]
    var isCut: Bool
  }

  private var indices: [Key: Int] = [:]
  private var spots: [ProfileReading.Spot] = []
  private var counters: [String: UInt64] = [
    "running": 0, "idle": 0, "missed": 0, "homeless": 0, "cut": 0, "deep": 0, "gaps": 0,
  ]

  /// The most different stacks.
  public static let mostSpots = 1 << 16

  /// Nothing yet.
  public init() {}

  /// A stack was taken of a processor that runs, or waits in `hlt`.
  public mutating func took(_ address: UInt64, _ callers: CopiedStack.Callers, isIdle: Bool) {
    let activity = isIdle ? "idle" : "running"
    count(activity)
    if callers.isCut { count("cut") }
    if callers.isDeep { count("deep") }
    let isCut = callers.isCut || callers.isDeep
    let key = Key(activity: activity, addresses: [address] + callers.addresses, isCut: isCut)
    if let index = indices[key] { return spots[index].count &+= 1 }
    guard spots.count < Self.mostSpots else { return count("homeless") }
    indices[key] = spots.count
    var stack = ProfileReading.Stack(callers: callers.addresses)
    stack.isCut = isCut
    spots.append(
      ProfileReading.Spot(
        number: UInt64(spots.count + 1), address: address, activity: activity, count: 1,
        stack: stack))
  }

  /// Samples that were due and not taken.
  public mutating func missed(_ number: UInt64) { count("missed", number) }

  private mutating func count(_ name: String, _ number: UInt64 = 1) {
    counters[name, default: 0] &+= number
  }

  /// What has been counted, at a rate of so many samples a second.
  public func profile(rate: UInt64) -> ProfileReading {
    var profile = ProfileReading()
    profile.spots = spots
    profile.rate = rate
    profile.counters = counters
    return profile
  }
}
