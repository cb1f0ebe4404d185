// The timers of a loop: a handler named "timers" on the timer's interrupt line, registered when
// the first timer is armed. Nothing else refers to the queue, so that an application which arms
// none has none of it in its image.

public import Machine
internal import Publishing

extension EventLoop {
  /// The time now.
  public var now: Instant { Instant(nanoseconds: clock) }

  /// Runs `body` once at `deadline` or as soon after it as the loop is free. O(log n).
  @discardableResult
  public func at(_ deadline: Instant, _ body: @escaping () -> Void) -> TimerID {
    arm(deadline, every: .zero, body)
  }

  /// Runs `body` once when `delay` has passed.
  @discardableResult
  public func after(_ delay: Nanoseconds, _ body: @escaping () -> Void) -> TimerID {
    arm(now + delay, every: .zero, body)
  }

  /// Runs `body` every `period`, first one period from now, until cancelled.
  ///
  /// The schedule does not drift; periods that pass while the loop is busy are skipped and
  /// counted. A period of zero is taken as one nanosecond.
  @discardableResult
  public func every(_ period: Nanoseconds, _ body: @escaping () -> Void) -> TimerID {
    let span = max(period, Nanoseconds(1))
    return arm(now + span, every: span, body)
  }

  /// Cancels a timer; false if it is over already. O(log n).
  @discardableResult
  public func cancel(_ timer: TimerID) -> Bool {
    timers?._withUnsafeGuaranteedRef { $0.cancel(timer) } ?? false
  }

  /// Timers that are armed.
  public var timerCount: Int { timers?._withUnsafeGuaranteedRef { $0.queue.count } ?? 0 }

  /// Timers that ran.
  public var timerRuns: UInt64 { timers?._withUnsafeGuaranteedRef { $0.runs } ?? 0 }

  /// Periods of periodic timers that were skipped because the loop was busy.
  public var missedPeriods: UInt64 { timers?._withUnsafeGuaranteedRef { $0.queue.missed } ?? 0 }

  private func arm(
    _ deadline: Instant, every period: Nanoseconds, _ body: @escaping () -> Void
  ) -> TimerID {
    let timers = self.timers ?? .passRetained(Timers(of: self))
    self.timers = timers
    let armed = timers._withUnsafeGuaranteedRef { $0.arm(deadline, every: period, body) }
    guard let timer = armed else {
      preconditionFailure("too many timers")
    }
    return timer
  }
}

/// The timers of one loop.
final class Timers {
  var queue = TimerQueue()
  var runs: UInt64 = 0
  private var handler = HandlerID(rawValue: 0)
  // Safety: the loop owns this object, and nobody else keeps it.
  private unowned(unsafe) let loop: EventLoop

  init(of loop: EventLoop) {
    self.loop = loop
    // Safety: as above; the loop's table owns the closure.
    handler = loop.registerSeries("timers", line: .timer, priority: .high) {
      [unowned(unsafe) self] in runExpired()
    }
    if Publish.isOn { publish() }
  }

  @inline(__always)
  func arm(
    _ deadline: Instant, every period: Nanoseconds, _ body: @escaping () -> Void
  ) -> TimerID? {
    let timer = queue.arm(at: deadline, every: period, body)
    loop.earliest = queue.next
    return timer
  }

  @inline(__always)
  func cancel(_ timer: TimerID) -> Bool {
    let body = queue.cancel(timer)
    loop.earliest = queue.next
    return body != nil
  }

  private func runExpired() {
    let now = Instant(nanoseconds: loop.moment)
    // No more than are armed now: a timer that arms another for the past does not hold the loop.
    var left = queue.count
    while left > 0, let expired = queue.takeExpired(at: now) {
      runs &+= 1
      loop.earliest = queue.next
      expired.body()
      loop.finished(handler, readySince: expired.deadline.nanoseconds)
      left &-= 1
    }
  }
}
