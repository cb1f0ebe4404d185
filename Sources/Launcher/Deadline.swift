internal import Glibc

/// A moment until which to wait, on the monotonic clock.
public struct Deadline: Sendable {
  private var nanoseconds: Int

  /// The moment so many milliseconds from now.
  public init(milliseconds: Int) {
    nanoseconds = Self.now + max(0, milliseconds) * 1_000_000
  }

  /// Nanoseconds on the monotonic clock.
  public static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  /// Milliseconds that are left, rounded up; 0 when the moment has passed.
  public var remaining: Int { max(0, (nanoseconds - Self.now + 999_999) / 1_000_000) }

  /// Whether the moment has passed.
  public var isOver: Bool { Self.now >= nanoseconds }
}
