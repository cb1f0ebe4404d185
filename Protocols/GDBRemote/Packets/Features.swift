// qSupported: what each side can do. A stub lists `name+`, `name-`, `name=value`; a name it leaves
// out it does not have.

internal import Bytes

/// What a stub said in its answer to `qSupported`.
public struct Features: Equatable, Sendable {
  /// The most bytes of packet data the stub takes and sends, escapes included.
  public var packetSize = 400
  public var capabilities: Capabilities = []
  /// `PortholeDescription=`: the identity of our agent's target description.
  public var description: UInt64?

  /// Creates the features of a stub that has said nothing.
  public init() {}

  /// Reads the answer. Unknown names are skipped.
  public init(_ answer: Answer) {
    for item in answer.payload[...].pieces(separatedBy: 0x3b, limit: 512) {
      if let equals = item.firstIndex(of: 0x3d) {
        if item[..<equals].equals(text: "PortholeDescription") {
          description = Hex.number(item[(equals + 1)...])
        }
        guard item[..<equals].equals(text: "PacketSize") else { continue }
        // lldb-server writes this number in decimal; read as hexadecimal it is larger, and its
        // limit then is ours.
        if let size = Hex.number(item[(equals + 1)...]) {
          packetSize = Int(clamping: min(max(size, 64), UInt64(Self.largestPacket)))
        }
      } else if item.last == 0x2b {
        capabilities.formUnion(Self.capability(of: item.dropLast()))
      }
    }
  }

  /// The most packet data we take, whatever a stub offers.
  public static let largestPacket = 0x20000

  /// The most on a link that damages bytes: a part of 512 bytes, each of them escaped or in
  /// hexadecimal. One damaged byte costs one such packet.
  public static let largestPacketAtRisk = 0x408

  /// Keeps to packets for a link that damages bytes.
  mutating func bound() { packetSize = min(packetSize, Self.largestPacketAtRisk) }

  private static func capability(of name: ArraySlice<UInt8>) -> Capabilities {
    for (text, capability) in names where name.equals(text: text) { return capability }
    return []
  }

  private static let names: [(String, Capabilities)] = [
    ("QStartNoAckMode", .noAcknowledgements),
    ("multiprocess", .multiprocess),
    ("qXfer:features:read", .targetDescription),
    ("qXfer:memory-map:read", .memoryMap),
    ("qXfer:threads:read", .threadList),
    ("qXfer:auxv:read", .auxiliaryVector),
    ("qXfer:exec-file:read", .executableFile),
    ("swbreak", .softwareBreakReasons),
    ("hwbreak", .hardwareBreakReasons),
    ("ReverseStep", .reverseStep),
    ("ReverseContinue", .reverseContinue),
    ("binary-upload", .binaryRead),
    ("vContSupported", .continueActions),
    ("ConditionalBreakpoints", .conditions),
    ("PortholeTelemetry", .telemetry),
    ("PortholeRunning", .isRunning),
    ("QNonStop", .nonStop),
  ]
}

extension Request {
  /// Asks what the stub can do, and says what this client can.
  public static var supported: Request {
    Request(
      text: "qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+;xmlRegisters=i386")
  }
}
