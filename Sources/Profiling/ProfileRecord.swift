// The last minute of a profile as it was watched: what was counted between looks, so that a screen
// can show any of the last seconds, of now or of an earlier moment, without asking anybody.

public import Readings

/// How many samples a spot had.
public struct SpotCount: Sendable, Equatable {
  /// The spot's number, from 1.
  public var spot: UInt32
  public var count: UInt32
}

/// What the profiler says of all its samples.
public struct SampleTotals: Sendable, Equatable {
  public var running: UInt64 = 0
  public var idle: UInt64 = 0
  public var waiting: UInt64 = 0
  public var missed: UInt64 = 0
  /// Samples without room in the tables.
  public var homeless: UInt64 = 0
  public var gaps: UInt64 = 0
  public var cut: UInt64 = 0
  public var deep: UInt64 = 0
  /// Nanoseconds that samples were late, all together.
  public var late: UInt64 = 0

  /// No samples.
  public init() {}

  init(_ counters: [String: UInt64]) {
    func number(_ name: String) -> UInt64 { counters[name] ?? 0 }
    running = number("running")
    idle = number("idle")
    waiting = number("waiting")
    missed = number("missed")
    homeless = number("homeless")
    gaps = number("gaps")
    cut = number("cut")
    deep = number("deep")
    late = number("late.total")
  }

  /// What was counted since `earlier`.
  public func since(_ earlier: SampleTotals) -> SampleTotals {
    var result = self
    result.running &-= earlier.running
    result.idle &-= earlier.idle
    result.waiting &-= earlier.waiting
    result.missed &-= earlier.missed
    result.homeless &-= earlier.homeless
    result.gaps &-= earlier.gaps
    result.cut &-= earlier.cut
    result.deep &-= earlier.deep
    result.late &-= earlier.late
    return result
  }
}

/// A profile that is being watched.
public struct ProfileRecord: Sendable {
  /// What came between one look and the next.
  struct Step: Sendable {
    /// Microseconds of the host's monotonic clock, at its end.
    var taken: Int
    var counts: [SpotCount]
    /// Single samples; nil where the source has none.
    var samples: [ProfileSample: UInt32]?
    /// The same with their times, in order.
    var timed: [TimedSample] = []
    /// All that was counted until its end.
    var totals: SampleTotals
  }

  public internal(set) var tree = CallTree()
  /// Samples a second that are asked for; 0 while none are taken.
  public internal(set) var rate: UInt64 = 0
  /// Counts of all spots at the latest look, since the instance began; that of spot n is at n - 1.
  public internal(set) var counts: [UInt64] = []
  public internal(set) var totals = SampleTotals()
  /// Samples that were overwritten before anybody saw whose they were.
  public internal(set) var unowned: UInt64 = 0
  /// Says that rows are others than before: what was noted of them means nothing any more.
  public internal(set) var generation = 0
  /// Oldest first.
  var steps: [Step] = []

  /// Microseconds that are kept.
  public static let span = 60_000_000
  /// The most steps.
  static let most = 700

  /// Nothing yet.
  public init() {}

  /// When the latest look was, in microseconds of the host's monotonic clock.
  public var taken: Int { steps.last?.taken ?? 0 }
  /// The earliest moment that is kept, in the same time.
  public var began: Int { steps.first?.taken ?? 0 }
}

/// Watches a profile: builds its tree and keeps the last minute. One thread owns it.
public struct ProfileRecorder {
  /// What was seen so far.
  public private(set) var record = ProfileRecord()
  private var builder: CallTreeBuilder
  private let names: FrameNames

  /// Will name functions by `names`.
  public init(_ names: FrameNames) {
    self.names = names
    builder = CallTreeBuilder(names)
  }

  /// Takes what the tables now say, read at `taken` microseconds.
  ///
  /// Cost: fractions of a microsecond for each spot and each new sample, more for new spots.
  public mutating func add(_ tables: ProfileTables, taken: Int) {
    if tables.generation != record.generation || tables.spots.count < record.counts.count {
      record = ProfileRecord()
      record.generation = tables.generation
      builder = CallTreeBuilder(names)
    }
    builder.add(tables.spots)
    record.tree = builder.tree
    record.rate = tables.rate ?? 0
    record.unowned = tables.missedSamples
    record.totals = SampleTotals(tables.counters)
    let isFirst = record.steps.isEmpty
    var counts: [SpotCount] = []
    record.counts += Array(repeating: 0, count: tables.spots.count - record.counts.count)
    for (index, spot) in tables.spots.enumerated() where spot.count != record.counts[index] {
      // What was counted before the first look belongs to no moment.
      let new = isFirst ? 0 : spot.count &- record.counts[index]
      record.counts[index] = spot.count
      if new > 0 {
        counts.append(SpotCount(spot: UInt32(index + 1), count: UInt32(clamping: new)))
      }
    }
    let samples = tables.samples.map { new in
      new.reduce(into: [ProfileSample: UInt32]()) { $0[$1, default: 0] &+= 1 }
    }
    record.steps.append(
      ProfileRecord.Step(
        taken: taken, counts: counts, samples: samples, timed: tables.timed,
        totals: record.totals))
    let oldest = record.steps.firstIndex { $0.taken >= taken - ProfileRecord.span } ?? 0
    let surplus = max(oldest, record.steps.count - ProfileRecord.most)
    if surplus > 0 { record.steps.removeFirst(surplus) }
  }
}
