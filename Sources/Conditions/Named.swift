// What a name of a condition stands for in a reading.

internal import Readings
internal import Telemetry

/// A value by its name.
struct Named {
  enum Value {
    case number(Double)
    case histogram(HistogramValue)
  }

  var value: Value
  var unit: Telemetry.Unit
  var isCounter: Bool

  /// Looks a name up: an entry, a handler's column, the rows of a table.
  init?(_ name: String, in reading: Reading) {
    if let entry = reading[name] {
      unit = entry.unit
      isCounter = entry.kind == .counter
      switch entry.value {
      case .cell(.signed(let number)): value = .number(Double(number))
      case .cell(let cell):
        guard let number = cell.number else { return nil }
        value = .number(Double(number))
      case .histogram(let histogram): value = .histogram(histogram)
      case .rows(let rows): value = .number(Double(rows.count))
      case .text: return nil
      }
      return
    }
    guard let (handler, column) = Self.handler(name, in: reading) else { return nil }
    unit = column == "runs" ? .none : .nanoseconds
    isCounter = column == "runs"
    switch column {
    case "run": value = .histogram(handler.run)
    case "delay": value = .histogram(handler.delay)
    case "runs": value = .number(Double(handler.runs))
    default: return nil
    }
  }

  private static func handler(
    _ name: String, in reading: Reading
  ) -> (HandlerReading, column: String)? {
    guard name.hasPrefix("handlers."), let dot = name.lastIndex(of: ".") else { return nil }
    let inner = name.dropFirst(9)
    guard dot > inner.startIndex,
      let found = reading.handlers.first(where: { $0.name == inner[..<dot] })
    else { return nil }
    return (found, String(name[name.index(after: dot)...]))
  }

  /// Refuses a comparison of a time with bytes and the like. A number without a unit goes with all.
  func check(_ measure: Measure, _ dimension: Quantity.Dimension) throws(ConditionError) {
    if dimension == .plain { return }
    let isCount = measure.function == .count || measure.function == .rate
    let own: Quantity.Dimension =
      switch unit {
      case .nanoseconds, .instant: isCount && measure.function == .count ? .plain : .time
      case .bytes: measure.function == .count ? .plain : .bytes
      default: .plain
      }
    guard own == dimension else {
      throw ConditionError("\(measure.text) is no \(dimension.rawValue): it is a \(own.rawValue)")
    }
  }

  /// `; did you mean ...?` with the nearest names, or where to look.
  static func hint(for name: String, in reading: Reading) -> String {
    var names = Set(reading.entries.map(\.name))
    for handler in reading.handlers {
      for column in ["run", "delay", "runs"] { names.insert("handlers.\(handler.name).\(column)") }
    }
    let wanted = Array(name.utf8.prefix(64))
    let near = names.map { other in
      (
        distance: other.hasSuffix(name) || other.hasPrefix(name)
          ? 1 : edits(wanted, Array(other.utf8.prefix(64))), name: other
      )
    }
    .filter { $0.distance <= max(2, wanted.count / 4) }
    .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    .prefix(3).map(\.name)
    return near.isEmpty
      ? "; `porthole counters` lists what there is"
      : "; did you mean \(near.joined(separator: " or "))?"
  }

  /// Insertions, deletions and replacements between two words (Levenshtein).
  private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        current.append(
          min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1)))
      }
      last = current
    }
    return last[right.count]
  }
}
