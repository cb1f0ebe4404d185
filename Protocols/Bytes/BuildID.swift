/// The identity of one linked image: the descriptor of its `NT_GNU_BUILD_ID` note.
public struct BuildID: Hashable, Sendable {
  /// The descriptor's bytes, 1 to 64 of them.
  public let bytes: [UInt8]

  /// Creates an identity from a note's descriptor; `nil` if it is empty or over 64 bytes.
  public init?(_ bytes: [UInt8]) {
    guard (1...64).contains(bytes.count) else { return nil }
    self.bytes = bytes
  }

  /// Creates an identity from hexadecimal text; `nil` if that is malformed.
  public init?(hex: String) {
    guard let bytes = Hex.decode(hex.utf8) else { return nil }
    self.init(bytes)
  }

  /// The whole identity in lower-case hexadecimal, as `readelf -n` prints it.
  public var hex: String { Hex.encode(bytes) }
}

extension BuildID: CustomStringConvertible {
  public var description: String { hex }
}
