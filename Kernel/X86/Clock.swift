// The clock: the time-stamp counter, scaled. Its rate comes from the hypervisor if that tells,
// else from a comparison with the local controller's timer over 20 microseconds; whenever a
// longer stretch of that timer comes along, the rate is corrected from it, without a jump.
//
// Under TCG and KVM the timer runs at 1 GHz exactly. Solo5 and Unikraft spend 100 ms here.

internal import CX86
internal import Machine

/// Scaled time-stamp counter. One instance, `current`.
struct Clock {
  // Safety: set when the machine is made, then used by the one core outside interrupt handlers,
  // but for the time in log records, where a torn reading does no harm. Not in the machine's
  // object: a panic reads the time even when there is no heap any more.
  nonisolated(unsafe) static var current = Clock()

  private var originTicks: UInt64
  private var originNanoseconds: UInt64 = 0
  /// Nanoseconds a tick, in units of 2^-32.
  private var scale: UInt64
  /// Periods of the timer that the scale rests on; more is better.
  private var baseline: UInt64
  /// Periods of the local timer in a microsecond.
  let timerPerMicrosecond: UInt64
  /// Where the first measurement began. The timer runs on, so the next look at it corrects the
  /// rate over all the time since.
  let started: Pair?

  /// One reading of both counters, as close together as can be had.
  struct Pair {
    var ticks: UInt64
    var timer: UInt32

    /// The best of three attempts: the one with the least ticks around the slow register read.
    static func read() -> Pair {
      var best = Pair(ticks: 0, timer: 0)
      var narrowest = UInt64.max
      for _ in 0..<3 {
        let before = x86_timestamp()
        let timer = LocalController.timerCount
        let width = x86_timestamp() &- before
        if width < narrowest {
          narrowest = width
          best = Pair(ticks: before &+ width / 2, timer: timer)
        }
      }
      return best
    }
  }

  /// A clock that stands at 0.
  private init() {
    originTicks = 0
    scale = 0
    baseline = .max
    timerPerMicrosecond = 1_000
    started = nil
  }

  /// Measures the rate. `origin` is the time-stamp that counts as boot.
  init(origin: UInt64) {
    originTicks = origin
    let rates = Hypervisor.rates()
    timerPerMicrosecond = rates.timerPerMicrosecond
    if let kilohertz = rates.timestampKilohertz {
      scale = (1_000_000 << 32) / kilohertz
      baseline = .max
      started = nil
      return
    }
    LocalController.startTimer(.max, isCoarse: false, isSilent: true)
    let first = Pair.read()
    started = first
    let window = UInt32(truncatingIfNeeded: timerPerMicrosecond * 20)
    while first.timer &- LocalController.timerCount < window {}
    let last = Pair.read()
    baseline = UInt64(first.timer &- last.timer)
    scale =
      Self.scale(
        ticks: last.ticks &- first.ticks, nanoseconds: baseline * 1_000 / timerPerMicrosecond)
      ?? 1 << 32
  }

  /// The time since boot.
  @inline(__always)
  var now: Instant {
    Instant(nanoseconds: x86_scaled_time(originTicks, scale, originNanoseconds))
  }

  /// Whether so much time has passed since `start` that a comparison would improve the rate.
  ///
  /// Costs no access to the slow timer, so it can be asked whenever a deadline is set.
  @inline(__always)
  func isWorthComparing(with start: Pair) -> Bool {
    guard baseline < 100_000 * timerPerMicrosecond else { return false }
    let product = (x86_timestamp() &- start.ticks).multipliedFullWidth(by: scale)
    let passed = product.high << 32 | product.low >> 32
    return passed / 2_000 &* timerPerMicrosecond >= baseline
  }

  /// Corrects the rate by what both counters did between two readings of the running timer.
  mutating func refine(from first: Pair, to last: Pair) {
    guard baseline < 100_000 * timerPerMicrosecond, last.timer > 0 else { return }
    let periods = UInt64(first.timer &- last.timer)
    guard periods / 2 >= baseline,
      let better = Self.scale(
        ticks: last.ticks &- first.ticks, nanoseconds: nanoseconds(periods))
    else { return }
    let ticks = x86_timestamp()
    originNanoseconds = time(at: ticks)
    originTicks = ticks
    scale = better
    baseline = periods
  }

  private func nanoseconds(_ periods: UInt64) -> UInt64 { periods * 1_000 / timerPerMicrosecond }

  @inline(__always)
  private func time(at ticks: UInt64) -> UInt64 {
    let product = (ticks &- originTicks).multipliedFullWidth(by: scale)
    return originNanoseconds &+ (product.high << 32 | product.low >> 32)
  }

  /// Nanoseconds a tick in units of 2^-32; nil if the figures make no sense.
  private static func scale(ticks: UInt64, nanoseconds: UInt64) -> UInt64? {
    guard ticks > 0, nanoseconds > 0, nanoseconds >> 32 == 0 else { return nil }
    return (nanoseconds << 32) / ticks
  }
}

/// What the hypervisor says about clocks.
enum Hypervisor {
  /// The local timer's rate, and the time-stamp counter's if known.
  static func rates() -> (timerPerMicrosecond: UInt64, timestampKilohertz: UInt64?) {
    guard x86_cpuid(1, 0).ecx >> 31 == 1 else { return (1_000, nil) }
    let highest = x86_cpuid(0x4000_0000, 0).eax
    guard highest >= 0x4000_0010, highest < 0x4000_1000 else { return (1_000, nil) }
    let timing = x86_cpuid(0x4000_0010, 0)
    guard timing.eax > 1_000, timing.ebx >= 1_000 else { return (1_000, nil) }
    return (UInt64(timing.ebx / 1_000), UInt64(timing.eax))
  }
}
