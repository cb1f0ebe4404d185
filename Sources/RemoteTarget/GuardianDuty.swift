// What the guardian process does once its tool is gone.
//
// The tool may have died anywhere, in the middle of a packet too, and QEMU keeps what came of it
// across connections: `+` ends the wait for an acknowledgement, `#00` twice ends a packet wherever
// it broke off (an unfinished checksum takes the first `#` for a digit), and the refusal that this
// earns is skipped. A process id is given to `D` first, as QEMU insists on one after a client that
// spoke of processes.

internal import Bytes
internal import GDBRemote
internal import Glibc
internal import Inspect

/// The guardian's part of the story.
public enum GuardianDuty {
  /// The line that says goodbye.
  static let goodbye: [UInt8] = [0x42]

  /// Does the whole duty for the tool at the other end of `descriptor`; returns an exit status.
  ///
  /// `previous` is what a serial port was set to, as the tool writes it; the port is the descriptor
  /// after `descriptor`.
  public static func run(_ endpoint: Endpoint, descriptor: Int32, previous: String?) -> Int32 {
    settle(keeping: previous == nil ? descriptor : descriptor + 1)
    guard let points = attend(descriptor: descriptor) else { return 0 }
    if case .serial(let device, let baud) = endpoint {
      guard let previous, let settings = LineSettings(previous) else { return 2 }
      let port = SerialPort.inherited(
        descriptor + 1, device: device, baud: baud, previous: settings)
      return release(port, points: points) ? 0 : 1
    }
    return release(endpoint, points: points) ? 0 : 1
  }

  /// Leaves the terminal's session and signals, and closes what was inherited by accident.
  private static func settle(keeping last: Int32) {
    for number in [SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE] { signal(number, SIG_IGN) }
    // The tool started this process with them held back; what came meanwhile is gone now.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    setsid()
    for other in (last + 1)..<1024 { close(other) }
  }

  /// Listens to the tool until its end; returns the points it leaves, or `nil` if it said goodbye.
  static func attend(descriptor: Int32) -> Set<RemoteStopPoint>? {
    var points: Set<RemoteStopPoint> = []
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return points }
      for byte in buffer[..<count] {
        guard byte == 0x0a else {
          if line.count < 256 { line.append(byte) }
          continue
        }
        if line == goodbye { return nil }
        note(line, in: &points)
        line.removeAll(keepingCapacity: true)
      }
    }
  }

  /// Reads a line like `Z0,1000,1`.
  private static func note(_ line: [UInt8], in points: inout Set<RemoteStopPoint>) {
    let fields = line.dropFirst().split(separator: 0x2c)
    guard fields.count == 3, let kind = Hex.number(fields[0]), let address = Hex.number(fields[1]),
      let length = Hex.number(fields[2]),
      let point = StopPointKind(rawValue: UInt8(truncatingIfNeeded: kind)).map({
        RemoteStopPoint(kind: $0, address: Address(address), length: length)
      })
    else { return }
    if line.first == 0x5a { points.insert(point) } else { points.remove(point) }
  }

  /// Lets the target behind `endpoint` run on, without the points; returns whether it does.
  ///
  /// Bounded: gives up where nobody listens for two seconds, or after an hour without an answer
  /// behind another client's connection, which it must not cut short.
  static func release(_ endpoint: Endpoint, points: Set<RemoteStopPoint>) -> Bool {
    _ = Occupancy.awaitFree(endpoint, milliseconds: 2000)
    let deadline = monotonicMilliseconds() + 2000
    while true {
      do throws(InspectError) {
        try release(over: Link.connect(to: endpoint, milliseconds: 2000), points: points)
        return true
      } catch {
        guard monotonicMilliseconds() < deadline else { return false }
        usleep(50_000)
      }
    }
  }

  /// The same over a port that the tool has left open, which is given back then.
  ///
  /// Nobody else can be in front on a line, so a target that does not answer will not.
  private static func release(_ port: SerialPort, points: Set<RemoteStopPoint>) -> Bool {
    let link = Link(port: port)
    defer { link.shut() }
    guard port.makeRaw() else { return false }
    // Answers to the tool may be under way still, and would pass for answers to us.
    let deadline = monotonicMilliseconds() + Connection.patience
    while monotonicMilliseconds() < deadline,
      case .bytes = link.receive(milliseconds: link.lateness)
    {}
    do throws(InspectError) {
      try release(over: link, points: points, patience: Connection.patience)
      return true
    } catch {
      return false
    }
  }

  private static let patience = 3_600_000

  private static func release(
    over link: Link, points: Set<RemoteStopPoint>, patience: Int = patience
  ) throws(InspectError) {
    try link.send(Array("+#00#00".utf8))
    let connection = Connection(link)
    let reply = try connection.stopReason(patience: patience)
    guard case .stopped(let stop) = reply else { return }
    // The stop that QEMU announces to every new client may have passed for the answer, which then
    // is still to come.
    while connection.nextIncident(milliseconds: 30) != nil {}
    if !points.isEmpty {
      _ = try connection.exchange(.selectThread(RemoteThread(thread: 0)))
      // Where `?` has removed them already, the refusal does not matter.
      for point in points { _ = try connection.exchange(point, inserting: false) }
    }
    for process in [stop.thread?.process ?? 1, nil] {
      let answer = try connection.exchange(.detach(process: process))
      if answer.isOK { return }
      // Only a refusal is followed by another try: whatever else came was late, the target runs, and
      // QEMU would stop it again for any packet.
      guard answer.isUnsupported || answer.payload.first == UInt8(ascii: "E") else { return }
    }
    throw .refused("the target does not let go")
  }
}
