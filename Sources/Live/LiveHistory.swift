// The last minutes of an instance: moments in order, the last one finely, older ones a second apart,
// bounded in time and in bytes whatever the target tells. Values: whoever holds a copy may look at it
// while another grows.

public import Readings

/// What is remembered of an instance.
public struct LiveHistory: Sendable {
  /// Oldest first.
  public private(set) var moments: [Moment] = []
  /// The log's latest records, oldest first.
  public private(set) var log: [LogRecord] = []
  /// The ranges of memory, as last told.
  public private(set) var ranges: [RangeReading] = []
  public private(set) var buildID: [UInt8]?
  /// The latest of the runs that the instance recorded one by one, in the order of their ends, and the
  /// slowest of all that were seen, slowest first.
  public private(set) var runs: [RunReading] = []
  public private(set) var slowest: [RunReading] = []
  /// Runs that were written over before anybody read them.
  public private(set) var missedRuns: UInt64 = 0
  private var collector = Self.collector()
  /// Log records that were gone before anybody read them.
  public var missedRecords: UInt64 { follower.missed }
  /// Bytes that it takes, about.
  public private(set) var bytes = 0
  private var follower = LogFollower()
  /// How many moments at the front are a second apart.
  private var thinned = 0
  private var hasGap = false

  /// Microseconds that are kept finely, and that are kept at all.
  public static let fine = 60_000_000
  public static let span = 600_000_000
  /// The most bytes of moments, and the most log records.
  static let mostBytes = 6 << 20
  static let mostRecords = 2000
  /// The most runs, and the most slow ones.
  static let mostRuns = (all: 4000, slow: 32)

  private static func collector() -> RunCollector {
    RunCollector(most: mostRuns.all, slowest: mostRuns.slow)
  }

  /// A history of nothing.
  public init() {}

  /// A history that was made elsewhere, of moments in order.
  init(
    moments: [Moment], log: [LogRecord], runs: [RunReading], ranges: [RangeReading],
    buildID: [UInt8]?
  ) {
    self.moments = moments
    self.runs = runs
    slowest = Array(runs.sorted { $0.run > $1.run }.prefix(Self.mostRuns.slow))
    self.log = log
    self.ranges = ranges
    self.buildID = buildID
  }

  /// Takes what was read. An instance that began anew is another one: what was before is forgotten,
  /// but for the log.
  public mutating func add(_ reading: Reading) {
    var moment = Moment(reading, after: moments.last)
    if let last = moments.last {
      guard moment.taken > last.taken else { return }
      if let now = moment.time, let before = last.time, now < before {
        moments = []
        bytes = 0
        thinned = 0
        collector = Self.collector()
        runs = []
        slowest = []
      }
    }
    moment.isAfterGap = hasGap || moments.isEmpty
    hasGap = false
    bytes += moment.bytes(beyond: moments.last)
    moments.append(moment)
    let records = follower.new(in: reading)
    if !records.isEmpty {
      log += records
      if log.count > Self.mostRecords { log.removeFirst(log.count - Self.mostRecords) }
    }
    if !collector.add(reading).isEmpty {
      runs = collector.runs
      slowest = collector.slowest
      missedRuns = collector.missed
    }
    if !reading.rows("memory.ranges").isEmpty { ranges = Array(reading.ranges.prefix(256)) }
    buildID = reading.buildID ?? buildID
    thin()
  }

  /// Notes that nothing is known of the time from now to the next moment.
  public mutating func paused() { hasGap = true }

  private mutating func thin() {
    guard let last = moments.last else { return }
    while thinned < moments.count - 1, moments[thinned].taken < last.taken - Self.fine {
      let moment = moments[thinned]
      if thinned > 0, moment.taken - moments[thinned - 1].taken < 1_000_000, !moment.isAfterGap {
        drop(at: thinned)
      } else {
        thinned += 1
      }
    }
    while moments.count > 2, moments[0].taken < last.taken - Self.span || bytes > Self.mostBytes {
      drop(at: 0)
      thinned = max(0, thinned - 1)
    }
  }

  private mutating func drop(at place: Int) {
    let earlier = place > 0 ? moments[place - 1] : nil
    bytes = max(0, bytes - moments[place].bytes(beyond: earlier))
    moments.remove(at: place)
  }

  // MARK: Looking back

  /// The last moment before the instance began anew, from `place` on.
  private func lastOfBoot(_ place: Int?) -> Int {
    guard let place, moments.indices.contains(place) else { return moments.count - 1 }
    var last = place
    while last + 1 < moments.count {
      if let now = moments[last].time, let next = moments[last + 1].time, next < now { break }
      last += 1
    }
    return last
  }

  /// The moment shown at `taken`: the latest that is not after it; the last one for nil.
  public func place(at taken: Int?) -> Int? {
    guard !moments.isEmpty else { return nil }
    guard let taken else { return moments.count - 1 }
    var low = 0
    var high = moments.count
    while low < high {
      let middle = (low + high) / 2
      if moments[middle].taken <= taken { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// The moment to count from at `place`, at least `span` microseconds before it where there is one;
  /// nil if there is none before it, or only ones across a gap.
  public func earlier(than place: Int, by span: Int = 1_000_000) -> Int? {
    guard moments.indices.contains(place) else { return nil }
    var index = place
    while index > 0, moments[place].taken - moments[index].taken < span {
      if moments[index].isAfterGap { break }
      index -= 1
    }
    return index < place ? index : nil
  }

  /// How long the instance's clock has said the same up to the moment at `place`, in microseconds of the
  /// host: from memory it is known as of the loop's last look at it. Not
  /// whole if longer than is remembered.
  public func timeStood(to place: Int) -> (microseconds: Int, isWhole: Bool) {
    guard moments.indices.contains(place) else { return (0, true) }
    var first = place
    while first > 0, moments[first - 1].time == moments[place].time { first -= 1 }
    return (moments[place].taken - moments[first].taken, first > 0)
  }

  /// When it was `time` since boot, in microseconds of the host's clock, as far as that can be told: by
  /// the first moment after it, as the instance's clock may have stood still since. Of several boots it
  /// is that of the moment at `place`; the last one for nil.
  public func host(at time: UInt64, near place: Int? = nil) -> Int? {
    var near: (taken: Int, time: UInt64)?
    for moment in moments[...lastOfBoot(place)].reversed() {
      guard let now = moment.time else { continue }
      // Before `time`, or of an earlier boot.
      if let near, now < time || now > near.time { break }
      near = (moment.taken, now)
    }
    return near.map { $0.taken - Int(clamping: ($0.time >= time ? $0.time - time : 0) / 1000) }
  }
}
