// The log ring: its records in order, and how many were missed between two looks at it.

/// A record of the log.
public struct LogRecord: Sendable, Equatable {
  /// From 1, over all boots that the ring remembers.
  public var number: UInt64
  /// Nanoseconds since that boot.
  public var time: UInt64
  public var boot: UInt64
  public var level: String
  /// `text`, or what else the kernel notes: `boot powerOff reset panic panicDetail`.
  public var kind: String
  /// The number that goes with the text, such as a status; 0 for most.
  public var value: UInt64
  /// Whether the text was too long for the record.
  public var isCut: Bool
  /// As it came from the target.
  public var text: String

  /// Creates a record of text.
  public init(number: UInt64, time: UInt64, level: String, text: String, boot: UInt64 = 0) {
    self.number = number
    self.time = time
    self.level = level
    self.text = text
    self.boot = boot
    kind = "text"
    value = 0
    isCut = false
  }

  init?(_ row: ReadingRow) {
    guard let number = row.number, let text = row["text"]?.text else { return nil }
    self.number = number
    self.text = text
    time = row["time"]?.number ?? 0
    boot = row["boot"]?.number ?? 0
    level = row["level"]?.text ?? "info"
    kind = row["kind"]?.text ?? "text"
    value = row["value"]?.number ?? 0
    isCut = row["isCut"]?.number == 1
  }
}

extension Reading {
  /// The log's records, oldest first.
  public var log: [LogRecord] { rows("log").compactMap(LogRecord.init) }
}

/// Follows a log: each record once, and the number of those that the ring lost before a look.
public struct LogFollower: Sendable {
  /// The number of the latest record that was seen.
  public private(set) var latest: UInt64 = 0
  /// Records that were written over before they could be read.
  public private(set) var missed: UInt64 = 0
  private var isFirst = true

  /// A follower that has seen nothing.
  public init() {}

  /// The records of a reading that are new.
  public mutating func new(in reading: Reading) -> [LogRecord] {
    let records = reading.log.filter { $0.number > latest }
    guard let last = records.last else { return [] }
    // What was gone before the first look was not missed by it.
    if !isFirst { missed &+= last.number &- latest &- UInt64(records.count) }
    isFirst = false
    latest = last.number
    return records
  }
}
