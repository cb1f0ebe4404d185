// QMP without input or output: bytes in, messages out; requests in, bytes out. One JSON object a
// line each way; QEMU greets first, and answers commands only after `qmp_capabilities`.
// (docs/interop/qmp-spec.txt of QEMU)

public import JSON

/// One thing QEMU says over QMP.
public enum QMPMessage: Equatable, Sendable {
  /// The first message; commands may be sent from here on.
  case greeting(version: String)
  /// The result of the command with this identifier.
  case result(id: Int, JSONValue)
  /// The command with this identifier failed, in QEMU's words.
  case failure(id: Int, String)
  /// Something that happened: `GUEST_PANICKED`, `SHUTDOWN`, `STOP`.
  case event(name: String, JSONValue)
  /// A line that is none of these. The connection is of no use any more.
  case malformed(String)
}

/// The protocol's state: unfinished input and the next identifier.
public struct QMPClient: Sendable {
  /// A line longer than this is malformed. QEMU's longest answers are far below.
  public static let lineLimit = 4 << 20

  private var pending: [UInt8] = []
  private var nextID = 1
  private var isBroken = false

  /// Creates the state of a fresh connection.
  public init() {}

  /// Takes bytes that arrived and returns the messages they complete, in order.
  public mutating func received(_ bytes: some Sequence<UInt8>) -> [QMPMessage] {
    var messages: [QMPMessage] = []
    for byte in bytes {
      guard !isBroken else { break }
      if byte == UInt8(ascii: "\n") {
        if let message = Self.message(pending) { messages.append(message) }
        pending.removeAll(keepingCapacity: true)
      } else if pending.count < Self.lineLimit {
        pending.append(byte)
      } else {
        isBroken = true
        pending = []
        messages.append(.malformed("a line over \(Self.lineLimit) bytes"))
      }
    }
    return messages
  }

  /// Returns a new request's identifier and its bytes.
  public mutating func request(
    _ command: String, _ arguments: JSONObject = JSONObject()
  ) -> (id: Int, bytes: [UInt8]) {
    let id = nextID
    nextID += 1
    var request: JSONObject = ["execute": .string(command), "id": .integer(id)]
    if !arguments.members.isEmpty { request["arguments"] = .object(arguments) }
    return (id, Array(request.text.utf8) + [UInt8(ascii: "\n")])
  }

  private static func message(_ line: [UInt8]) -> QMPMessage? {
    if line.allSatisfy({ $0 == 0x0d || $0 == 0x20 }) { return nil }
    guard let value = try? JSONValue.parse(line), let object = value.object else {
      return .malformed("no JSON object")
    }
    if let greeting = object["QMP"] {
      let version = greeting["version"]?["qemu"]
      let parts = ["major", "minor", "micro"].compactMap { version?[$0]?.integer }
      return .greeting(version: parts.map(String.init).joined(separator: "."))
    }
    if let name = object["event"]?.string {
      return .event(name: name, object["data"] ?? .object(JSONObject()))
    }
    let id = object["id"]?.integer ?? 0
    if let result = object["return"] { return .result(id: id, result) }
    if let error = object["error"] {
      return .failure(id: id, error["desc"]?.string ?? error["class"]?.string ?? "unknown error")
    }
    return .malformed("neither answer nor event")
  }
}
