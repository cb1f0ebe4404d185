// The clock: the time-stamp counter, scaled. Its rate comes from the hypervisor if that tells,
// else from a comparison with the local controller's timer over 20 microseconds; whenever a
// longer stretch of that timer comes along, the rate is corrected from it, without a jump.
//
// Counter and rate are the core's (`Core.current.clock`), where the event loop reads them without
// a call; here is how the rate comes to be.
//
// Under TCG and KVM the timer runs at 1 GHz exactly, other hypervisors may tell its rate; for the
// rest it is measured, for 4 ms, by a timer whose rate is known. Solo5 and Unikraft spend 100 ms here.

internal import CX86
internal import Devices
internal import Log
internal import Machine

/// What the rate of the core's clock rests on. One instance, `current`.
struct Clock {
  // Safety: set when the machine is made, then used by the one core outside interrupt handlers,
  // but for the time in log records, where a torn reading does no harm. Not in the machine's
  // object: a panic reads the time even when there is no heap any more.
  nonisolated(unsafe) static var current = Clock()

  /// Nanoseconds of the timer that the rate rests on; more is better.
  private var baseline: UInt64
  /// Periods of the local timer in a millisecond.
  let timerKilohertz: UInt64
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

  /// Of a clock that stands at 0.
  private init() {
    baseline = .max
    timerKilohertz = 1_000_000
    started = nil
  }

  /// Measures the rate. `origin` is the time-stamp that counts as boot.
  init(origin: UInt64) {
    let rates = Rates.find()
    timerKilohertz = rates.timerKilohertz
    if let kilohertz = rates.timestampKilohertz {
      Core.current.clock.set(0, at: origin, scale: (1_000_000 << 32) / kilohertz)
      baseline = .max
      started = nil
      return
    }
    LocalController.startTimer(.max, isCoarse: false, isSilent: true)
    let first = Pair.read()
    started = first
    let window = UInt32(truncatingIfNeeded: timerKilohertz / 50)
    while first.timer &- LocalController.timerCount < window {}
    let last = Pair.read()
    baseline = UInt64(first.timer &- last.timer) * 1_000_000 / timerKilohertz
    Core.current.clock.set(
      0, at: origin,
      scale: Self.scale(ticks: last.ticks &- first.ticks, nanoseconds: baseline) ?? 1 << 32)
  }

  /// The time since boot.
  @inline(__always)
  var now: Instant { Instant(nanoseconds: Core.current.clock.now) }

  /// Whether so much time has passed since `start` that a comparison would improve the rate.
  ///
  /// Costs no access to the slow timer, so it can be asked whenever a deadline is set.
  @inline(__always)
  func isWorthComparing(with start: Pair) -> Bool {
    guard baseline < Self.enough else { return false }
    let passed = Core.current.clock.span(of: x86_timestamp() &- start.ticks)
    return passed / 2 >= baseline
  }

  /// Corrects the rate by what both counters did between two readings of the running timer.
  mutating func refine(from first: Pair, to last: Pair) {
    guard baseline < Self.enough, last.timer > 0 else { return }
    let passed = UInt64(first.timer &- last.timer) * 1_000_000 / timerKilohertz
    guard passed / 2 >= baseline,
      let better = Self.scale(ticks: last.ticks &- first.ticks, nanoseconds: passed)
    else { return }
    withoutInterrupts {
      let ticks = x86_timestamp()
      Core.current.clock.set(Core.current.clock.time(at: ticks), at: ticks, scale: better)
    }
    baseline = passed
  }

  /// Nanoseconds after which the rate is as good as it gets.
  private static var enough: UInt64 { 100_000_000 }

  /// Nanoseconds a tick in units of 2^-32; nil if the figures make no sense.
  private static func scale(ticks: UInt64, nanoseconds: UInt64) -> UInt64? {
    guard ticks > 0, nanoseconds > 0, nanoseconds >> 32 == 0 else { return nil }
    return (nanoseconds << 32) / ticks
  }
}

/// The rates of the counters, as far as they need not be compared with each other.
enum Rates {
  /// The local timer's rate, and the time-stamp counter's if known.
  static func find() -> (timerKilohertz: UInt64, timestampKilohertz: UInt64?) {
    if x86_cpuid(1, 0).ecx >> 31 == 1 {
      let hypervisor = x86_cpuid(0x4000_0000, 0)
      // Their signatures begin with "TCGT" and "KVMK"; the rate is a constant of both.
      if hypervisor.eax >= 0x4000_0010, hypervisor.eax < 0x4000_1000 {
        let timing = x86_cpuid(0x4000_0010, 0)
        if timing.eax > 1_000, timing.ebx >= 1_000 {
          return (UInt64(timing.ebx), UInt64(timing.eax))
        }
      }
      if hypervisor.ebx == 0x5447_4354 || hypervisor.ebx == 0x4b4d_564b { return (1_000_000, nil) }
    }
    return (measured() ?? 1_000_000, nil)
  }

  /// The local timer's rate by comparison with the interval timer; noted in the log ring.
  @inline(never)
  @_optimize(size)
  private static func measured() -> UInt64? {
    LocalController.startTimer(.max, isCoarse: false, isSilent: true)
    let rate = IntervalTimer.kilohertz(of: LocalTimerPorts())
    let text: StaticString =
      rate == nil
      ? "local timer: no way to measure it, 1 GHz assumed" : "local timer measured, kHz"
    // Safety: a StaticString of more than one scalar points at constant memory.
    Log.ring?.append(
      .text, level: 3,
      value: UInt32(truncatingIfNeeded: rate ?? 0), time: 0,
      UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    return rate
  }

  private struct LocalTimerPorts: ReferencePorts {
    func read(_ port: UInt16) -> UInt8 { x86_in8(port) }
    func write(_ port: UInt16, _ value: UInt8) { x86_out8(port, value) }
    var counter: UInt32 { LocalController.timerCount }
  }
}
