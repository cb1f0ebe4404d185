// The numbers of SPEC.md, part 1: what an entry is, what it counts, and what a field of a row holds.

/// What an entry of the root block describes.
public enum EntryKind: UInt8, Sendable {
  /// A value that only grows.
  case counter = 1
  /// A value that comes and goes.
  case gauge
  case histogram
  /// Rows side by side, or pointers to them.
  case table
  /// Numbered records of which the latest are there.
  case ring
  /// Rows, each with the next one's address.
  case list
  case text
}

/// What a value counts.
public enum Unit: UInt8, Sendable {
  case none = 0
  case bytes
  /// A duration.
  case nanoseconds
  /// Nanoseconds since boot.
  case instant
  /// Of 4,096 bytes.
  case pages
  /// Of the time-stamp counter.
  case ticks
}

/// What lies in a field of a row or record.
public enum FieldType: UInt8, Sendable {
  case unsigned = 1
  case signed
  case address
  /// An address and a number of bytes.
  case text
  /// Text in the row itself, its length in a byte elsewhere in the row.
  case inlineText
  /// Nanoseconds since boot, 0 for never.
  case instant
  case duration
  /// A number with names.
  case enumeration
  case histogram
  /// The number of a ring's record.
  case sequence
  /// FNV-1a of what follows, up to the end of the row's inline text.
  case checksum
  /// Return addresses, innermost first, 0 after the last.
  case addresses
  case boolean
}

/// How an entry's address is meant.
public struct EntryFlags: OptionSet, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The rows of a table are elsewhere; in it stand their addresses.
  public static let rowsArePointers = EntryFlags(rawValue: 1)
  /// The address that is meant stands at the address.
  public static let isIndirect = EntryFlags(rawValue: 2)
}
