// QMP over a unix socket, every wait bounded.

internal import CLinux
internal import Glibc
public import JSON

/// A connection to QEMU's monitor. Confined to one thread.
public final class QMPConnection {
  /// Readable when `events` may return something new.
  public let descriptor: Int32
  private var client = QMPClient()
  private var queue: [QMPMessage] = []
  private var isClosed = false

  /// Connects and negotiates; throws `.nothingThere` if nobody listens and `.timedOut` if QEMU does
  /// not greet in time (it is hung, or another client holds the socket).
  public init(path: String, milliseconds: Int) throws(LaunchError) {
    let deadline = Deadline(milliseconds: milliseconds)
    guard let descriptor = UnixSocket.connect(path, until: deadline) else {
      throw LaunchError(.nothingThere, "nothing answers at \(path)")
    }
    self.descriptor = descriptor
    while true {
      switch try next(until: deadline) {
      case .greeting:
        _ = try execute("qmp_capabilities", milliseconds: deadline.remaining)
        return
      case .event: continue
      default: throw LaunchError(.failed, "\(path) does not speak QMP")
      }
    }
  }

  deinit { close(descriptor) }

  /// Runs one command and returns its result. Events that come meanwhile are kept for `events`.
  public func execute(
    _ command: String, _ arguments: JSONObject = JSONObject(), milliseconds: Int
  ) throws(LaunchError) -> JSONValue {
    try execute([(command, arguments)], milliseconds: milliseconds).last ?? .null
  }

  /// Runs commands one after another, all of them sent at once, and returns their results. The first
  /// that fails throws; those behind it are run all the same.
  func execute(
    _ commands: [(name: String, arguments: JSONObject)], milliseconds: Int
  ) throws(LaunchError) -> [JSONValue] {
    let deadline = Deadline(milliseconds: milliseconds)
    let requests = commands.map { client.request($0.name, $0.arguments) }
    guard Files.write(requests.flatMap(\.bytes), to: descriptor) else {
      throw LaunchError(.nothingThere, "QEMU closed the monitor")
    }
    var results: [JSONValue] = []
    for (request, command) in zip(requests, commands) {
      results.append(try result(of: request.id, command.name, until: deadline))
    }
    return results
  }

  /// Hands QEMU a copy of a descriptor; returns the number of the set it is in, and its number there.
  func hand(
    _ handed: Int32, milliseconds: Int
  ) throws(LaunchError) -> (set: Int, descriptor: Int) {
    let request = client.request("add-fd")
    // Safety: the bytes live for the call, and are as many as it says.
    let sent = unsafe request.bytes.withUnsafeBytes {
      unsafe linux_send_descriptor(descriptor, handed, $0.baseAddress, $0.count)
    }
    guard sent == request.bytes.count else {
      throw LaunchError(.nothingThere, "QEMU closed the monitor")
    }
    let deadline = Deadline(milliseconds: milliseconds)
    let answer = try result(of: request.id, "add-fd", until: deadline)
    guard let set = answer["fdset-id"]?.integer, let number = answer["fd"]?.integer else {
      throw LaunchError(.failed, "QEMU's monitor did not say where the descriptor is")
    }
    return (set, number)
  }

  private func result(
    of request: Int, _ command: String, until deadline: Deadline
  ) throws(LaunchError) -> JSONValue {
    var kept: [QMPMessage] = []
    defer { queue = kept + queue }
    while true {
      let message = try next(until: deadline)
      switch message {
      case .result(request, let value): return value
      case .failure(request, let text):
        throw LaunchError(.failed, "QEMU refused \(command): \(text)")
      case .malformed(let text): throw LaunchError(.failed, "QEMU's monitor: \(text)")
      case .event: kept.append(message)
      default: continue
      }
    }
  }

  /// The events that have arrived, without waiting; `nil` once QEMU has closed the connection and
  /// every event has been returned.
  public func events() -> [(name: String, data: JSONValue)]? {
    while !isClosed, waitReadable(descriptor, milliseconds: 0) { receive() }
    var events: [(name: String, data: JSONValue)] = []
    for case .event(let name, let data) in queue { events.append((name, data)) }
    queue = []
    return events.isEmpty && isClosed ? nil : events
  }

  private func next(until deadline: Deadline) throws(LaunchError) -> QMPMessage {
    while true {
      if !queue.isEmpty { return queue.removeFirst() }
      guard !isClosed else { throw LaunchError(.nothingThere, "QEMU closed the monitor") }
      guard waitReadable(descriptor, milliseconds: deadline.remaining) else {
        throw LaunchError(.timedOut, "QEMU's monitor does not answer")
      }
      receive()
    }
  }

  private func receive() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(descriptor, &buffer, buffer.count)
    if count > 0 {
      queue += client.received(buffer.prefix(count))
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      isClosed = true
    }
  }
}
