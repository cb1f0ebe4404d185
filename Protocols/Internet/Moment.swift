// Time as the stack counts it. It has no clock: each event comes with the moment at which it
// happens, and `deadline` says when the stack wants to be called next.

/// A point in time: microseconds since a beginning that is the caller's.
public struct Moment: Hashable, Comparable, Sendable {
  /// Microseconds since the beginning.
  public var microseconds: UInt64

  /// The moment so many microseconds after the beginning.
  public init(microseconds: UInt64) { self.microseconds = microseconds }

  /// A deadline that never comes.
  public static let distantFuture = Moment(microseconds: .max)

  /// Whether `a` comes before `b`.
  public static func < (a: Moment, b: Moment) -> Bool { a.microseconds < b.microseconds }

  /// The moment `span` later; saturates.
  public static func + (moment: Moment, span: Interval) -> Moment {
    let (sum, overflow) = moment.microseconds.addingReportingOverflow(span.microseconds)
    return Moment(microseconds: overflow ? .max : sum)
  }

  /// The time from `b` to `a`; zero if `b` is later.
  public static func - (a: Moment, b: Moment) -> Interval {
    Interval(
      microseconds: a.microseconds > b.microseconds ? a.microseconds &- b.microseconds : 0)
  }
}

/// A span of time in microseconds, never negative.
public struct Interval: Hashable, Comparable, Sendable {
  /// The count of microseconds.
  public var microseconds: UInt64

  /// A span of so many microseconds.
  public init(microseconds: UInt64) { self.microseconds = microseconds }

  /// A span of so many milliseconds; wraps beyond 500,000 years.
  public static func milliseconds(_ count: UInt64) -> Interval {
    Interval(microseconds: count &* 1000)
  }

  /// A span of so many seconds; wraps beyond 500,000 years.
  public static func seconds(_ count: UInt64) -> Interval {
    Interval(microseconds: count &* 1_000_000)
  }

  /// Whether `a` is shorter than `b`.
  public static func < (a: Interval, b: Interval) -> Bool { a.microseconds < b.microseconds }
}
