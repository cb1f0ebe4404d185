internal import Bytes
public import Inspect

extension Session {
  /// Sets the target going; `pump` then drives the motion to its end.
  public func start(_ motion: Motion) throws(SessionError) {
    try requireStopped("run")
    try requireWritable("run")
    let thread = try session { () throws(InspectError) in try self.currentThread() }
    previous.moveOn()
    stop.drop()
    selectedFrame = 0
    try session { () throws(InspectError) in
      switch motion {
      case .stepInstruction, .nextInstruction, .stepLine, .nextLine:
        try self.target.resume(.step, thread: thread)
      default: try self.target.resume(.cont, thread: nil)
      }
    }
  }

  /// Drives the motion on what the target says, for at most `milliseconds`.
  public func pump(milliseconds: Int) throws(InspectError) -> SessionEvent? {
    switch try target.waitForEvent(milliseconds: milliseconds) {
    case nil: return nil
    case .console(let text): return .console(text)
    case .ended(let reason): return .ended(reason)
    case .lost(let text): return .lost(text)
    case .stopped(let reason):
      stop.drop()
      if let thread = reason.thread { selectedThread = thread }
      return .stopped(StopSummary(reason: .signal(reason.signal), thread: reason.thread))
    }
  }

  /// Asks a running target to stop; `pump` tells when it has.
  public func interrupt() throws(InspectError) {
    if case .running = target.state { try target.interrupt() }
  }
}
