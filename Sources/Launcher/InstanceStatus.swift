// What state an instance is in, asked of QEMU itself.

internal import Glibc
internal import JSON

/// The state of an instance whose process is there.
public enum InstanceStatus: String, Sendable {
  case running
  /// Stopped by a debugger or by a request.
  case stopped
  /// Its QEMU does not answer, or the guest loops with interrupts off.
  case hung
  /// It waits with interrupts off, for ever.
  case halted
  case panicked

  /// Reads the result of QMP's `query-status`.
  init(queryStatus result: JSONValue) {
    self =
      switch result["status"]?.string {
      case "running": .running
      case "guest-panicked": .panicked
      default: .stopped
      }
  }
}

extension Instance {
  /// Asks QEMU for its state; `.hung` if it does not answer in time. Whether a guest that runs gets
  /// anywhere is for `diagnose` to say.
  public func status(milliseconds: Int = 700) -> InstanceStatus {
    do throws(LaunchError) {
      return try withMonitor(milliseconds: milliseconds) { monitor throws(LaunchError) in
        InstanceStatus(
          queryStatus: try monitor.execute("query-status", milliseconds: milliseconds))
      }
    } catch {
      return .hung
    }
  }

  /// Connects to the monitor and runs `body`. The socket serves one client, so a lock in the
  /// instance's folder keeps the tool's own commands from waiting on each other unseen.
  public func withMonitor<Result>(
    milliseconds: Int, _ body: (QMPConnection) throws(LaunchError) -> Result
  ) throws(LaunchError) -> Result {
    let deadline = Deadline(milliseconds: milliseconds)
    let lock = open(directory + "/qmp.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { if lock >= 0 { close(lock) } }
    while flock(lock, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { break }
      guard !deadline.isOver else {
        throw LaunchError(.timedOut, "another porthole command holds the monitor of \(name)")
      }
      usleep(2000)
    }
    let monitor = try QMPConnection(path: qmpSocket, milliseconds: deadline.remaining)
    return try body(monitor)
  }
}
