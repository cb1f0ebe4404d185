// One timer, several owners: in an image with the agent the event loop shares the local timer with
// what must be called in interrupt context at a time of its own, whatever the loop is doing. Each
// has one deadline; the timer is armed for the earliest.
//
// The loop's line is marked when the loop's own deadline has come, and a halted core whose
// interrupt was another owner's goes back to its halt: the loop does not learn of it. An image
// without the agent has the timer for its loop alone and none of this.

internal import CX86
public import Machine
internal import Synchronization

/// The timer of a core, for those who are called in interrupt context.
public enum SharedTimer {
  /// Who has a deadline besides the event loop. Each has one callback at most.
  public enum Owner: Sendable {
    /// The profiler's samples.
    case sampler
    /// Telemetry's frames.
    case telemetry
  }

  /// What is called at a deadline or just after it, with interrupts off, on the stack of the
  /// interrupted code: the complete frame of that (`x86_frame`) and the time in nanoseconds since
  /// boot. It neither waits nor allocates, and returns the next deadline, `UInt64.max` for none.
  public typealias Callback = @convention(c) (UnsafeMutableRawPointer, UInt64) -> UInt64

  private struct Slot {
    var deadline = UInt64.max
    var callback: Callback?
  }

  // Safety: used by the one core with interrupts off.
  nonisolated(unsafe) private static var loop = UInt64.max
  nonisolated(unsafe) private static var sampler = Slot()
  nonisolated(unsafe) private static var telemetry = Slot()
  /// What the timer's registers were last set for, so that most restarts are one store.
  nonisolated(unsafe) private static var isFine = false
  nonisolated(unsafe) private static var isHalting = false

  /// Whether the core was halted when the interrupt came that is being served.
  public static var wasHalted: Bool { isHalting }

  /// Has `callback` called at `deadline`, and whenever it says. Replaces what the owner had.
  ///
  /// Not from a callback; from anywhere else on the core.
  public static func start(_ owner: Owner, at deadline: Instant, _ callback: @escaping Callback) {
    set(owner, Slot(deadline: deadline.nanoseconds, callback: callback))
  }

  /// Calls the owner no more. Not from a callback; from anywhere else on the core.
  public static func stop(_ owner: Owner) { set(owner, Slot()) }

  private static func set(_ owner: Owner, _ slot: Slot) {
    guarded {
      switch owner {
      case .sampler: sampler = slot
      case .telemetry: telemetry = slot
      }
      restart()
    }
  }

  /// The loop's deadline.
  @inline(never)
  static func setLoop(_ deadline: Instant?) {
    guarded {
      loop = deadline?.nanoseconds ?? .max
      restart()
    }
  }

  private static func guarded(_ body: () -> Void) {
    let wasOn = x86_interrupts_enabled() != 0
    x86_disable_interrupts()
    body()
    if wasOn { x86_enable_interrupts() }
  }

  /// The earliest of all deadlines.
  private static var earliest: UInt64 { min(loop, min(sampler.deadline, telemetry.deadline)) }

  /// Arms the timer outside its interrupt: the loop's deadline may be disarmed, past or far.
  private static func restart() {
    if loop <= Clock.current.now.nanoseconds {
      loop = .max
      Interrupts.mark(.timer)
    }
    let next = earliest
    isFine = false
    if OneShotTimer.start(next == .max ? nil : Instant(nanoseconds: next)) { return }
    // Another owner's, and past: it is called by an interrupt all the same.
    LocalController.startTimer(1, isCoarse: false, isSilent: false)
  }

  /// The timer's interrupt. One that came early, or of an arming since replaced, finds nothing due.
  static func interrupted(_ context: UnsafeMutableRawPointer) {
    let now = Clock.current.now.nanoseconds
    if loop <= now {
      loop = .max
      Interrupts.mark(.timer)
    }
    call(&sampler, context, now)
    call(&telemetry, context, now)
    rearm(now)
  }

  @inline(__always)
  private static func call(
    _ slot: inout Slot, _ context: UnsafeMutableRawPointer, _ now: UInt64
  ) {
    guard slot.deadline <= now, let callback = slot.callback else { return }
    slot.deadline = callback(context, now)
  }

  /// Arms the timer for what is next, with one store where it is within a second. With
  /// nobody else left it stays stopped: the loop, which learns of the interrupt, arms it.
  @inline(__always)
  private static func rearm(_ now: UInt64) {
    let next = earliest
    if next == .max { return }
    let wait = next > now ? next &- now : 1
    guard wait < 1_000_000_000 else { return restart() }
    let periods = UInt32(
      truncatingIfNeeded: wait &* Clock.current.timerKilohertz / 1_000_000 &+ 1)
    OneShotTimer.began(nil)
    if isFine {
      LocalController.continueTimer(periods)
    } else {
      LocalController.startTimer(periods, isCoarse: false, isSilent: false)
      isFine = true
    }
  }

  /// Halts until a line is marked; entered with interrupts off, left with interrupts on.
  static func halt() {
    isHalting = true
    while Core.marked.load(ordering: .relaxed) == 0 {
      x86_enable_interrupts_and_halt()
      x86_disable_interrupts()
    }
    isHalting = false
    x86_enable_interrupts()
  }
}
