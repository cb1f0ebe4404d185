// ICMP for IPv4 (RFC 792): echo, and destination unreachable, which it is told of and tells.

/// A message.
public enum ICMPMessage: Equatable, Sendable {
  /// A ping; it is answered with the same 4 bytes and data.
  case echoRequest(UInt32)
  /// The answer to a ping.
  case echoReply(UInt32)
  /// A packet could not be delivered; what came back of it follows the header.
  ///
  /// Code 3 is a port without a socket, code 4 a packet too long for a network of `mtu` bytes
  /// (RFC 1191), 0 if the router does not say.
  case unreachable(code: UInt8, mtu: UInt16)

  /// Bytes before the data.
  public static var headerLength: Int { 8 }

  /// Reads a message: the whole of a packet's payload.
  public init(parsing bytes: Span<UInt8>) throws(Drop) {
    guard bytes.count >= Self.headerLength else { throw .icmpMalformed }
    guard Checksum.of(bytes) == 0 else { throw .icmpChecksum }
    let rest = bytes.word32(4)
    switch (bytes[0], bytes[1]) {
    case (8, 0): self = .echoRequest(rest)
    case (0, 0): self = .echoReply(rest)
    case (3, let code): self = .unreachable(code: code, mtu: UInt16(truncatingIfNeeded: rest))
    default: throw .icmpIgnored
    }
  }

  /// Writes the header at `offset` in front of `count` bytes of data, which are there already.
  public func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int, count: Int) {
    let (type, code, rest): (UInt8, UInt8, UInt32) =
      switch self {
      case .echoRequest(let rest): (8, 0, rest)
      case .echoReply(let rest): (0, 0, rest)
      case .unreachable(let code, let mtu): (3, code, UInt32(mtu))
      }
    bytes[offset] = type
    bytes[offset &+ 1] = code
    bytes.store16(offset &+ 2, 0)
    bytes.store32(offset &+ 4, rest)
    let end = offset &+ Self.headerLength &+ count
    bytes.store16(offset &+ 2, Checksum.of(bytes.span.extracting(offset..<end)))
  }
}
