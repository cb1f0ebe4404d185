// Conditions on what an instance tells of itself: `loop.turns > 100`, `rate(heap.allocations) < 1000`,
// `p99(handlers.timers.run) < 2ms`, `state == panicked`, `log ~ "text"`, with `and`, `or`, `not` and
// brackets. Here is what they mean; ConditionParser reads them, ConditionWatch judges them.

/// A condition as it was written.
public indirect enum Condition: Sendable, Equatable {
  case compare(Measure, Comparison, Quantity)
  /// The state of the machine is, or is not, this one.
  case state(String, isEqual: Bool)
  /// A record of the log of this boot contains the text.
  case log(String)
  case not(Condition)
  case all([Condition])
  case any([Condition])
}

/// What is looked at.
public struct Measure: Sendable, Equatable {
  /// What is made of the name's values.
  public enum Function: Sendable, Equatable {
    /// A counter's or gauge's value, a table's rows.
    case value
    /// How much a counter grows a second.
    case rate
    /// Of a histogram, in thousandths.
    case quantile(perMille: Int)
    case maximum
    case mean
    case count
  }

  public var function: Function
  /// The name of an entry, or `handlers.NAME.run`, `handlers.NAME.delay`, `handlers.NAME.runs`.
  public var name: String
  /// As it was written.
  public var text: String
}

/// How two numbers are compared.
public enum Comparison: String, Sendable, CaseIterable {
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case different = "!="

  /// Whether it holds.
  public func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    case .equal: left == right
    case .different: left != right
    }
  }
}

/// A number, in nanoseconds or bytes where it was written with such a unit.
public struct Quantity: Sendable, Equatable {
  /// What it is a number of.
  public enum Dimension: String, Sendable {
    case plain = "number"
    case time
    case bytes
  }

  public var value: Double
  public var dimension: Dimension
}

/// What is wrong with a condition, and what to try.
public struct ConditionError: Error, Equatable, Sendable {
  public var message: String

  init(_ message: String) { self.message = message }
}

extension Condition {
  /// Whether it asks for the machine's state.
  public var asksForState: Bool {
    switch self {
    case .state: true
    case .not(let inner): inner.asksForState
    case .all(let parts), .any(let parts): parts.contains(where: \.asksForState)
    case .compare, .log: false
    }
  }

  /// What it looks at, in order.
  var measures: [Measure] {
    switch self {
    case .compare(let measure, _, _): [measure]
    case .not(let inner): inner.measures
    case .all(let parts), .any(let parts): parts.flatMap(\.measures)
    case .state, .log: []
    }
  }
}
