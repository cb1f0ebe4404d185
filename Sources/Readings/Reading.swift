// Everything an instance tells of itself at one moment, decoded once, so that what shows it needs
// neither the layout nor the source it came from. Text is the target's own: whoever shows it makes
// it harmless first.

public import Telemetry

/// What was read of an instance.
public struct Reading: Sendable {
  /// In the order of the root block.
  public var entries: [ReadingEntry] = []
  /// The image's build id; nil if it tells none.
  public var buildID: [UInt8]?
  /// Nanoseconds since boot, as far as known: from memory alone the loop's last look at the clock.
  public var time: UInt64?
  /// Microseconds of the host's monotonic clock when it was read.
  public var taken = 0
  /// Entries that made no sense, or were beyond the bounds of reading.
  public var unreadable = 0

  /// A reading of nothing.
  public init() {}

  /// The first entry of this name.
  public subscript(name: String) -> ReadingEntry? { entries.first { $0.name == name } }

  /// The value of a counter or gauge; nil if there is none of this name.
  public func number(_ name: String) -> UInt64? { self[name]?.number }

  /// The rows of all entries of this name, one after another.
  public func rows(_ name: String) -> [ReadingRow] {
    entries.lazy.filter { $0.name == name }.flatMap(\.rows)
  }
}

/// One thing that an instance tells of itself.
public struct ReadingEntry: Sendable {
  public var name: String
  public var kind: EntryKind
  public var unit: Unit
  public var value: ReadingValue

  /// Creates an entry.
  public init(name: String, kind: EntryKind, unit: Unit, value: ReadingValue) {
    self.name = name
    self.kind = kind
    self.unit = unit
    self.value = value
  }

  /// The value of a counter or gauge, its bits where it is signed.
  public var number: UInt64? {
    guard case .cell(let cell) = value else { return nil }
    return cell.number
  }

  /// The rows of a table or list, the records of a ring.
  public var rows: [ReadingRow] {
    guard case .rows(let rows) = value else { return [] }
    return rows
  }
}

/// What an entry says.
public enum ReadingValue: Sendable, Equatable {
  /// Of a counter or gauge.
  case cell(Cell)
  case histogram(HistogramValue)
  case rows([ReadingRow])
  case text([UInt8])
}

/// One row of a table or list, or one record of a ring.
public struct ReadingRow: Sendable, Equatable {
  /// A record's number; nil for rows.
  public var number: UInt64?
  /// The row's fields in their order; what could not be read is missing.
  public var fields: [ReadingField]

  /// Creates a row.
  public init(number: UInt64? = nil, fields: [ReadingField]) {
    self.number = number
    self.fields = fields
  }

  /// What stands in a field.
  public subscript(name: String) -> Cell? { fields.first { $0.name == name }?.cell }
}

/// One field of a row.
public struct ReadingField: Sendable, Equatable {
  public var name: String
  public var unit: Unit
  public var cell: Cell

  /// Creates a field.
  public init(name: String, unit: Unit = .none, cell: Cell) {
    self.name = name
    self.unit = unit
    self.cell = cell
  }
}

extension Cell {
  /// A number of any kind, its bits where it is signed; nil for what is no number.
  public var number: UInt64? {
    switch self {
    case .unsigned(let value), .address(let value), .duration(let value),
      .enumeration(let value, _):
      value
    case .signed(let value): UInt64(bitPattern: value)
    case .instant(let value): value ?? 0
    case .boolean(let value): value ? 1 : 0
    case .text, .histogram, .addresses: nil
    }
  }

  /// A text, or an enumeration's name, as it came.
  public var text: String? {
    switch self {
    case .text(let bytes), .enumeration(_, name: .some(let bytes)):
      String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// A histogram.
  public var histogram: HistogramValue? {
    guard case .histogram(let value) = self else { return nil }
    return value
  }
}
