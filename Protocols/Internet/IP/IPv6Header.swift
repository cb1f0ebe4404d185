// The header of IPv6 (RFC 8200, section 3) with what the extension headers after it say
// (`HeaderChain`).

/// A packet's header.
public struct IPv6Header: Equatable, Sendable {
  /// Whence.
  public var source: IPv6Address
  /// Whither.
  public var destination: IPv6Address
  /// What the payload is; the number, as it need not be one that is known.
  public var transport: UInt8
  /// How many hops are left.
  public var hopLimit: UInt8 = 64
  /// Where in the packet the payload is: after all headers.
  public var payload: Range<Int>
  /// Where in the packet the number of the payload stands.
  public var transportAt = 6
  /// Which part of a packet it is, if it is not a whole one.
  public var fragment: IPv6Fragment?
  /// What about its headers must not be passed over in silence.
  public var problem: IPv6Problem?

  /// Bytes of the header without extensions.
  public static var length: Int { 40 }

  /// A header for a packet to be sent, without extensions.
  public init(
    from source: IPv6Address, to destination: IPv6Address, _ transport: TransportProtocol,
    payloadLength: Int
  ) {
    self.source = source
    self.destination = destination
    self.transport = transport.rawValue
    payload = Self.length..<Self.length &+ payloadLength
  }

  /// Reads the headers at the start of a packet, which may have padding at its end.
  public init(parsing packet: Span<UInt8>) throws(Drop) {
    try self.init(header: packet)
    guard payload.upperBound <= packet.count else { throw .ip6Malformed }
    var chain = HeaderChain(first: transport, payload: payload)
    try chain.walk(packet, isFirst: true)
    transport = chain.transport
    transportAt = chain.numberAt
    payload = chain.payload
    fragment = chain.fragment
    problem = chain.problem
  }

  /// Reads only the fixed header, of a packet of which no more than the beginning is there.
  init(header packet: Span<UInt8>) throws(Drop) {
    guard packet.count >= Self.length, packet[0] >> 4 == 6 else { throw .ip6Malformed }
    transport = packet[6]
    hopLimit = packet[7]
    source = IPv6Address(packet, 8)
    destination = IPv6Address(packet, 24)
    payload = Self.length..<Self.length &+ Int(packet.word16(4))
  }

  /// Writes the fixed header at `offset`.
  public func emit(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    bytes.store32(offset, 0x6000_0000)
    bytes.store16(offset &+ 4, UInt16(truncatingIfNeeded: payload.count))
    bytes[offset &+ 6] = transport
    bytes[offset &+ 7] = hopLimit
    source.emit(into: &bytes, at: offset &+ 8)
    destination.emit(into: &bytes, at: offset &+ 24)
  }
}

/// A fragment header (RFC 8200, section 4.5).
public struct IPv6Fragment: Equatable, Sendable {
  /// The packet that it belongs to.
  public var identification: UInt32
  /// Where in the packet's fragmentable part it begins, in bytes, a multiple of 8.
  public var offset: Int
  /// Whether others follow it.
  public var hasMore: Bool

  /// Bytes of the header.
  static var length: Int { 8 }
  /// Its number in a chain of headers.
  static var number: UInt8 { 44 }

  /// Whether it is the whole packet (RFC 6946): nothing is waited for.
  var isAtomic: Bool { offset == 0 && !hasMore }

  /// Writes the header at `place`, in front of a part of `transport`.
  func emit(into bytes: inout MutableSpan<UInt8>, at place: Int, _ transport: UInt8) {
    bytes[place] = transport
    bytes[place &+ 1] = 0
    bytes.store16(place &+ 2, UInt16(truncatingIfNeeded: offset) | (hasMore ? 1 : 0))
    bytes.store32(place &+ 4, identification)
  }
}

/// What a sender is told of a header that is wrong (RFC 4443, section 3.4): a code, and where it is.
public struct IPv6Problem: Equatable, Sendable {
  /// 0: a field is wrong; 1: the header is not known; 2: the option is not known.
  public var code: UInt8
  /// The byte of the packet.
  public var pointer: UInt32
  /// Whether it is told even if the packet went to a group.
  public var mayAnswerGroup = false
}
