// Sleeping and asking about cancellation, for async code on the event loop: the embedded library
// comes without. Where ordinary Swift has them they are its own, and throw the same error untyped:
// source that says `try?`, or `catch` without a type, builds as both.

#if hasFeature(Embedded) && canImport(_Concurrency)
internal import Execution
internal import Machine
public import _Concurrency

extension Task where Success == Never, Failure == Never {
  /// Suspends the task for at least `duration`; other tasks and handlers run meanwhile.
  ///
  /// A duration of zero or less comes back after the other work that is ready. Throws at once if
  /// the task is cancelled before or while it sleeps.
  public static func sleep(
    for duration: Duration, tolerance: Duration? = nil
  ) async throws(CancellationError) {
    let loop = asyncLoop()
    try await sleep(until: loop.now + Nanoseconds(duration))
  }

  /// Suspends the task until `clock` has reached `deadline`, with `sleep(for:)`'s rules.
  public static func sleep(
    until deadline: ContinuousClock.Instant, tolerance: Duration? = nil,
    clock: ContinuousClock = .continuous
  ) async throws(CancellationError) {
    try await clock.sleep(until: deadline)
  }

  /// Throws if the task has been cancelled.
  public static func checkCancellation() throws(CancellationError) {
    if isCancelled { throw _Concurrency.CancellationError() }
  }

  /// Suspends the task until the loop's clock has reached `deadline`.
  static func sleep(until deadline: Instant) async throws(CancellationError) {
    let sleeper = Sleeper(asyncLoop())
    let isWhole = await withTaskCancellationHandler {
      await withUnsafeContinuation { sleeper.begin($0, until: deadline) }
    } onCancel: {
      sleeper.end(isWhole: false)
    }
    if !isWhole { throw _Concurrency.CancellationError() }
  }
}

/// One sleep: a timer and the continuation it resumes.
// Safety: one core; the runtime, the loop and cancellation all run on it, one at a time.
private final class Sleeper: @unchecked Sendable {
  private let loop: EventLoop
  private var continuation: UnsafeContinuation<Bool, Never>?
  private var timer: TimerID?
  private var isOver = false

  init(_ loop: EventLoop) { self.loop = loop }

  func begin(_ continuation: UnsafeContinuation<Bool, Never>, until deadline: Instant) {
    if isOver { return continuation.resume(returning: false) }
    self.continuation = continuation
    timer = loop.at(deadline) { self.end(isWhole: true) }
  }

  /// Ends the sleep, by its timer or by cancellation, whichever comes first.
  func end(isWhole: Bool) {
    if isOver { return }
    isOver = true
    if let timer, !isWhole { loop.cancel(timer) }
    timer = nil
    let sleeping = continuation
    continuation = nil
    sleeping?.resume(returning: isWhole)
  }
}

extension Nanoseconds {
  /// The whole nanoseconds of a duration, rounded up; negative is zero, and it saturates.
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else {
      self = .zero
      return
    }
    let part = UInt64((attoseconds &+ 999_999_999) / 1_000_000_000)
    self = .seconds(UInt64(seconds)) + Nanoseconds(part)
  }
}
#endif
