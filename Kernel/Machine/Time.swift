// Time as the kernel counts it: whole nanoseconds in 64 bits, enough for 584 years. The
// standard library's `Duration` is 128 bits of attoseconds and costs a wide division at each
// conversion, so it stays at the facade.

/// A span of time in nanoseconds, never negative.
@frozen public struct Nanoseconds: Hashable, Comparable, Sendable {
  /// The count of nanoseconds.
  public var count: UInt64

  /// Makes a span of `count` nanoseconds.
  @inlinable public init(_ count: UInt64) { self.count = count }

  /// A span of no length.
  public static let zero = Nanoseconds(0)

  /// A span of `count` microseconds; saturates.
  @inlinable public static func microseconds(_ count: UInt64) -> Nanoseconds {
    Nanoseconds(scaled(count, by: 1_000))
  }

  /// A span of `count` milliseconds; saturates.
  @inlinable public static func milliseconds(_ count: UInt64) -> Nanoseconds {
    Nanoseconds(scaled(count, by: 1_000_000))
  }

  /// A span of `count` seconds; saturates.
  @inlinable public static func seconds(_ count: UInt64) -> Nanoseconds {
    Nanoseconds(scaled(count, by: 1_000_000_000))
  }

  @inlinable static func scaled(_ count: UInt64, by factor: UInt64) -> UInt64 {
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }

  @inlinable public static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }

  /// The sum of two spans; saturates.
  @inlinable public static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds {
    let (sum, overflow) = a.count.addingReportingOverflow(b.count)
    return Nanoseconds(overflow ? .max : sum)
  }
}

/// A point in time: nanoseconds since the machine booted, monotonic.
@frozen public struct Instant: Hashable, Comparable, Sendable {
  /// Nanoseconds since boot.
  public var nanoseconds: UInt64

  /// Makes the instant `nanoseconds` after boot.
  @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// The last instant there is: a deadline that never comes.
  public static let distantFuture = Instant(nanoseconds: .max)

  @inlinable public static func < (a: Instant, b: Instant) -> Bool {
    a.nanoseconds < b.nanoseconds
  }

  /// The instant `span` later; saturates.
  @inlinable public static func + (instant: Instant, span: Nanoseconds) -> Instant {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.count)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// The span from `b` to `a`; zero if `b` is later.
  @inlinable public static func - (a: Instant, b: Instant) -> Nanoseconds {
    Nanoseconds(a.nanoseconds > b.nanoseconds ? a.nanoseconds &- b.nanoseconds : 0)
  }
}
