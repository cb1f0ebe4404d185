// The agent: the stub of the GDB remote protocol (Protocols/GDBRemote/Stub) on COM2, or on COM1 with
// the console, so that a debugger attaches to the instance itself. Linked only when an image is built
// with it.
//
// It lives below the kernel that it debugs: it is entered from an exception or from its port's
// interrupt, on a stack of its own, with interrupts off, and polls its port until the client lets
// the machine go on. It allocates at its start only, takes no lock, and reads memory in a way that
// survives whatever is not there.

internal import Bytes
internal import CX86
internal import GDBRemote
internal import Machine
internal import X86

/// The agent of this instance.
public enum Agent {
  // Safety: made at start by the one core, then used by the agent alone, which is not re-entered:
  // its own faults are recovered from, or end the instance.
  nonisolated(unsafe) static var stub: Stub?
  nonisolated(unsafe) static var target = AgentTarget()
  /// The interrupt flag that an instruction stepped with interrupts off is to get back.
  nonisolated(unsafe) static var stepping: Stepping?
  /// The step past a breakpoint whose client does not want to hear of it.
  // Safety: as above.
  nonisolated(unsafe) static var passing: Stepping?

  /// Takes COM2 over and catches what a debugger wants to know of. Needs the heap. Without a port,
  /// or without memory for a stack, there is no agent.
  public static func start() {
    AgentProfiler.prepare()
    let sharesConsole = AgentHooks.wantsConsole
    if sharesConsole { AgentPort.shareConsole() }
    guard AgentPort.exists, let stack = GuardedStacks.make(bytes: 64 << 10) else { return }
    AgentThreads.start()
    AgentParking.start()
    // A global is made at its first use, and that would be in an interrupt in the middle of anything.
    target = AgentTarget()
    stub = Stub(stop: StubStop(signal: 5, thread: 1), isRunning: true)
    AgentHooks.install(
      stackTop: UInt64(stack.end),
      recovery: { AgentMemory.recover(Agent.frame($0)) },
      handler: { Agent.entered(Agent.frame($0)) })
    AgentTelemetry.start()
    if sharesConsole {
      AgentConsole.start()
      AgentHooks.takeConsole { Agent.console($0, $1) }
    }
    AgentPort.start()
  }

  /// The console's output, where it shares the port; without any, sends what waits.
  private static func console(_ start: UnsafeRawPointer?, _ count: Int) {
    guard let start, count > 0 else { return AgentPort.drain() }
    AgentConsole.write(start, count, &stub, queue: queue)
  }

  private static func frame(_ context: UnsafeMutableRawPointer) -> UnsafeMutablePointer<x86_frame> {
    // Safety: X86 passes the complete frame of an exception or interrupt.
    context.assumingMemoryBound(to: x86_frame.self)
  }

  private static func entered(_ frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    target.frame = frame
    AgentThreads.resumed()
    let isException = frame.pointee.vector < 32
    if isException, AgentParking.isBorrowed {
      target.points.lift()
      target.points.endPass()
      target.points.lift()
      hold(AgentParking.giveBack(frame, target.stop()?.signal ?? 11), isOwn: false)
      target.points.settle()
      return true
    }
    if isException, !AgentHooks.hasPanicked, isStepped(frame) {
      target.points.settle()
      return true
    }
    target.points.lift()
    if AgentHooks.hasPanicked { lookOn() }
    if isException {
      guard raised(by: frame) else { return false }
      target.points.settle()
      return true
    }
    defer { target.points.settle() }
    if frame.pointee.vector != AgentHooks.timerVector { interrupted() }
    AgentPort.send()
    tellTelemetry()
    return true
  }

  /// Whether an exception has only ended one instruction of a thread that is stepped, or gone past
  /// a breakpoint, and the machine goes on. Breakpoints stand.
  @inline(never)
  private static func isStepped(_ frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    let isDebug = frame.pointee.vector == 1
    let passing = self.passing
    target.points.endPass()
    passing?.restore(frame)
    self.passing = nil
    guard isDebug else { return false }
    if passing != nil { x86_write_debug_status(x86_read_debug_status() & ~0x4000) }
    if let step = stepping {
      if passing != nil, x86_read_debug_status() & 0xf == 0 { return true }
      return goesOn(step, frame)
    }
    // Nobody steps: a passed breakpoint's step, or a flag that a stepped `pushf` has saved.
    guard x86_read_debug_status() & 0xf == 0 else { return false }
    Stepping.end(frame)
    return true
  }

