// A profile as it stands in an instance's memory (Kernel/Profiler/SPEC.md): where samples were
// taken, who had called, and how many there are of each.

internal import Telemetry

/// What an instance's profiler has counted.
public struct ProfileReading: Sendable {
  /// Samples at one instruction with the same callers.
  public struct Spot: Sendable, Equatable {
    /// The number of the row, from 1; it stays the same.
    public var number: UInt64
    public var address: UInt64
    /// `running`, `idle` or `waiting`.
    public var activity: String
    public var count: UInt64
    public var stack: Stack

    /// Creates a spot.
    public init(
      number: UInt64, address: UInt64, activity: String, count: UInt64, stack: Stack
    ) {
      self.number = number
      self.address = address
      self.activity = activity
      self.count = count
      self.stack = stack
    }
  }

  /// Callers of a spot.
  public struct Stack: Sendable, Equatable {
    /// Innermost first: return addresses, but for `awaiting`.
    public var callers: [UInt64] = []
    /// Before which caller frames are missing; nil for none.
    public var gap: Int?
    /// How many callers from the gap on are functions that await: addresses where they go on.
    public var awaiting = 0
    /// Whether frames are missing at the outer end.
    public var isCut = false
    /// Whether there was no room for the callers at all.
    public var isUnknown = false

    /// Creates a stack of these callers, with nothing missing, or one that nothing is known of.
    public init(callers: [UInt64] = [], isUnknown: Bool = false) {
      self.callers = callers
      self.isUnknown = isUnknown
    }
  }

  public var spots: [Spot] = []
  /// Samples a second that are asked for; 0 while none are taken.
  public var rate: UInt64 = 0
  /// The counters `profile.*` by the rest of their names; gauges are not among them.
  public var counters: [String: UInt64] = [:]

  /// A profile without samples.
  public init() {}

  /// The profile in a reading; nil if the instance has none.
  public init?(_ reading: Reading) {
    guard let rate = reading.number("profile.rate") else { return nil }
    self.rate = rate
    for entry in reading.entries
    where entry.name.hasPrefix("profile.")
      && entry.kind == .counter
    {
      if let number = entry.number { counters[String(entry.name.dropFirst(8))] = number }
    }
    let stacks = Dictionary(
      reading.rows("profile.stacks").compactMap { row in row.number.map { ($0, Stack(row)) } },
      uniquingKeysWith: { first, _ in first })
    let counts = reading.rows("profile.counts")
    for row in reading.rows("profile.spots") {
      guard let number = row.number, let address = row["address"]?.number,
        let stack = row["stack"]?.number, number > 0, number <= UInt64(counts.count),
        let count = counts[Int(number) - 1]["count"]?.number
      else { continue }
      spots.append(
        Spot(
          number: number, address: address, activity: row["activity"]?.text ?? "running",
          count: count, stack: stacks[stack] ?? Stack(isUnknown: true)))
    }
  }

  /// What was counted since `earlier`; spots without samples are left out.
  public func since(_ earlier: ProfileReading) -> ProfileReading {
    var difference = self
    let before = Dictionary(
      earlier.spots.map { ($0.number, $0.count) }, uniquingKeysWith: { first, _ in first })
    for index in difference.spots.indices {
      difference.spots[index].count &-= before[difference.spots[index].number] ?? 0
    }
    difference.spots.removeAll { $0.count == 0 }
    for (name, value) in counters {
      difference.counters[name] = value &- (earlier.counters[name] ?? 0)
    }
    return difference
  }
}

extension ProfileReading.Stack {
  /// Callers with what `flags` says of them: 1 gap, 2 cut, 4 deep.
  init(callers addresses: [UInt64], flags: UInt64, gap before: Int, awaiting: Int) {
    callers = addresses
    if flags & 1 != 0 { gap = min(before, addresses.count) }
    self.awaiting = gap.map { min(awaiting, addresses.count - $0) } ?? 0
    isCut = flags & 6 != 0
  }

  init(_ row: ReadingRow) {
    guard case .addresses(let addresses)? = row["callers"] else {
      self.init()
      return
    }
    func number(_ name: String) -> Int { Int(truncatingIfNeeded: row[name]?.number ?? 0) }
    self.init(
      callers: addresses, flags: row["flags"]?.number ?? 0, gap: number("gap"),
      awaiting: number("awaiting"))
  }
}
