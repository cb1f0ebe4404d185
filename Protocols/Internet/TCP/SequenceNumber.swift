// Sequence numbers, modulo 2^32 (RFC 9293, section 3.4).

/// The number of an octet in one direction of a connection.
public struct SequenceNumber: Hashable, Sendable {
  /// The number.
  public var value: UInt32

  /// The sequence number `value`.
  public init(_ value: UInt32) { self.value = value }

  /// The number `count` further on, or back.
  public static func + (number: SequenceNumber, count: Int) -> SequenceNumber {
    SequenceNumber(number.value &+ UInt32(truncatingIfNeeded: count))
  }

  /// How much further on `a` is than `b`; negative if it is behind. Right below 2^31.
  public static func - (a: SequenceNumber, b: SequenceNumber) -> Int {
    Int(Int32(bitPattern: a.value &- b.value))
  }

  /// Whether `a` is behind `b`. No order of all numbers: only of those less than 2^31 apart.
  public static func < (a: SequenceNumber, b: SequenceNumber) -> Bool { a - b < 0 }
  /// Whether `a` is behind `b` or the same.
  public static func <= (a: SequenceNumber, b: SequenceNumber) -> Bool { a - b <= 0 }
  /// Whether `a` is further on than `b`.
  public static func > (a: SequenceNumber, b: SequenceNumber) -> Bool { b < a }
  /// Whether `a` is further on than `b` or the same.
  public static func >= (a: SequenceNumber, b: SequenceNumber) -> Bool { b <= a }

  /// The one further on.
  static func later(_ a: SequenceNumber, _ b: SequenceNumber) -> SequenceNumber { a < b ? b : a }
  /// The one further back.
  static func earlier(_ a: SequenceNumber, _ b: SequenceNumber) -> SequenceNumber { a < b ? a : b }
}
