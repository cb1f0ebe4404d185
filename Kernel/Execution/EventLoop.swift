// The one loop of a core. An interrupt handler marks its line and wakes the loop, nothing more;
// here the marked lines become ready handlers, which run to completion one after another. With
// nothing ready the loop arms the earliest deadline and halts: no tick, no polling.
//
// The race that such loops have - an interrupt between the last look and the halt - is closed by
// the machine's contract: `waitForInterrupt` returns at once if a line is already marked.
//
// The machine is held as a class-bound existential, which lets everything that waits - drivers, the
// executor of async code - name the loop without knowing the platform. What is asked for each event,
// the time and whether a line is marked, the core's state answers without a call where it can.

public import Machine
internal import Publishing
internal import Synchronization

/// Runs handlers and timers for one core, and halts the core when there are none.
///
/// Who runs when several handlers are ready:
///
/// 1. A turn serves those that were ready at its beginning: high ones, then normal ones, each once
///    and in the order of registration. What they make ready waits for the next turn.
/// 2. But a high one that becomes ready meanwhile runs before the next that is not, up to 16 times
///    a turn: so high ones wait for one other handler at most, and cannot starve the rest.
/// 3. A low one runs when no other is ready, one a turn; after it the loop looks again. One that
///    was passed over in 16 turns runs at the end of the next, so it cannot starve either.
///
/// Every run is timed: see `statistics(ofHandler:)`.
///
/// All calls come from the core the loop runs on, outside interrupt handlers.
public final class EventLoop {
  /// What the loop runs on.
  public let machine: any Machine

  var handlers = HandlerTable()
  /// One bit for each handler that is to run.
  private var ready: UInt64 = 0
  /// One bit for each handler that is to run in this turn.
  private var batch: UInt64 = 0
  /// One bit for each handler of high and of low priority.
  private var highs: UInt64 = 0
  private var lows: UInt64 = 0
  /// The low handler that ran last: the next is the one after it.
  private var lastLow: UInt64 = 63
  /// Turns in which a low handler was ready and did not run.
  private var lowWaits = 0
  /// When the loop last looked at the clock: the end of one run and the beginning of the next.
  package var moment: UInt64 = 0

  /// The latest runs that took long.
  var trace = RunTrace()

  /// The timers, made when the first one is armed: an application without timers links none.
  /// Owned, but not counted at each use.
  var timers: Unmanaged<Timers>?
  /// The earliest deadline of a timer.
  var earliest = Instant.distantFuture
  /// The deadline the machine is armed for.
  private var armed = Instant.distantFuture
  private var isStopping = false

  /// Turns of the loop so far.
  public internal(set) var turns: UInt64 = 0
  /// Times the loop had nothing to do and halted the core.
  public internal(set) var waits: UInt64 = 0

  /// A loop has at most so many handlers: they are devices and subsystems, not connections.
  public static var handlerLimit: Int { 64 }
  /// How often high handlers may overtake others in a turn, and how many turns a low one waits.
  static var patience: Int { 16 }

  /// A loop on `machine`; it does nothing before `run`.
  public init(on machine: any Machine) {
    self.machine = machine
    if Publish.isOn { publish() }
  }

  deinit { timers?.release() }

  // MARK: Handlers

  /// Adds a handler that runs whenever it is marked, and when `line` has been marked.
  ///
  /// A line has one handler, the last registered. Traps beyond `handlerLimit` handlers.
  ///
  /// `name` is what the debugger shows.
  public func register(
    _ name: StaticString, line: Line? = nil, priority: Priority = .normal,
    _ body: @escaping () -> Void
  ) -> HandlerID {
    add(Handler(name, priority: priority, timesItself: false, body: body), line: line)
  }

  /// Adds a handler whose body calls `finished` for each thing that it does.
  package func registerSeries(
    _ name: StaticString, line: Line? = nil, priority: Priority = .normal,
    _ body: @escaping () -> Void
  ) -> HandlerID {
    add(Handler(name, priority: priority, timesItself: true, body: body), line: line)
  }

  private func add(_ handler: Handler, line: Line?) -> HandlerID {
    precondition(handlers.count < EventLoop.handlerLimit, "too many event handlers")
    let number = handlers.append(handler, line: line)
    handler.number = number
    if Publish.isOn, number == 0 { publish(handler) }
    switch handler.priority {
    case .high: highs |= 1 &<< UInt64(number)
    case .normal: break
    case .low: lows |= 1 &<< UInt64(number)
    }
    return HandlerID(rawValue: number)
  }

  /// Makes a handler ready; it runs once, however often it is marked before that. O(1).
  @inline(__always)
  public func mark(_ handler: HandlerID) { mark(handler.rawValue, at: nil) }

  /// Makes a handler ready that has been waiting since `time`; nil is now.
  @inline(__always)
  package func mark(_ number: UInt8, at time: UInt64?) {
    let bit: UInt64 = 1 &<< UInt64(number)
    guard (ready | batch) & bit == 0 else { return }
    ready |= bit
    handlers[Int(number)]._withUnsafeGuaranteedRef {
      $0.readySince = time ?? clock
    }
  }

