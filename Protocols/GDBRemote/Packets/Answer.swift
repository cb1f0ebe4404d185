internal import Bytes

/// What a stub answered to one request.
public struct Answer: Equatable, Sendable {
  /// The data of the packet that ended the answer.
  public var payload: [UInt8]
  /// What `O` packets carried before it, for `qRcmd`.
  public var output: [UInt8]

  /// Creates an answer.
  public init(_ payload: [UInt8], output: [UInt8] = []) {
    self.payload = payload
    self.output = output
  }

  /// Whether it is the empty packet: the stub does not know the request.
  public var isUnsupported: Bool { payload.isEmpty }

  /// Whether it is `OK`.
  public var isOK: Bool { payload == [0x4f, 0x4b] }

  /// Whether it is an error packet.
  public var isError: Bool { errorText != nil }

  /// Whether it says that this client may not: `EACCES`, as our agent answers what its authority
  /// does not cover.
  public var isForbidden: Bool { payload == [0x45, 0x30, 0x64] }

  /// What an error packet says: `E22` for a number, the text after `E.`; `nil` for anything else.
  public var errorText: String? {
    guard payload.first == 0x45 else { return nil }
    if payload.count == 3, Hex.decode(payload.dropFirst()) != nil {
      return String(decoding: payload, as: UTF8.self)
    }
    if payload.count >= 2, payload[1] == 0x2e {
      return String(decoding: payload.dropFirst(2).prefix(256), as: UTF8.self)
    }
    return nil
  }
}
