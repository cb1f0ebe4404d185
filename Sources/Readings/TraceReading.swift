// The runs of event handlers that an instance has recorded one by one, and a collection of them over
// many looks: each once, with the number of those that were written over unseen.

/// One run of a handler.
public struct RunReading: Sendable, Equatable {
  /// From 1, in the order of the runs' ends.
  public var number: UInt64
  /// The handler's name, from the target; its number where the table does not have it.
  public var handler: String
  /// The handler's row in `handlers`.
  public var index: Int
  /// Nanoseconds since boot.
  public var begin: UInt64
  /// Nanoseconds that it ran, and that it had been ready before.
  public var run: UInt64
  public var delay: UInt64

  /// Creates a run.
  public init(
    number: UInt64, handler: String, index: Int, begin: UInt64, run: UInt64, delay: UInt64
  ) {
    self.number = number
    self.handler = handler
    self.index = index
    self.begin = begin
    self.run = run
    self.delay = delay
  }

  /// When it ended, nanoseconds since boot.
  public var end: UInt64 { begin &+ run }
}

extension Reading {
  /// The latest recorded runs, in the order of their ends; empty where none are recorded.
  public var runs: [RunReading] {
    let names = handlers.map(\.name)
    return rows("trace").compactMap { row in
      guard let number = row.number, let begin = row["begin"]?.number,
        let run = row["run"]?.number, let delay = row["delay"]?.number,
        let handler = row["handler"]?.number
      else { return nil }
      let index = Int(truncatingIfNeeded: handler)
      return RunReading(
        number: number, handler: names.indices.contains(index) ? names[index] : "#\(handler)",
        index: index, begin: begin, run: run, delay: delay)
    }
  }

  /// From how many nanoseconds on runs are recorded; nil where none are.
  public var leastTraced: UInt64? { number("trace.least") }
}

/// Collects runs over many looks at one instance.
public struct RunCollector: Sendable {
  /// The runs that are kept, in the order of their ends.
  public private(set) var runs: [RunReading] = []
  /// The slowest of all that were seen, slowest first.
  public private(set) var slowest: [RunReading] = []
  /// Runs that were written over before they could be read.
  public private(set) var missed: UInt64 = 0
  private var latest: UInt64?
  private let mostRuns: Int
  private let mostSlowest: Int

  /// Keeps the latest `most` runs, and so many slowest ones.
  public init(most: Int, slowest: Int = 32) {
    mostRuns = most
    mostSlowest = slowest
  }

  /// Begins behind the latest run of a reading.
  public mutating func skip(_ reading: Reading) { latest = reading.runs.last?.number ?? 0 }

  /// Takes what is new in a reading; returns it. What was in the ring before the first look counts
  /// as seen, and nothing before that as missed.
  ///
  /// Cost: the ring's records, and a sort of the few slowest.
  @discardableResult
  public mutating func add(_ reading: Reading) -> [RunReading] {
    let found = reading.runs
    let new = found.filter { $0.number > latest ?? 0 }
    guard let last = new.last else { return [] }
    if let latest { missed &+= last.number &- latest &- UInt64(new.count) }
    latest = last.number
    runs += new
    if runs.count > mostRuns { runs.removeFirst(runs.count - mostRuns) }
    slowest = Array((slowest + new).sorted { $0.run > $1.run }.prefix(mostSlowest))
    return new
  }
}
