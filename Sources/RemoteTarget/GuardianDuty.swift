// What the guardian process does once its tool is gone.
//
// The tool may have died anywhere, in the middle of a packet too, and QEMU keeps what came of it
// across connections: `+` ends the wait for an acknowledgement, `#00` twice ends a packet wherever
// it broke off (an unfinished checksum takes the first `#` for a digit), and the refusal that this
// earns is skipped. A process id is given to `D` first, as QEMU insists on one after a client that
// spoke of processes.

internal import GDBRemote
internal import Glibc
internal import Inspect

/// The guardian's part of the story.
public enum GuardianDuty {
  /// Leaves the terminal's session and signals, and closes what was inherited by accident.
  public static func settle(keeping descriptor: Int32) {
    for number in [SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE] { signal(number, SIG_IGN) }
    setsid()
    for other in (descriptor + 1)..<1024 { close(other) }
  }

  /// Waits on the pipe `descriptor`; returns whether the tool said goodbye.
  public static func awaitGoodbye(descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    while true {
      let count = read(descriptor, &byte, 1)
      if count < 0, errno == EINTR { continue }
      return count > 0
    }
  }

  /// Lets the target behind `endpoint` run on; returns whether it does.
  ///
  /// Bounded: gives up where nobody listens for two seconds, or after an hour without an answer
  /// behind another client's connection, which it must not cut short.
  public static func release(_ endpoint: Endpoint) -> Bool {
    _ = Occupancy.awaitFree(endpoint, milliseconds: 2000)
    let deadline = monotonicMilliseconds() + 2000
    while true {
      do throws(InspectError) {
        try release(over: Link.connect(to: endpoint, milliseconds: 2000))
        return true
      } catch {
        guard monotonicMilliseconds() < deadline else { return false }
        usleep(50_000)
      }
    }
  }

  private static let patience = 3_600_000

  private static func release(over link: Link) throws(InspectError) {
    try link.send(Array("+#00#00".utf8))
    let connection = Connection(link)
    let reply = try connection.stopReason(patience: patience)
    guard case .stopped(let stop) = reply else { return }
    for process in [stop.thread?.process ?? 1, nil] {
      let answer = try connection.exchange(.detach(process: process))
      if answer.isOK { return }
    }
    throw .refused("the target does not let go")
  }
}
