// ICMP for IPv6 (RFC 4443): echo and errors. What neighbours and routers say to each other with it
// stands in the folder `Neighbours`.

/// A message.
public enum ICMPv6Message: Equatable, Sendable {
  /// A ping; it is answered with the same 4 bytes and data.
  case echoRequest(UInt32)
  /// The answer to a ping.
  case echoReply(UInt32)
  /// A packet could not be delivered; what came back of it follows the header. Code 4 is a port
  /// without a socket.
  case unreachable(code: UInt8)
  /// A packet was longer than a network takes.
  case packetTooBig(mtu: UInt32)
  /// A packet was on its way for too long, or its fragments were.
  case timeExceeded(code: UInt8)
  /// A header is wrong.
  case parameterProblem(code: UInt8, pointer: UInt32)
  /// A message between neighbours, or about groups: 130 to 137 and 143.
  case neighbour(type: UInt8)

  /// Bytes before the data.
  public static var headerLength: Int { 8 }

  /// Reads a message: the whole of a packet's payload.
  public init(
    parsing bytes: Span<UInt8>, from source: IPv6Address, to destination: IPv6Address
  ) throws(Drop) {
    guard bytes.count >= Self.headerLength else { throw .icmp6Malformed }
    var sum = Checksum(from: source, to: destination, .icmp6, length: bytes.count)
    sum.add(bytes)
    guard sum.value == 0 else { throw .icmp6Checksum }
    let rest = bytes.word32(4)
    switch (bytes[0], bytes[1]) {
    case (1, let code): self = .unreachable(code: code)
    case (2, _): self = .packetTooBig(mtu: rest)
    case (3, let code): self = .timeExceeded(code: code)
    case (4, let code): self = .parameterProblem(code: code, pointer: rest)
    case (128, 0): self = .echoRequest(rest)
    case (129, 0): self = .echoReply(rest)
    case (130...137, 0), (143, 0): self = .neighbour(type: bytes[0])
    default: throw .icmp6Ignored
    }
  }

  /// Writes the header at `offset` in front of `count` bytes of data, which are there already.
  public func emit(
    into bytes: inout MutableSpan<UInt8>, at offset: Int, count: Int, from source: IPv6Address,
    to destination: IPv6Address
  ) {
    let (type, code, rest): (UInt8, UInt8, UInt32) =
      switch self {
      case .unreachable(let code): (1, code, 0)
      case .packetTooBig(let mtu): (2, 0, mtu)
      case .timeExceeded(let code): (3, code, 0)
      case .parameterProblem(let code, let pointer): (4, code, pointer)
      case .echoRequest(let rest): (128, 0, rest)
      case .echoReply(let rest): (129, 0, rest)
      case .neighbour(let type): (type, 0, 0)
      }
    bytes[offset] = type
    bytes[offset &+ 1] = code
    bytes.store32(offset &+ 4, rest)
    Self.seal(&bytes, at: offset, Self.headerLength &+ count, from: source, to: destination)
  }

  /// Puts the sum into a message that is complete but for it.
  static func seal(
    _ bytes: inout MutableSpan<UInt8>, at offset: Int, _ length: Int, from source: IPv6Address,
    to destination: IPv6Address
  ) {
    bytes.store16(offset &+ 2, 0)
    var sum = Checksum(from: source, to: destination, .icmp6, length: length)
    sum.add(bytes.span.extracting(offset..<offset &+ length))
    bytes.store16(offset &+ 2, sum.value)
  }
}
