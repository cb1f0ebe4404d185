// Standing a guest still for a moment, to read what has to belong together. Only a guest that this
// stop has stopped is let go on: QEMU says so by an event, so that a breakpoint's stop that comes
// first is no business of ours.

internal import Glibc
internal import JSON

/// A guest that stands still.
public struct PausedGuest {
  /// Its state before: `running`, or why it stood still already.
  public var status: InstanceStatus
  /// Its processors' registers.
  public var processors: [ProcessorRegisters]
}

extension Instance {
  /// Stops the guest, reads the registers, runs `body` and lets it go on, if it ran before.
  ///
  /// Returns what `body` does, and for how many microseconds the guest stood still: 0 if it did so
  /// before. Works on a guest that hangs with interrupts off, too. A millisecond or two, besides
  /// `body`.
  public func whilePaused<Result>(
    milliseconds: Int = 2000, _ body: (PausedGuest) throws(LaunchError) -> Result
  ) throws(LaunchError) -> (result: Result, microseconds: Int) {
    try withMonitor(milliseconds: milliseconds) { monitor throws(LaunchError) in
      let status = InstanceStatus(
        queryStatus: try monitor.execute("query-status", milliseconds: milliseconds))
      _ = monitor.events()
      let start = Deadline.now
      // Both in one go: each answer waited for would be a pause of its own.
      let answers: [JSONValue]
      do throws(LaunchError) {
        answers = try monitor.execute(
          [("stop", JSONObject()), QMPConnection.registers], milliseconds: milliseconds)
      } catch {
        // Commands are obeyed in order: what was told to stop goes on, however late.
        if status == .running { _ = try? monitor.execute("cont", milliseconds: milliseconds) }
        throw error
      }
      let stoppedByUs = (monitor.events() ?? []).contains { $0.name == "STOP" }
      let result: Swift.Result<Result, LaunchError>
      do throws(LaunchError) {
        let processors = ProcessorRegisters.parse(answers.last?.string ?? "")
        result = .success(
          try body(PausedGuest(status: stoppedByUs ? .running : status, processors: processors)))
      } catch {
        result = .failure(error)
      }
      guard stoppedByUs else { return (try result.get(), 0) }
      _ = try monitor.execute("cont", milliseconds: milliseconds)
      return (try result.get(), (Deadline.now - start) / 1000)
    }
  }
}

extension Instance {
  /// Whether the guest runs by now, another command's moment's stop being over; if so it is stopped, so
  /// that who was told of that stop may let it go on himself. False if it stands, or nobody can tell.
  public func isRunningAgain(milliseconds: Int = 2000) -> Bool {
    let answer = try? withMonitor(milliseconds: milliseconds) { monitor throws(LaunchError) in
      let status = InstanceStatus(
        queryStatus: try monitor.execute("query-status", milliseconds: milliseconds))
      guard status == .running else { return false }
      _ = try monitor.execute("stop", milliseconds: milliseconds)
      return true
    }
    return answer ?? false
  }
}

extension QMPConnection {
  /// What asks for the registers of all processors.
  static let registers: (name: String, arguments: JSONObject) = (
    "human-monitor-command", ["command-line": "info registers -a"]
  )
}
