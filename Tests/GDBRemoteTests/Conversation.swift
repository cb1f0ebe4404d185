internal import GDBRemote

/// A client under test, with the test as its stub.
struct Conversation {
  var client: Client
  /// Everything that is no bytes to send, oldest first.
  var told: [Effect] = []

  init(
    _ capabilities: Capabilities = [], quirks: Quirks = [], packetSize: Int = 4096,
    isReliable: Bool = true, acknowledges: Bool = true
  ) {
    client = Client(isLinkReliable: isReliable)
    var features = Features()
    features.packetSize = packetSize
    features.capabilities = capabilities
    client.learned(features, quirks: quirks)
    if !acknowledges { client.endedAcknowledgements() }
    _ = sent()
  }

  /// Hands in a request; `nil` if it was refused.
  @discardableResult
  mutating func submit(_ request: Request) -> Ticket? { try? client.submitted(request).get() }

  /// What the client sends now, as text.
  mutating func sent() -> String {
    var bytes: [UInt8] = []
    while let effect = client.nextEffect() {
      if case .send(let more) = effect { bytes += more } else { told.append(effect) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Lets the answer be late; whether the client tries again.
  mutating func asksAgain() -> Bool { client.answerWasLate() }

  /// Lets the stub say something, and returns what the client sends on it.
  @discardableResult
  mutating func hear(_ data: [UInt8]) -> String {
    client.received(data)
    return sent()
  }

  /// The same for packets.
  @discardableResult
  mutating func hear(packets: String...) -> String { hear(packets.flatMap { packet($0) }) }

  /// The answers told so far, as text.
  var answers: [String] {
    told.compactMap {
      if case .answered(_, let answer) = $0 {
        String(decoding: answer.payload, as: UTF8.self)
      } else {
        nil
      }
    }
  }
}

/// A frame as text.
func frame(_ text: String) -> String { String(decoding: packet(text), as: UTF8.self) }

/// A notification as it is sent.
func notice(_ text: String) -> [UInt8] {
  var output: [UInt8] = []
  PacketEncoder.append(bytes(text), to: &output, isNotification: true)
  return output
}
