// What a stop of the target means: a breakpoint of the user's that holds, a step of the motion
// under way, or something else that ends it.

internal import Bytes
internal import Expressions
internal import Inspect
internal import Symbols

extension Session {
  /// The target stopped. `nil` if the motion goes on, which has been seen to already.
  func stopped(_ reason: StopReason) throws(InspectError) -> StopSummary? {
    stop.drop()
    let other = selectedThread
    let thread: ThreadID
    if let told = reason.thread ?? run.thread {
      thread = told
    } else {
      thread = try currentThread()
    }
    selectedThread = thread
    selectedFrame = 0
    let steppedOff = run.steppedOff
    run.steppedOff = nil
    // A breakpoint that was stepped off goes back in before anything else can go wrong.
    try plant()

    let facts = try StoppedThread(self, thread, hidden: nil)
    if let verdict = try verdict(on: reason, facts, steppedOff) {
      return try end(verdict, facts, hidden: nil)
    }
    if target.isNonStop, thread != run.thread {
      try passBy(thread, for: other)
      return nil
    }
    guard let effect = run.effect, var machine = run.machine, let mover = run.thread else {
      return try end(.signal(reason.signal), facts, hidden: nil)
    }
    if case .run(let landings) = effect {
      guard isLanded(facts, landings) else {
        _ = try perform(effect, thread)
        return nil
      }
    } else if thread != mover {
      selectedThread = mover
      _ = try perform(effect, mover)
      return nil
    }
    let next = machine.arrived(facts)
    run.machine = machine
    if try perform(next, thread) { return nil }
    return try arrived(next, facts)
  }

  /// Whether the motion's thread stands at one of its landings, in the activation it waits for.
  private func isLanded(_ facts: StoppedThread, _ landings: [Landing]) -> Bool {
    facts.thread == run.thread
      && landings.contains {
        $0.address == facts.pc && facts.stackPointer >= $0.minimumStackPointer
      }
  }

  /// Why this stop ends the motion; `nil` if the motion has a use for it.
  private func verdict(
    on reason: StopReason, _ facts: StoppedThread, _ steppedOff: Address?
  ) throws(InspectError) -> StopSummary.Reason? {
    if reason.cause == .request { return .interrupted }
    var isTrap = reason.signal == 5 || reason.cause == .breakpoint
    var isOurs = run.effect.map { if case .run = $0 { false } else { true } } ?? false
    if case .watchpoint(let kind, let address) = reason.cause {
      isTrap = true
      if let verdict = watchpointHit(kind, address) { return verdict }
      isOurs = isOurs || isWatched(kind, address)
    }
    guard isTrap else {
      return run.isInterruptWanted && reason.signal == 2 ? .interrupted : .signal(reason.signal)
    }
    if let verdict = scopeEnded(facts) { return verdict }
    // An instruction that repeats itself (`rep movs`) is still the one that was stepped off.
    if facts.pc != steppedOff, let verdict = breakpointHit(at: facts.pc) { return verdict }
    if run.isInterruptWanted { return .interrupted }
    // Traps at places where nothing is planted are the program's own.
    isOurs = isOurs || steppedOff != nil || !points.planted(at: facts.pc).isEmpty
    // Where threads stop one by one, one may have met what has been removed since.
    if target.isNonStop, reason.cause == .breakpoint { isOurs = true }
    return isOurs ? nil : .signal(reason.signal)
  }

  /// The motion got where it was sent.
  func arrived(
    _ effect: MotionEffect, _ facts: StoppedThread
  ) throws(InspectError) -> StopSummary {
    switch effect {
    case .returned:
      return try end(.finished(returned: try returnedValue(facts.thread)), facts, hidden: nil)
    case .arrived(let hidden): return try end(.arrived, facts, hidden: hidden)
    default: return try end(.arrived, facts, hidden: nil)
    }
  }

  /// What the function left that has just returned; `nil` if it returns nothing, or what fits no
  /// register.
  private func returnedValue(_ thread: ThreadID) throws(InspectError) -> Value? {
    guard let type = returnType, let kind = type.kind, (1...8).contains(type.size) else {
      return nil
    }
    let registers = try registers(of: thread)
    let name = kind == .float ? names.floatResult : names.result
    guard let bytes = registers.bytes(name), bytes.count >= type.size else { return nil }
    return Value(
      bytes: Array(bytes.prefix(type.size)),
      as: Variables.type(of: kind, size: type.size, named: type.name))
  }

  /// Ends the motion: takes its landings out and reports where the thread stands.
  private func end(
    _ reason: StopSummary.Reason, _ facts: StoppedThread, hidden: Int?
  ) throws(InspectError) -> StopSummary {
    let origin = run.origin
    let isStep = run.machine?.isStepping ?? false
    run = MotionRun()
    stopNote = reason.note
    try plant()
    var shown = hidden ?? facts.hidden
    // Who stops in an inlined call by a breakpoint means to see that call.
    if case .breakpoint = reason { shown = 0 }
    stop.hiddenFrames = shown
    stop.hiddenThread = facts.thread
    if isStep, !lastThreads.isEmpty, !target.isNonStop {
      // Hardly anything else ran: one round trip fewer for a list that is the same.
      stop.overview = Overview(
        threads: lastThreads, registers: [facts.thread: try registers(of: facts.thread)])
    }
    try prefetch(Interest())
    lastThreads = try overview().threads
    let frames = try logicalFrames(limit: 1).frames
    let here = try StoppedThread(self, facts.thread, hidden: shown)
    return StopSummary(
      reason: reason, thread: facts.thread,
      frame: frames.first.map { describe($0, index: 0, arguments: true) },
      isNewFrame: origin == nil || self.origin(here) != origin,
      isAtLineStart: shown > 0 || here.statement?.lowerBound == here.pc)
  }
}
