// A moment's stop. Breakpoints cannot be planted in a target that runs, nor its stack be read; so
// it is stopped for that and goes on afterwards, as a person would do it by hand but in milliseconds.

internal import Inspect

extension Session {
  /// Whether the target runs and nothing is awaited of it: no step, no way out of a function.
  public var isRunningFreely: Bool {
    guard case .running = target.state else { return false }
    return run.isFree
  }

  /// Stops a freely running target for a moment; `start(.cont(ignore: 0))` lets it go on.
  ///
  /// Returns what stopped it if it was not this pause: a breakpoint hit in the same moment, its end.
  /// Then it is to stay as it is.
  public func pause() throws(SessionError) -> SessionEvent? {
    try session { () throws(InspectError) in try self.interrupt() }
    // What the target printed meanwhile is told afterwards.
    var printed: [UInt8] = []
    defer { logged += printed }
    for _ in 0..<30 {
      let event = try session { () throws(InspectError) in try self.pump(milliseconds: 100) }
      switch event {
      case .stopped(let stop) where stop.reason == .interrupted: return nil
      case nil: continue
      case .console(let text): printed += text
      case .stopped, .ended, .lost: return event
      }
    }
    throw .inspect(
      .timedOut("The target does not stop. Try `interrupt`, or look at it by `info program`."))
  }
}
