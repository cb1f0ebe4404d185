// The one loop of a core. An interrupt handler marks its line and wakes the loop, nothing more;
// here the marked lines become ready handlers, which run to completion one after another. With
// nothing ready the loop arms the earliest deadline and halts: no tick, no polling.
//
// The race that such loops have - an interrupt between the last look and the halt - is closed by
// the machine's contract: `waitForInterrupt` returns at once if a line is already marked.
//
// The machine is held as a class-bound existential. That costs one indirect call for each of the
// three or four questions a turn asks, and lets everything that waits - drivers, the executor of
// async code - name the loop without knowing the platform.

public import Machine

/// Runs handlers and timers for one core, and halts the core when there are none.
///
/// All calls come from the core the loop runs on, outside interrupt handlers.
public final class EventLoop {
  /// What the loop runs on.
  public let machine: any Machine

  private var timers = TimerQueue()
  private var handlers: [Handler] = []
  /// For each interrupt line the number of its handler, or `noHandler`.
  private var routes: [UInt8]
  /// One bit for each handler that is to run.
  private var ready: UInt64 = 0
  /// The deadline the machine is armed for.
  private var armed: Instant?
  private var isStopping = false

  /// Turns of the loop so far.
  public private(set) var turns: UInt64 = 0
  /// Times the loop had nothing to do and halted the core.
  public private(set) var waits: UInt64 = 0
  /// Timers that ran.
  public private(set) var timerRuns: UInt64 = 0

  private static var noHandler: UInt8 { 255 }
  /// A loop has at most so many handlers: they are devices and subsystems, not connections.
  public static var handlerLimit: Int { 64 }

  /// A loop on `machine`; it does nothing before `run`.
  public init(on machine: any Machine) {
    self.machine = machine
    routes = [UInt8](repeating: EventLoop.noHandler, count: 64)
  }

  // MARK: Handlers

  /// Adds a handler that runs whenever it is marked, and when `line` has been marked.
  ///
  /// A line has one handler, the last registered. Traps beyond `handlerLimit` handlers.
  ///
  /// `name` is what the debugger shows.
  public func register(
    _ name: StaticString, line: Line? = nil, _ body: @escaping () -> Void
  ) -> HandlerID {
    precondition(handlers.count < EventLoop.handlerLimit, "too many event handlers")
    let number = UInt8(handlers.count)
    handlers.append(Handler(name: name, body: body))
    if let line { routes[Int(line.rawValue)] = number }
    return HandlerID(rawValue: number)
  }

  /// Makes a handler ready; it runs once, however often it is marked before that. O(1).
  @inline(__always)
  public func mark(_ handler: HandlerID) { ready |= 1 &<< UInt64(handler.rawValue & 63) }

  /// How many handlers are registered.
  public var handlerCount: Int { handlers.count }

  /// What the loop knows of the `index`th handler; nil beyond the last.
  public func statistics(ofHandler index: Int) -> HandlerStatistics? {
    guard index >= 0, index < handlers.count else { return nil }
    return HandlerStatistics(name: handlers[index].name, runs: handlers[index].runs)
  }

  // MARK: Timers

  /// The time now.
  public var now: Instant { machine.now }

  /// Runs `body` once at `deadline` or as soon after it as the loop is free. O(log n).
  @discardableResult
  public func at(_ deadline: Instant, _ body: @escaping () -> Void) -> TimerID {
    arm(deadline, every: .zero, body)
  }

  /// Runs `body` once when `delay` has passed.
  @discardableResult
  public func after(_ delay: Nanoseconds, _ body: @escaping () -> Void) -> TimerID {
    arm(machine.now + delay, every: .zero, body)
  }

  /// Runs `body` every `period`, first one period from now, until cancelled.
  ///
  /// The schedule does not drift; periods that pass while the loop is busy are skipped and
  /// counted. A period of zero is taken as one nanosecond.
  @discardableResult
  public func every(_ period: Nanoseconds, _ body: @escaping () -> Void) -> TimerID {
    let span = max(period, Nanoseconds(1))
    return arm(machine.now + span, every: span, body)
  }

  /// Cancels a timer; false if it is over already. O(log n).
  @discardableResult
  public func cancel(_ timer: TimerID) -> Bool { timers.cancel(timer) != nil }

  /// Timers that are armed.
  public var timerCount: Int { timers.count }

  /// Periods of periodic timers that were skipped because the loop was busy.
  public var missedPeriods: UInt64 { timers.missed }

  private func arm(
    _ deadline: Instant, every period: Nanoseconds, _ body: @escaping () -> Void
  ) -> TimerID {
    guard let timer = timers.arm(at: deadline, every: period, body) else {
      preconditionFailure("too many timers")
    }
    return timer
  }

  // MARK: Running

  /// Runs until `stop`: ready handlers and due timers first, then halts until an interrupt.
  public func run() {
    isStopping = false
    while !isStopping { turn(mayWait: true) }
  }

  /// Makes `run` return after the current turn.
  public func stop() { isStopping = true }

  /// One turn: what is marked and due now runs once; what that makes ready waits for the next.
  ///
  /// - Parameter mayWait: Whether to halt when nothing is left to do.
  public func turn(mayWait: Bool) {
    turns &+= 1
    take(machine.takeMarked())
    runReady()
    if ready == 0, !isStopping, mayWait {
      rearm(exactly: true)
      waits &+= 1
      machine.waitForInterrupt()
    } else {
      rearm(exactly: false)
    }
  }

  private func take(_ marked: LineSet) {
    var left = marked
    while let line = left.popFirst() {
      let number = routes[Int(line.rawValue)]
      if number != EventLoop.noHandler { ready |= 1 &<< UInt64(number & 63) }
    }
    if marked.contains(.timer) {
      armed = nil
      runTimers()
    }
  }

  private func runReady() {
    // A snapshot: a handler that marks itself again does not keep the others waiting.
    var batch = ready
    ready = 0
    while batch != 0 {
      let index = batch.trailingZeroBitCount
      batch &= batch &- 1
      handlers[index].runs &+= 1
      let body = handlers[index].body
      body()
    }
  }

  private func runTimers() {
    let now = machine.now
    // No more than are armed now: a timer that arms another for the past does not hold the loop.
    var left = timers.count
    while left > 0, let body = timers.takeExpired(at: now) {
      timerRuns &+= 1
      body()
      left &-= 1
    }
  }

  /// Tells the machine the earliest deadline.
  ///
  /// A loop that goes on running needs only be interrupted early enough; before a halt the
  /// deadline is made exact, so that a cancelled timer does not wake an idle core.
  private func rearm(exactly: Bool) {
    let next = timers.next
    if next == armed { return }
    if !exactly, let armed, let next, armed < next { return }
    if !exactly, next == nil { return }
    armed = next
    machine.arm(next)
  }
}