  /// An exception: true if the machine goes on, false if nobody debugs it and it has to panic.
  @inline(never)
  private static func raised(by frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    let vector = frame.pointee.vector
    let isStepOver = stepping.map { !$0.isAway && vector == 1 && Stepping.hasEnded } ?? false
    guard let stop = target.stop(), stub?.isAttended == true || vector == 1 else { return false }
    if stub?.isAttended != true { return true }
    if stub?.passes(stop) == true { return false }
    let place = Address(frame.pointee.rip)
    if !isStepOver, stub?.isTold(of: stop, at: place, target: target) == false {
      AgentTelemetry.notePass()
      queue()
      pass(stop, frame)
      return true
    }
    if stub?.isNonStop == true, setAside(stop, frame) { return true }
    // As the client is told of it.
    var told = stop
    if stub?.isNonStop == true { told.thread = owner }
    hold(stop)
    // Without its signal the instruction is tried again: a client may have mended what was wrong.
    return stub?.delivers(told) != true
  }

  /// A debug exception while a thread is stepped: whether the machine goes on.
  @inline(never)
  private static func goesOn(_ step: Stepping, _ frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    if step.isAway {
      guard target.points.isAwaited else { return false }
      if target.running != step.thread {
        Stepping.pass(frame)
        return true
      }
      endStep()
      guard let range = step.range, range.contains(frame.pointee.rip) else { return false }
      stepping = Stepping(frame, of: step.thread, range: range)
      return true
    }
    if target.running == step.thread {
      guard !step.isOver(frame) else { return false }
      Stepping.arm(frame)
      return true
    }
    // The thread has switched to another: its step goes on when it is switched back to.
    return Stepping.isAlone && awaits(step.thread, step.range)
  }

  /// Goes on from a breakpoint that stays, past the instruction it stands at.
  @inline(never)
  private static func pass(_ stop: StubStop, _ frame: UnsafeMutablePointer<x86_frame>) {
    guard stop.cause == .softwareBreakpoint else { return Stepping.pass(frame) }
    target.points.pass(frame.pointee.rip)
    // A thread that is stepped has its step's end to put the breakpoint back.
    if !Stepping.isArmed(frame) { passing = Stepping(frame, of: stop.thread, range: nil) }
  }

  /// Waits for a thread to go on, to step it then; false if that cannot be.
  private static func awaits(_ thread: UInt64, _ range: Range<UInt64>?) -> Bool {
    endStep()
    guard let address = target.continuation(of: thread), target.points.await(address) else {
      return false
    }
    stepping = Stepping(absent: thread, range: range)
    return true
  }

  /// Undoes what stepping changed.
  @inline(never)
  static func endStep() {
    if let step = stepping, !step.isAway { step.restore(target.frame) }
    stepping = nil
    target.points.awaitNothing()
  }

  /// The port has bytes.
  @inline(never)
  private static func interrupted() {
    while let byte = AgentPort.read() {
      AgentTelemetry.hear()
      let effect = stub?.received(byte, target: &target)
      queue()
      switch effect {
      case .stop:
        if stub?.isNonStop == true { AgentParking.reason = "it was asked for" }
        return hold(StubStop(signal: 2, thread: target.running))
      case .resume where stub?.isNonStop == true:
        AgentParking.apply(stub?.resumption ?? [])
        guard wantsStop else { break }
        let isOfAll = stub?.resumption.contains { $0.kind == .stop && $0.thread == nil } == true
        AgentParking.reason =
          isOfAll ? "all were to stop" : "a thread was to stop that stands at no breakpoint"
        return hold(StubStop(signal: 0, thread: owner), isTold: names(owner, .stop))
      case .resume: return go()
      case .detach, .lapse:
        endStep()
        target.removeAll()
        AgentParking.releaseAll()
      case .release: AgentParking.releaseAll()
      case .kill: X86Machine.shared.powerOff(status: 0)
      case .restart: X86Machine.shared.reset()
      case nil: break
      }
    }
  }

  // Safety: used by the agent with interrupts off.
  /// Whether the client knows that the interrupted thread stands, while everything does.
  nonisolated(unsafe) static var isOwnerTold = false

