// Motions in a target: begins them, does what their machine says, and ends them.

public import Inspect
internal import Bytes
internal import Symbols

extension Session {
  /// Sets the target going; `pump` then drives the motion to its end.
  ///
  /// Where threads stop one by one it is the selected one that goes, or, with `all`, every one.
  public func start(_ motion: Motion, all: Bool = false) throws(SessionError) {
    try requireStopped("run")
    try requireWritable("run")
    let thread = try session { () throws(InspectError) in try self.currentThread() }
    var machine = MotionMachine(motion, to: try landings(of: motion))
    if case .cont(let ignore) = motion, ignore > 1 { try ignoreHere(ignore - 1) }
    let hidden = stop.hiddenThread == thread ? stop.hiddenFrames : 0
    let facts = try session { () throws(InspectError) in
      try StoppedThread(self, thread, hidden: hidden)
    }
    stopNote = ""
    run = MotionRun()
    if case .cont = motion { run.isFree = true }
    run.thread = thread
    run.isForAll = all
    run.origin = origin(facts)
    guard let effect = machine.began(facts) else {
      throw .wrongState("Cannot find bounds of current function. Use `stepi`, or `finish`.")
    }
    run.machine = machine
    selectedFrame = 0
    do {
      if try !perform(effect, thread) { run.ready = .stopped(try arrived(effect, facts)) }
    } catch {
      abandon()
      throw .inspect(error)
    }
  }

  /// Drives the motion on what the target says, for at most `milliseconds`; `nil` if it goes on.
  public func pump(milliseconds: Int) throws(InspectError) -> SessionEvent? {
    if let text = takeLogged() { return .console(text) }
    if let ready = run.ready {
      run = MotionRun()
      return ready
    }
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    var rest = milliseconds
    repeat {
      switch try target.waitForEvent(milliseconds: rest) {
      case nil: return nil
      case .console(let text): return .console(text)
      case .ended(let reason):
        targetIsGone()
        return .ended(reason)
      case .lost(let text):
        targetIsGone()
        return .lost(text)
      case .stopped(let reason):
        do {
          let summary = try stopped(reason)
          if let text = takeLogged() {
            // What a log point printed comes before the stop that came after it.
            if let summary { run.ready = .stopped(summary) }
            return .console(text)
          }
          if let summary { return .stopped(summary) }
        } catch {
          abandon()
          throw error
        }
      }
      let left = deadline - ContinuousClock.now
      rest = max(
        0,
        Int(left.components.seconds) * 1000
          + Int(left.components.attoseconds / 1_000_000_000_000_000))
    } while rest > 0
    return nil
  }

  /// Asks a running target to stop; `pump` tells when it has.
  public func interrupt() throws(InspectError) {
    guard case .running = target.state else { return }
    run.isInterruptWanted = true
    try target.interrupt(thread: run.thread ?? selectedThread)
  }

  /// Does what a machine wants; `false` if it wants nothing more.
  func perform(_ effect: MotionEffect, _ thread: ThreadID) throws(InspectError) -> Bool {
    switch effect {
    case .arrived, .returned: return false
    case .run(let landings): run.landings = landings
    case .step, .stepRange: run.landings = []
    }
    try plant()
    let registers = try registers(of: thread)
    let pc = Address(registers[names.pc] ?? 0)
    // Others may come by while one stands alone; the agent gets it past its own breakpoints.
    let isAlone = target.stance(of: thread) == .alone
    if isAlone, target.standsWhole, !run.isForAll, case .run = effect {
      throw .wrongState("Everything stands, so that one cannot go on alone. Use `continue -a`.")
    }
    let inTheWay = isAlone ? [] : points.planted(at: pc)
    run.effect = effect
    if inTheWay.isEmpty {
      try go(effect, thread)
      return true
    }
    for point in inTheWay {
      try target.remove(point)
      points.planted[point] = nil
    }
    run.steppedOff = pc
    try go(.step, thread)
    return true
  }

  private func go(_ effect: MotionEffect, _ thread: ThreadID) throws(InspectError) {
    previous.moveOn()
    stop.drop()
    switch effect {
    case .run:
      try target.resume(.cont, thread: target.isNonStop && !run.isForAll ? thread : nil)
      run.isForAll = false
    case .stepRange(let range): try target.resume(.stepRange(range), thread: thread)
    default: try target.resume(.step, thread: thread)
    }
  }

  /// Ends a motion where it is, with nothing of its own left in the target.
  func abandon() {
    run = MotionRun()
    if case .stopped = target.state { try? plant() }
  }

  private func targetIsGone() {
    run = MotionRun()
    points.planted = [:]
    stop.drop()
  }

  /// The function and frame that a motion begins in.
  func origin(_ facts: StoppedThread) -> MotionRun.Origin {
    let shown = facts.chain.dropFirst(facts.hidden).first
    return MotionRun.Origin(
      function: shown?.linkageName, functionStart: shown?.functionStart ?? facts.function?.start,
      cfa: facts.frameAddress().map { Address($0) })
  }

  // MARK: Where motions run to

  private func landings(of motion: Motion) throws(SessionError) -> LandingRunner? {
    switch motion {
    case .finish: return try finish()
    case .until(let location?), .advance(let location):
      var places = try addresses(of: location).map { Landing(address: $0) }
      if let back = try? finish().landings.first { places.append(back) }
      return LandingRunner(landings: places)
    default: return nil
    }
  }

  /// The way out of the selected frame.
  private func finish() throws(SessionError) -> LandingRunner {
    let frame = try currentFrame()
    let thread = try session { () throws(InspectError) in try self.currentThread() }
    let wanted = frame.physical + 2
    let stack = try session { () throws(InspectError) in try self.stack(of: thread, count: wanted) }
    if let location = frame.location, location.isInlined {
      guard frame.physical > 0, let inner = stack.cfa(of: frame.physical - 1) else {
        return LandingRunner(landings: [], isFinish: true, leaving: location)
      }
      let landing = Landing(address: frame.frame.pc, minimumStackPointer: inner.value)
      return LandingRunner(landings: [landing], isFinish: true, leaving: location)
    }
    guard frame.physical + 1 < stack.frames.count, let cfa = stack.cfa(of: frame.physical) else {
      throw .wrongState(
        "\"finish\" not meaningful in the outermost frame. Use `until` or `advance`.")
    }
    returnType = symbols?.returnType(at: frame.frame.lookupPC)
    let landing = Landing(
      address: stack.frames[frame.physical + 1].pc, minimumStackPointer: cfa.value)
    return LandingRunner(landings: [landing], isFinish: true)
  }

  /// `continue N`: the breakpoint stood at passes by.
  private func ignoreHere(_ count: Int) throws(SessionError) {
    let pc = try currentFrame().frame.pc
    guard let index = points.breakpoints(at: pc).first else {
      throw .wrongState(
        "The target does not stand at a breakpoint: `continue` takes no count here.")
    }
    points.items[index].ignore = count
  }
}