  /// The time now, in nanoseconds since boot.
  @inline(__always)
  package var clock: UInt64 {
    _fastPath(Core.current.clock.scale != 0) ? Core.current.clock.now : slowClock
  }

  /// The time, of a machine that must be asked.
  @inline(never)
  package var slowClock: UInt64 { machine.now.nanoseconds }

  /// How many handlers are registered.
  public var handlerCount: Int { handlers.count }

  /// What the loop knows of the `index`th handler; nil beyond the last.
  ///
  /// Cost: some hundred instructions, for the quantiles.
  public func statistics(ofHandler index: Int) -> HandlerStatistics? {
    guard index >= 0, index < handlers.count else { return nil }
    return handlers[index]._withUnsafeGuaranteedRef { HandlerStatistics($0) }
  }

  // MARK: Running

  /// Runs until `stop`: ready handlers and due timers first, then halts until an interrupt.
  public func run() {
    isStopping = false
    moment = clock
    while !isStopping { step(mayWait: true) }
  }

  /// Makes `run` return after the current turn.
  public func stop() { isStopping = true }

  /// One turn, by the rules above.
  ///
  /// - Parameter mayWait: Whether to halt when nothing is left to do.
  public func turn(mayWait: Bool) {
    moment = clock
    step(mayWait: mayWait)
  }

  @inline(__always)
  private func step(mayWait: Bool) {
    turns &+= 1
    take()
    let due = ready
    if due != 0 {
      if due & (due &- 1) | due & lows | batch == 0 { serveOne() } else { serve() }
    }
    if ready == 0, !isStopping, mayWait {
      rearm(exactly: true)
      waits &+= 1
      machine.waitForInterrupt()
    } else {
      rearm(exactly: false)
    }
  }

  /// Makes the handlers of marked lines ready.
  @inline(__always)
  private func take() {
    if Core.marked.load(ordering: .relaxed) != 0 { take(machine.takeMarked()) }
  }

  @inline(never)
  private func take(_ marked: LineSet) {
    if marked.isEmpty { return }
    moment = clock
    var left = marked
    while let line = left.popFirst() {
      if let number = handlers.handler(of: line) { mark(number, at: moment) }
    }
    if marked.contains(.timer) { armed = .distantFuture }
  }

  /// Runs the one handler that is ready, which is no low one, in a turn that is not nested: what
  /// `serve` would do, and what nearly every turn comes to.
  @inline(__always)
  private func serveOne() {
    let outer = Core.current.handler
    let number = ready.trailingZeroBitCount
    ready = 0
    run(number)
    Core.current.handler = outer
  }

  @inline(never)
  private func serve() {
    let outer = Core.current.handler
    chooseBatch()
    var overtakes = EventLoop.patience
    while batch != 0 {
      let high = batch & highs
      let normal = batch & ~lows
      let number = (high != 0 ? high : normal != 0 ? normal : batch).trailingZeroBitCount
      batch ^= 1 &<< UInt64(number)
      run(number)
      // What is ready and high goes before what is left, if that is not high itself.
      guard highs != 0, batch & ~highs != 0, overtakes > 0 else { continue }
      take()
      let late = ready & highs
      let first = late & (0 &- late)
      batch |= first
      ready ^= first
      if first != 0 { overtakes &-= 1 }
    }
    Core.current.handler = outer
  }

  /// Moves what this turn is to run from `ready` to `batch`, which is not empty in a nested turn.
  @inline(__always)
  private func chooseBatch() {
    var chosen = ready & ~lows
    let waiting = ready & lows
    if waiting != 0 {
      lowWaits &+= 1
      if chosen == 0 || lowWaits > EventLoop.patience {
        lowWaits = 0
        let above = waiting & (~1 &<< lastLow)
        lastLow = UInt64((above != 0 ? above : waiting).trailingZeroBitCount)
        chosen |= 1 &<< lastLow
      }
    }
    batch |= chosen
    ready ^= chosen
  }

  @inline(__always)
  private func run(_ number: Int) {
    Core.current.handler = UInt(bitPattern: number &+ 1)
    handlers[number]._withUnsafeGuaranteedRef { handler in
      handler.body()
      if !handler.timesItself { finished(handler, readySince: handler.readySince) }
    }
  }

  /// Notes that one thing of a series is done: it began when the last one ended.
  package func finished(_ handler: HandlerID, readySince mark: UInt64) {
    handlers[Int(handler.rawValue)]._withUnsafeGuaranteedRef { finished($0, readySince: mark) }
  }

  @inline(__always)
  private func finished(_ handler: Handler, readySince mark: UInt64) {
    let start = moment
    let end = clock
    moment = end
    handler.ran(readySince: mark, from: start, to: end)
    if Publish.isOn, end &- start >= Core.current.leastTraced {
      trace.note(handler.number, readySince: mark, from: start, to: end)
    }
  }

  /// Tells the machine the earliest deadline.
  ///
  /// A loop that goes on running needs only be interrupted early enough; before a halt the
  /// deadline is made exact, so that a cancelled timer does not wake an idle core.
  @inline(__always)
  private func rearm(exactly: Bool) {
    if exactly ? earliest != armed : earliest < armed {
      armed = earliest
      machine.arm(earliest == .distantFuture ? nil : earliest)
    }
  }
}