  /// Tells the client of a stop, and does what it asks until it lets the machine go on.
  @inline(never)
  private static func hold(_ stop: StubStop, isTold: Bool = true, isOwn: Bool = true) {
    endStep()
    AgentPort.drain()
    let begun = X86Machine.shared.now
    AgentTelemetry.noteStop()
    AgentTelemetry.held = 1
    defer { AgentTelemetry.held = 0 }
    defer { AgentProfiler.wasHeld(since: begun) }
    defer { if !AgentParking.isBorrowed { AgentParking.reason = "" } }
    var stop = stop
    if stub?.isNonStop == true, isOwn { stop.thread = owner }
    if isTold { stub?.stopped(stop, target: target) } else { stub?.stood() }
    // Of a thread that had executed an instruction in its place the interrupted one knows nothing.
    if isOwn { isOwnerTold = isTold }
    tellHeld()
    flush()
    while true {
      guard let byte = next() else { continue }
      let effect = stub?.received(byte, target: &target)
      flush()
      switch effect {
      case .resume where stub?.isNonStop == true:
        let actions = stub?.resumption ?? []
        if !goesOnAll, AgentParking.borrow(target.frame, for: actions) {
          if target.points.isPlanted(at: target.frame.pointee.rip) {
            target.points.pass(target.frame.pointee.rip)
          }
          return
        }
        AgentParking.apply(actions)
        tellHeld()
        flush()
        guard goesOnAll else { break }
        stub?.wentOn()
        return go()
      case .resume: return go()
      case .detach:
        AgentParking.releaseAll()
        return target.removeAll()
      case .release: AgentParking.releaseAll()
      case .lapse:
        target.removeAll()
        AgentParking.releaseAll()
      case .kill: X86Machine.shared.powerOff(status: 0)
      case .restart: X86Machine.shared.reset()
      case .stop, nil: break
      }
    }
  }

  /// Prepares the frame for what the client asked of it.
  @inline(never)
  private static func go() {
    let running = target.running
    guard let action = stub?.resumption.first(where: { $0.isStep }) else { return }
    var thread = action.thread?.thread ?? running
    if AgentParking.frame(of: thread) != nil { return }
    if thread == owner { thread = running }
    var range: Range<UInt64>?
    if case .stepRange(let start, let end) = action.kind {
      range = start.value..<max(start.value, end.value)
    }
    if thread == running {
      stepping = Stepping(target.frame, of: thread, range: range)
    } else {
      _ = awaits(thread, range)
    }
  }

  /// After the panic report: whoever attaches may look, for ever; there is no way on.
  private static func lookOn() -> Never {
    let stop = target.stop() ?? StubStop(signal: 6, thread: target.running)
    while true {
      if stub?.isAttended == true { holdDead(stop) }
      guard let byte = next() else { continue }
      let effect = stub?.received(byte, target: &target)
      flush()
      switch effect {
      case .stop: holdDead(stop)
      case .restart: X86Machine.shared.reset()
      case .kill: X86Machine.shared.powerOff(status: 0)
      case .resume, .detach, .lapse, .release, nil: break
      }
    }
  }

  private static func holdDead(_ stop: StubStop) {
    if stub?.isNonStop == true { AgentParking.reason = "the instance has panicked" }
    hold(stop)
  }

  /// The next byte of a client of the held machine; meanwhile it gets the telemetry it asked for.
  private static func next() -> UInt8? {
    if let byte = AgentPort.read() {
      AgentTelemetry.hear()
      return byte
    }
    AgentTelemetry.turn(&stub, flush: flush, room: { .max })
    return nil
  }

  /// A round of telemetry of the machine that runs, if one is due.
  private static func tellTelemetry() {
    AgentTelemetry.turn(&stub, flush: queue, room: { AgentPort.room })
  }

  /// Sends what the stub says while the machine runs: without waiting, unless it says more than
  /// waits anyway.
  @inline(never)
  static func queue() {
    guard let count = stub?.output.count, count > 0 else { return }
    if count > AgentPort.room { AgentPort.drain(isRunning: true) }
    guard count <= AgentPort.room else {
      return takeOutput { AgentPort.write($0, isRunning: true) }
    }
    takeOutput { AgentPort.queue($0) }
    AgentPort.send()
  }

  @inline(never)
  private static func flush() { takeOutput { AgentPort.write($0) } }

  @inline(never)
  private static func takeOutput(_ send: (UInt8) -> Void) {
    guard var output = stub?.output, !output.isEmpty else { return }
    // Taken out and put back, so that the array is never shared and never copied.
    stub?.output = []
    for byte in output { send(byte) }
    output.clear()
    stub?.output = output
  }
}

/// What X86 calls at start in an image that is built with the agent.
@_silgen_name("porthole_agent_start")
public func startAgent() { Agent.start() }

extension ContinueAction {
  /// Whether it asks for a step.
  fileprivate var isStep: Bool {
    switch kind {
    case .step, .stepRange: return true
    default: return false
    }
  }
}
