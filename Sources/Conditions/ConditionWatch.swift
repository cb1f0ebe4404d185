// Judges a condition at each look at an instance. Times are the host's microseconds, handed in.

public import Readings
internal import Telemetry

/// What a look has shown.
public struct Verdict: Sendable, Equatable {
  /// Whether the condition holds at this look.
  public var isTrue: Bool
  /// Whether it has held at every look for as long as was asked for.
  public var hasHeld: Bool
  /// What was compared, as it was written, and its value; nil where there is none yet.
  public var values: [(text: String, value: Double?)]

  public static func == (left: Verdict, right: Verdict) -> Bool {
    left.isTrue == right.isTrue && left.hasHeld == right.hasHeld
      && left.values.map(\.text) == right.values.map(\.text)
      && left.values.map(\.value) == right.values.map(\.value)
  }
}

/// A condition that is looked at again and again.
public struct ConditionWatch: Sendable {
  private let condition: Condition
  /// Microseconds for which it has to hold.
  private let span: Int
  /// Whether counters and histograms count from the first look on.
  private let countsFromNow: Bool
  /// Whether names that are not there are waited for.
  private let mayAppear: Bool
  private var first: Reading?
  /// Looks of the last moments, for rates.
  private var earlier: [Reading] = []
  private var since: Int?
  private var seen: Set<String> = []

  /// The time over which a rate is taken, at least.
  static var window: Int { 1_000_000 }

  /// Watches for a condition that has to hold for `microseconds`.
  public init(
    _ condition: Condition, for microseconds: Int = 0, countsFromNow: Bool = false,
    mayAppear: Bool = false
  ) {
    self.condition = condition
    span = microseconds
    self.countsFromNow = countsFromNow
    self.mayAppear = mayAppear
  }

  /// Takes a look: what the instance told, and its state where that is known.
  ///
  /// Fails where a name does not exist, or is compared with what it cannot be.
  public mutating func looked(
    _ reading: Reading, state: String? = nil
  ) throws(ConditionError) -> Verdict {
    if first == nil { first = reading }
    let values = try condition.measures.map { measure throws(ConditionError) in
      (measure.text, try value(of: measure, in: reading))
    }
    let isTrue = try judge(condition, reading, state) ?? false
    note(reading)
    if !isTrue { since = nil } else if since == nil { since = reading.taken }
    let held = since.map { reading.taken - $0 >= span } ?? false
    return Verdict(isTrue: isTrue, hasHeld: isTrue && held, values: values)
  }

  /// Keeps what rates will be taken from: the latest look that is old enough, and all after it.
  private mutating func note(_ reading: Reading) {
    earlier.append(reading)
    while earlier.count > 1, reading.taken - earlier[1].taken >= Self.window {
      earlier.removeFirst()
    }
    if earlier.count > 256 { earlier.remove(at: 1) }
  }

  /// True, false, or not to be told yet.
  private mutating func judge(
    _ condition: Condition, _ reading: Reading, _ state: String?
  ) throws(ConditionError) -> Bool? {
    switch condition {
    case .compare(let measure, let comparison, let quantity):
      guard let value = try value(of: measure, in: reading, as: quantity.dimension) else {
        return nil
      }
      return comparison.holds(value, quantity.value)
    case .state(let name, let isEqual):
      guard let state else {
        throw ConditionError("state is known of instances that `porthole run` has started only")
      }
      return (state == name) == isEqual
    case .log(let text):
      // What was seen once stays true, though the ring goes on.
      let boot = reading.log.last?.boot
      if reading.log.contains(where: { $0.boot == boot && $0.text.contains(text) }) {
        seen.insert(text)
      }
      return seen.contains(text)
    case .not(let inner): return try judge(inner, reading, state).map { !$0 }
    case .all(let parts):
      var isKnown = true
      for part in parts {
        guard let value = try judge(part, reading, state) else {
          isKnown = false
          continue
        }
        if !value { return false }
      }
      return isKnown ? true : nil
    case .any(let parts):
      var isKnown = true
      for part in parts {
        guard let value = try judge(part, reading, state) else {
          isKnown = false
          continue
        }
        if value { return true }
      }
      return isKnown ? false : nil
    }
  }

  private func value(
    of measure: Measure, in reading: Reading, as dimension: Quantity.Dimension? = nil
  ) throws(ConditionError) -> Double? {
    guard let found = Named(measure.name, in: reading) else {
      if mayAppear { return nil }
      throw ConditionError(
        "nothing is called \(measure.name)\(Named.hint(for: measure.name, in: reading))")
    }
    if let dimension { try found.check(measure, dimension) }
    switch (found.value, measure.function) {
    case (.number(let now), .value):
      return found.isCounter && countsFromNow ? now - (before(measure, first) ?? now) : now
    case (.number(let now), .rate): return rate(measure, reading, now)
    case (.number, _):
      throw ConditionError("\(measure.name) is one number: \(measure.text) wants a histogram")
    case (.histogram, .value), (.histogram, .rate):
      throw ConditionError(
        "\(measure.name) is a histogram: write p99(\(measure.name)), or max, mean, count")
    case (.histogram(let now), let function):
      return Self.figure(function, of: fresh(measure, now))
    }
  }

  private func before(_ measure: Measure, _ reading: Reading?) -> Double? {
    guard let reading, case .number(let value)? = Named(measure.name, in: reading)?.value else {
      return nil
    }
    return value
  }

  /// A second's growth since a look that lies long enough back; nil before there is one.
  private func rate(_ measure: Measure, _ reading: Reading, _ now: Double) -> Double? {
    guard
      let old = earlier.last(where: { reading.taken - $0.taken >= Self.window }) ?? earlier.first,
      reading.taken - old.taken >= Self.window, let before = before(measure, old)
    else { return nil }
    return (now - before) * 1e6 / Double(reading.taken - old.taken)
  }

  private func fresh(_ measure: Measure, _ now: HistogramValue) -> HistogramValue {
    guard countsFromNow, let first,
      case .histogram(let old)? = Named(measure.name, in: first)?.value
    else { return now }
    return now.since(old)
  }

  private static func figure(_ function: Measure.Function, of values: HistogramValue) -> Double? {
    guard values.count > 0 else { return function == .count ? 0 : nil }
    return switch function {
    case .quantile(let share): Double(values.quantile(perMille: share))
    case .maximum: Double(values.maximum)
    case .mean: Double(values.total) / Double(values.count)
    default: Double(values.count)
    }
  }
}
