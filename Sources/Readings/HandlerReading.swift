// Event handlers, and what happened between two readings of them.

public import Telemetry

/// An event handler of an instance: how often it ran, how long it waited and worked.
public struct HandlerReading: Sendable, Equatable {
  public var name: String
  public var priority: String
  public var runs: UInt64
  /// Nanoseconds between becoming ready and running.
  public var delay: HistogramValue
  /// Nanoseconds of a run.
  public var run: HistogramValue

  /// Creates a handler's account.
  public init(
    name: String, priority: String, runs: UInt64, delay: HistogramValue, run: HistogramValue
  ) {
    self.name = name
    self.priority = priority
    self.runs = runs
    self.delay = delay
    self.run = run
  }

  init?(_ row: ReadingRow) {
    guard let name = row["name"]?.text, let runs = row["runs"]?.number,
      let delay = row["delay"]?.histogram, let run = row["run"]?.histogram
    else { return nil }
    self.name = name
    priority = row["priority"]?.text ?? "normal"
    self.runs = runs
    self.delay = delay
    self.run = run
  }

  /// What happened since `earlier`. The maxima stay those of all time.
  public func since(_ earlier: HandlerReading) -> HandlerReading {
    var difference = self
    difference.runs = runs &- earlier.runs
    difference.delay = delay.since(earlier.delay)
    difference.run = run.since(earlier.run)
    return difference
  }
}

extension Reading {
  /// The event handlers, in the order of their registration.
  public var handlers: [HandlerReading] { rows("handlers").compactMap(HandlerReading.init) }

  /// The event handlers' doings since `earlier`; all of them without it.
  public func handlers(since earlier: Reading?) -> [HandlerReading] {
    let before = earlier?.handlers ?? []
    return handlers.enumerated().map { index, handler in
      guard before.indices.contains(index), before[index].name == handler.name else {
        return handler
      }
      return handler.since(before[index])
    }
  }
}
