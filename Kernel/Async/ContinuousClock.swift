// The clock of async code. Ordinary Swift has one of this name; the embedded library comes without,
// so here it is for images, with the same members. It does not conform to `Clock`: that protocol's
// `sleep` throws untyped errors, which Embedded Swift has not.

#if hasFeature(Embedded) && canImport(_Concurrency)
internal import Execution
internal import Machine
public import _Concurrency

// Inside the clock the name belongs to its own instants.
private typealias Point = Instant

/// The monotonic clock of the event loop, which counts from boot.
public struct ContinuousClock: Sendable {
  /// A point on the clock.
  public struct Instant: InstantProtocol {
    /// Nanoseconds since boot.
    public let nanoseconds: UInt64

    /// The time now.
    public static var now: Instant { Instant(nanoseconds: asyncLoop().now.nanoseconds) }

    /// The instant a duration later, or earlier if it is negative; stays within the clock's range.
    public func advanced(by duration: Duration) -> Instant {
      let forward = Nanoseconds(duration).count
      if forward > 0 {
        return Instant(nanoseconds: (Point(nanoseconds: nanoseconds) + .init(forward)).nanoseconds)
      }
      let back = Nanoseconds(.zero - duration).count
      return Instant(nanoseconds: nanoseconds > back ? nanoseconds &- back : 0)
    }

    /// The span from this instant to `other`, negative if that is earlier.
    public func duration(to other: Instant) -> Duration {
      .nanoseconds(Int64(bitPattern: other.nanoseconds &- nanoseconds))
    }

    public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
  }

  /// The clock of this core's loop, where a clock is asked for.
  public static var continuous: ContinuousClock { ContinuousClock() }

  /// The clock of this core's loop.
  public init() {}

  /// The time now.
  public var now: Instant { .now }

  /// The shortest span that the clock tells apart.
  public var minimumResolution: Duration { .nanoseconds(1) }

  /// Suspends the task until `deadline`; throws at once if the task is or gets cancelled.
  ///
  /// `tolerance` is taken for source compatibility: a timer costs the same at any precision.
  public func sleep(
    until deadline: Instant, tolerance: Duration? = nil
  ) async throws(CancellationError) {
    try await Task.sleep(until: Point(nanoseconds: deadline.nanoseconds))
  }

  /// How long `work` takes.
  public func measure<Failure>(
    _ work: () async throws(Failure) -> Void
  ) async throws(Failure) -> Duration {
    let start = now
    try await work()
    return start.duration(to: now)
  }
}
#endif
