// Threads that stop one by one: what differs for the session. Motions move one thread, the others run
// on; what they do to memory shows at the next command.

public import Inspect

extension Session {
  /// Begins or ends non-stop mode. The target has to stand still.
  public func setNonStop(_ isWanted: Bool) throws(SessionError) {
    try requireStopped("set non-stop")
    try session { () throws(InspectError) in try self.target.setNonStop(isWanted) }
    stop.drop()
    if !isWanted { selectedThread = nil }
  }

  /// Forgets what threads may have changed that run while the selected one stands.
  public func freshen() {
    if target.isNonStop { stop.dropValues() }
  }

  /// Asks every thread to stop, also where the selected one stands.
  public func interruptAll() throws(InspectError) {
    run.isInterruptWanted = true
    try target.interrupt(thread: nil)
  }

  /// That everything stands, and why, where threads stop one by one and the last stop was one for
  /// all; in the target's words.
  public var wholeStop: String? {
    guard target.isNonStop, let name = lastThreads.first?.name,
      let start = name.firstIndex(of: "(")
    else { return nil }
    let text = name[start...].dropFirst().prefix { $0 != ")" }
    return text.hasPrefix("everything stands") ? String(text) : nil
  }

  /// A thread stopped at something that is no stop for anybody: it goes on, and whoever was looked
  /// at still is.
  func passBy(_ thread: ThreadID, for other: ThreadID?) throws(InspectError) {
    try target.resume(.cont, thread: thread)
    guard let other, other != thread else { return }
    _ = target.focus(on: other)
    selectedThread = other
  }
}
