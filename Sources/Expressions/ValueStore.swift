/// What a session remembers between expressions: the value history and convenience variables.
///
/// Holds the last 1,000 values and 1,000 variables.
public final class ValueStore {
  private var values: [Value] = []
  private var forgotten = 0
  private var variables: [String: Value] = [:]
  private static let limit = 1000

  /// Creates an empty store.
  public init() {}

  /// Remembers a value and returns its number, from 1.
  public func record(_ value: Value) -> Int {
    var value = value
    if case .convenience = value.place { value.place = nil }
    values.append(value)
    if values.count > Self.limit {
      values.removeFirst()
      forgotten += 1
    }
    return forgotten + values.count
  }

  /// The number of the last recorded value; 0 if there is none.
  public var last: Int { forgotten + values.count }

  /// Returns a remembered value; void for `$` and `$$` of an empty history, as in gdb.
  public func history(_ reference: HistoryReference) -> Value? {
    switch reference {
    case .number(let number):
      let index = number.subtractingReportingOverflow(forgotten + 1)
      guard !index.overflow, values.indices.contains(index.partialValue) else { return nil }
      return values[index.partialValue]
    case .back(let count):
      if values.isEmpty { return .void }
      let index = values.count - 1
      guard count >= 0, count <= index else { return nil }
      return values[index - count]
    }
  }

  /// Returns a convenience variable, without its `$`.
  public func variable(_ name: String) -> Value? { variables[name] }

  /// Sets a convenience variable, without its `$`.
  public func set(_ name: String, to value: Value) {
    guard variables[name] != nil || variables.count < Self.limit else { return }
    var value = value
    value.place = .convenience(name)
    variables[name] = value
  }

  /// All convenience variables, by name.
  public var allVariables: [(name: String, value: Value)] {
    variables.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
