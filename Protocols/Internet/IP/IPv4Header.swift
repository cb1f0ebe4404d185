// The header of IPv4 (RFC 791, section 3.1). Options are skipped; nothing sends any.

/// What a packet carries (IANA protocol numbers).
public enum TransportProtocol: UInt8, Sendable {
  case icmp = 1
  case tcp = 6
  case udp = 17
  case icmp6 = 58
}

/// A header.
public struct IPv4Header: Equatable, Sendable {
  /// Whence.
  public var source: IPv4Address
  /// Whither.
  public var destination: IPv4Address
  /// What follows; the number, as it need not be one that is known.
  public var transport: UInt8
  /// How many hops are left.
  public var timeToLive: UInt8 = 64
  /// The datagram that a fragment belongs to.
  public var identification: UInt16 = 0
  /// Whether no router may cut it up.
  public var mayNotFragment = true
  /// Whether fragments follow it.
  public var hasMoreFragments = false
  /// Where in the datagram it begins, in bytes, a multiple of 8.
  public var fragmentOffset = 0
  /// Bytes of the header.
  public var headerLength = 20
  /// Bytes after the header.
  public var payloadLength: Int

  /// A header for a packet to be sent.
  public init(
    from source: IPv4Address, to destination: IPv4Address, _ transport: TransportProtocol,
    payloadLength: Int
  ) {
    self.source = source
    self.destination = destination
    self.transport = transport.rawValue
    self.payloadLength = payloadLength
  }

  /// Where in the packet the payload is.
  public var payload: Range<Int> { headerLength..<headerLength &+ payloadLength }
  /// Whether it is a part of a datagram.
  public var isFragment: Bool { hasMoreFragments || fragmentOffset > 0 }

  /// Reads the header at the start of a packet, which may have padding at its end.
  public init(parsing packet: Span<UInt8>) throws(Drop) {
    try self.init(header: packet)
    guard Self.totalLength(packet) <= packet.count else { throw .ipMalformed }
    guard Checksum.of(packet.extracting(0..<headerLength)) == 0 else { throw .ipChecksum }
  }

  private static func totalLength(_ packet: Span<UInt8>) -> Int { Int(packet.word16(2)) }

  /// Reads a header of which only the beginning of the payload is there, as ICMP quotes it.
  init(header packet: Span<UInt8>) throws(Drop) {
    guard packet.count >= 20, packet[0] >> 4 == 4 else { throw .ipMalformed }
    headerLength = Int(packet[0] & 15) &* 4
    let total = Self.totalLength(packet)
    guard headerLength >= 20, total >= headerLength, headerLength <= packet.count else {
      throw .ipMalformed
    }
    payloadLength = total &- headerLength
    identification = packet.word16(4)
    let fragment = packet.word16(6)
    mayNotFragment = fragment & 0x4000 != 0
    hasMoreFragments = fragment & 0x2000 != 0
    fragmentOffset = Int(fragment & 0x1fff) &* 8
    timeToLive = packet[8]
    transport = packet[9]
    source = IPv4Address(bits: packet.word32(12))
    destination = IPv4Address(bits: packet.word32(16))
  }

  /// Writes the header, of 20 bytes, at `offset`.
  public func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    bytes.store16(offset, 0x4500)
    bytes.store16(offset &+ 2, UInt16(truncatingIfNeeded: 20 &+ payloadLength))
    bytes.store16(offset &+ 4, identification)
    let flags: UInt16 = (mayNotFragment ? 0x4000 : 0) | (hasMoreFragments ? 0x2000 : 0)
    bytes.store16(offset &+ 6, flags | UInt16(truncatingIfNeeded: fragmentOffset / 8))
    bytes[offset &+ 8] = timeToLive
    bytes[offset &+ 9] = transport
    bytes.store16(offset &+ 10, 0)
    bytes.store32(offset &+ 12, source.bits)
    bytes.store32(offset &+ 16, destination.bits)
    let sum = Checksum.of(bytes.span.extracting(offset..<offset &+ 20))
    bytes.store16(offset &+ 10, sum)
  }
}
