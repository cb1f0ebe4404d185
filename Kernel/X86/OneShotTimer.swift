// The local controller's timer, from a deadline to its registers. What it counts is also what the
// clock's rate is corrected by.

internal import CX86
internal import Machine

/// The one timer of the core.
enum OneShotTimer {
  // Safety: used by the one core, with interrupts off where an interrupt handler uses it too.
  /// What the clock showed when the timer was last started, to correct its rate by.
  nonisolated(unsafe) private static var beginning: Clock.Pair?

  /// The timer runs since `pair`.
  static func began(_ pair: Clock.Pair?) { beginning = pair }

  /// Corrects the clock's rate, if the timer has run for long enough, then starts the timer anew:
  /// one interrupt at `deadline` or just after it, none for nil.
  ///
  /// False, with the timer stopped, if the deadline has passed. Beyond some minutes the interrupt
  /// comes early.
  @inline(__always)
  static func start(_ deadline: Instant?) -> Bool {
    if let start = beginning, Clock.current.isWorthComparing(with: start) {
      Clock.current.refine(from: start, to: .read())
    }
    beginning = nil
    guard let deadline else {
      // Nothing to wait for: the timer runs on silently, for the clock's sake.
      LocalController.startTimer(.max, isCoarse: false, isSilent: true)
      beginning = Clock.Pair(ticks: x86_timestamp(), timer: .max)
      return true
    }
    let wait = (deadline - Clock.current.now).count
    guard wait > 0 else {
      LocalController.startTimer(0, isCoarse: false, isSilent: true)
      return false
    }
    // Rounded up, so that it is not early by less than a period.
    let (product, overflow) = wait.multipliedReportingOverflow(
      by: Clock.current.timerKilohertz)
    let periods = overflow ? UInt64.max : product / 1_000_000 &+ 1
    if periods <= UInt64(UInt32.max) {
      LocalController.startTimer(UInt32(periods), isCoarse: false, isSilent: false)
      beginning = Clock.Pair(ticks: x86_timestamp(), timer: UInt32(periods))
    } else {
      let coarse = UInt32(min(periods >> 7 &+ 1, UInt64(UInt32.max)))
      LocalController.startTimer(coarse, isCoarse: true, isSilent: false)
    }
    return true
  }
}
