// The time of day, as opposed to `Instant`, the time since boot.

/// A point in time as the world counts it: seconds and nanoseconds since 1970-01-01, UTC.
@frozen public struct WallTime: Hashable, Comparable, Sendable {
  /// Whole seconds since 1970-01-01T00:00:00Z, without leap seconds.
  public var seconds: Int64
  /// The rest, 0 to 999,999,999.
  public var nanoseconds: UInt32

  /// Makes the time so many seconds and nanoseconds after 1970.
  @inlinable public init(seconds: Int64, nanoseconds: UInt32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// The time `span` later; wraps where no calendar reaches.
  @inlinable public static func + (time: WallTime, span: Nanoseconds) -> WallTime {
    let sum = UInt64(time.nanoseconds) &+ span.count % 1_000_000_000
    let seconds = span.count / 1_000_000_000 &+ sum / 1_000_000_000
    return WallTime(
      seconds: time.seconds &+ Int64(truncatingIfNeeded: seconds),
      nanoseconds: UInt32(truncatingIfNeeded: sum % 1_000_000_000))
  }

  @inlinable public static func < (a: WallTime, b: WallTime) -> Bool {
    a.seconds != b.seconds ? a.seconds < b.seconds : a.nanoseconds < b.nanoseconds
  }
}
