// Non-stop mode of our agent: threads stand one by one while the rest of the instance runs. `state` is
// that of one thread, the one that stopped last or that was chosen since (`focus`). Whether everything
// stands, and who stands alone, the agent says in the names of its threads (Protocols/GDBRemote/SPEC.md).

internal import GDBRemote
public import Inspect

/// Who stands, in non-stop mode.
struct Standing {
  /// Threads that stand alone, and why.
  var alone: [ThreadID: StopReason] = [:]
  /// Whether everything stands.
  var isWhole = true
}

extension RemoteTarget {
  public var isNonStop: Bool { standing != nil }

  public func setNonStop(_ isWanted: Bool) throws(InspectError) {
    guard isWanted != isNonStop else { return }
    guard introduction.kind == .agent, connection.client.features.capabilities.contains(.nonStop)
    else {
      throw .unsupported("only our agent lets threads stop one by one; this is \(profile.kind)")
    }
    guard !connection.client.isAcknowledging else {
      throw .unsupported("a line that loses bytes would lose stops: non-stop mode needs a socket")
    }
    if isWanted { try requireStopped() } else { try standWhole() }
    let answer = try connection.exchange(.nonStop(isWanted))
    guard answer.isOK else { throw .refusal(answer, or: "the agent stays as it is") }
    connection.client.changedNonStop(isWanted)
    cache.drop()
    selectedThread = nil
    standing = isWanted ? Standing() : nil
    guard !isWanted else { return }
    // Who stood alone goes on with the others now.
    stoppedThread = nil
    state = .stopped(
      StopReason(signal: 0, thread: currentThread.map(inspectThread), cause: .request))
  }

  public func stance(of thread: ThreadID) -> Stance {
    if standing?.alone[thread] != nil { return .alone }
    return standsWhole ? .together : .runs
  }

  public var standsWhole: Bool {
    if let standing { return standing.isWhole }
    if case .stopped = state { return true }
    return false
  }

  public func focus(on thread: ThreadID) -> Bool {
    guard let standing, stance(of: thread) != .runs else { return !isNonStop }
    stoppedThread = remoteThread(thread)
    state = .stopped(
      standing.alone[thread] ?? StopReason(signal: 0, thread: thread, cause: .signal))
    return true
  }

  /// Asks a thread to stop, or all.
  func interruptNonStop(_ thread: ThreadID?) throws(InspectError) {
    var thread = thread
    // One that has ended cannot stop: then all do, so that whoever asked gets an answer.
    if let wanted = thread, !(try threads().contains { $0.id == wanted }) { thread = nil }
    var request = Request.resume([ContinueAction(.stop, thread: thread.map(remoteThread))])
    request.reply = .data
    try check(try connection.exchange(request))
  }

  /// Lets a thread go on, or all; the rest goes on with one that stood with it.
  func resumeNonStop(_ action: ResumeAction, thread: ThreadID?) throws(InspectError) {
    let kind: ContinueAction.Kind =
      switch action {
      case .cont: .cont
      case .step: .step
      case .stepRange(let range): .stepRange(start: range.lowerBound, end: range.upperBound)
      }
    var request = Request.resume([ContinueAction(kind, thread: thread.map(remoteThread))])
    request.reply = .data
    try check(try connection.exchange(request))
    let wasFocus = thread == nil || thread == stoppedThread.map(inspectThread)
    if let thread {
      if standing?.alone.removeValue(forKey: thread) == nil { standing?.isWhole = false }
    } else {
      standing = Standing(isWhole: false)
    }
    if wasFocus, standing?.isWhole != true { state = .running }
  }

  /// A thread stopped; nil if that says nothing new.
  func threadStopped(_ reply: StopReply) throws(InspectError) -> TargetEvent? {
    guard case .stopped(let stop) = reply, let thread = stop.thread.map(inspectThread) else {
      note(reply, isRequested: false)
      if case .ended(let reason) = state { return .ended(reason) }
      return nil
    }
    // Told before the mode ended.
    guard isNonStop else { return nil }
    cache.drop()
    selectedThread = nil
    let wasWhole = standing?.isWhole ?? false
    // The agent gives no signal to what stops because it was asked for, or because everything does.
    let cause = Self.cause(stop, isRequested: stop.signal == 0)
    let reason = StopReason(signal: stop.signal, thread: thread, cause: cause)
    try lookWhoStands(stopped: reason)
    // All threads are told of that stand because everything does; once is enough.
    if wasWhole, standing?.isWhole == true, stop.signal == 0, case .stopped = state { return nil }
    guard stance(of: thread) != .runs else { return nil }
    stoppedThread = stop.thread
    state = .stopped(reason)
    return .stopped(reason)
  }

  private func lookWhoStands(stopped reason: StopReason) throws(InspectError) {
    let threads = try threads()
    let old = standing?.alone ?? [:]
    var now = Standing()
    now.isWhole = threads.first?.name.contains("(everything stands") ?? false
    for thread in threads where thread.name.hasSuffix("(stopped)") {
      now.alone[thread.id] = thread.id == reason.thread ? reason : old[thread.id] ?? reason
    }
    standing = now
  }

  /// Has everything stand, for the end of the mode.
  private func standWhole() throws(InspectError) {
    guard standing?.isWhole == false else { return }
    try interruptNonStop(nil)
    let deadline = monotonicMilliseconds() + Connection.patience
    while standing?.isWhole == false {
      guard monotonicMilliseconds() < deadline else {
        throw .timedOut("the instance does not stop; it stays in non-stop mode")
      }
      _ = try waitForEvent(milliseconds: 100)
    }
  }

  private func check(_ answer: Answer) throws(InspectError) {
    if !answer.isOK { throw .refusal(answer, or: "the agent does not do that") }
  }
}
