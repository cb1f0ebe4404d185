internal import Bytes
internal import GDBRemote
internal import Glibc
public import Inspect

extension RemoteTarget {
  /// Lets the target go on.
  ///
  /// `.cont` resumes all threads. `.step` steps `thread` alone, so that a step off a breakpoint
  /// cannot lose another thread; `.stepRange` lets the others run, as a source line may wait for
  /// them.
  public func resume(_ action: ResumeAction, thread: ThreadID?) throws(InspectError) {
    try requireStopped()
    if isNonStop { return try resumeNonStop(action, thread: thread) }
    let remote = thread.map(remoteThread) ?? currentThread
    steppingRange = nil
    let request = try resumption(action, thread: remote)
    cache.drop()
    wantsStop = false
    pendingSignal = nil
    try connection.resume(request)
    state = .running
  }

  public func interrupt() throws(InspectError) { try interrupt(thread: nil) }

  public func interrupt(thread: ThreadID?) throws(InspectError) {
    try requireLink()
    if isNonStop { return try interruptNonStop(thread) }
    guard state == .running else { return }
    wantsStop = true
    steppingRange = nil
    try connection.interrupt()
  }

  public func waitForEvent(milliseconds: Int) throws(InspectError) -> TargetEvent? {
    if case .lost = state { return nil }
    let deadline = monotonicMilliseconds() + milliseconds
    while true {
      let left = max(0, deadline - monotonicMilliseconds())
      guard let incident = connection.nextIncident(milliseconds: left) else { return nil }
      if let event = try event(for: incident) { return event }
    }
  }

  /// What an incident means to the caller; `nil` if it is over and done with.
  private func event(for incident: Connection.Incident) throws(InspectError) -> TargetEvent? {
    switch incident {
    case .console(let text): return .console(text)
    case .notified: return nil
    case .threadStopped(let reply): return try threadStopped(reply)
    case .lost(let reason):
      if case .ended = state { return nil }
      state = .lost(reason)
      return .lost(reason)
    case .notResumed(let answer):
      state = .stopped(StopReason(signal: 0, thread: nil, cause: .signal))
      throw .refusal(answer, or: "the target cannot go on like that")
    case .stopped(let reply):
      guard state == .running else {
        // QEMU says so when its monitor stops the guest: nothing new, but memory may have changed.
        cache.drop()
        return nil
      }
      note(reply, isRequested: wantsStop)
      if try continuesRangeStep() { return nil }
      switch state {
      case .stopped(let reason): return .stopped(reason)
      case .ended(let reason): return .ended(reason)
      case .running, .lost: return nil
      }
    }
  }

  /// Notes a stop or an end in `state`.
  func note(_ reply: StopReply, isRequested: Bool) {
    cache.drop()
    selectedThread = nil
    switch reply {
    case .exited(let status): state = .ended(.exited(status: status))
    case .killed(let signal): state = .ended(.killed(signal: signal))
    case .stopped(let stop):
      let cause = Self.cause(stop, isRequested: isRequested)
      stoppedThread = stop.thread
      pendingSignal =
        introduction.kind == .gdbserver && cause == .signal && ![0, 2, 5].contains(stop.signal)
        ? UInt8(truncatingIfNeeded: stop.signal) : nil
      state = .stopped(
        StopReason(signal: stop.signal, thread: stop.thread.map(inspectThread), cause: cause))
    }
    wantsStop = false
  }

  static func cause(_ stop: StopReply.Stop, isRequested: Bool) -> StopReason.Cause {
    switch stop.cause {
    case .softwareBreakpoint, .hardwareBreakpoint: .breakpoint
    case .watch(let kind, let address):
      .watchpoint(StopPoint.Kind(rawValue: Int(kind.rawValue)) ?? .write, address)
    case .signal, .replayEnd:
      // 2 is SIGINT, 17 SIGSTOP and 0 none in the protocol's numbering.
      isRequested && [0, 2, 5, 17].contains(stop.signal) ? .request : .signal
    }
  }

  private func resumption(
    _ action: ResumeAction, thread: RemoteThread?
  ) throws(InspectError) -> Request {
    let capabilities = connection.client.features.capabilities
    guard capabilities.contains(.threadContinue) else {
      return try plainResumption(action, thread: thread)
    }
    switch action {
    case .cont:
      guard let signal = pendingSignal, capabilities.contains(.signalContinue) else {
        return .resume([ContinueAction(.cont)])
      }
      return .resume([
        ContinueAction(.contWithSignal(signal), thread: stoppedThread), ContinueAction(.cont),
      ])
    case .step:
      return .resume([ContinueAction(.step, thread: thread)])
    case .stepRange(let range):
      guard capabilities.contains(.rangeStep) else {
        steppingRange = (range, thread)
        return .resume([ContinueAction(.step, thread: thread)])
      }
      return .resume([
        ContinueAction(
          .stepRange(start: range.lowerBound, end: range.upperBound), thread: thread),
        ContinueAction(.cont),
      ])
    }
  }

  private func plainResumption(
    _ action: ResumeAction, thread: RemoteThread?
  ) throws(InspectError) -> Request {
    if case .cont = action { return .plainContinue }
    if let thread { _ = try connection.exchange(.selectThreadToContinue(thread)) }
    if case .stepRange(let range) = action { steppingRange = (range, thread) }
    return .plainStep
  }

  /// Steps on if a range step is under way and still inside its range.
  ///
  /// A breakpoint inside the range ends it, though QEMU does not say that one was hit.
  private func continuesRangeStep() throws(InspectError) -> Bool {
    guard let stepping = steppingRange else { return false }
    steppingRange = nil
    guard case .stopped(let reason) = state, reason.signal == 5, reason.cause == .signal,
      let thread = stepping.thread ?? currentThread,
      let counter = try programCounter(of: thread), stepping.range.contains(counter),
      !connection.client.planted.contains(where: { $0.address == counter })
    else { return false }
    try connection.resume(try resumption(.step, thread: stepping.thread))
    steppingRange = stepping
    state = .running
    return true
  }
}
