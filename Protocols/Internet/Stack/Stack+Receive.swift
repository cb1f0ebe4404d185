// A frame arrives: Ethernet, ARP, IPv4, ICMP and UDP; IPv6 goes on in `Stack+IPv6`. Every way out that
// is not a delivery counts a reason.

/// What the caller is to do with a frame.
public enum Arrival: Equatable, Sendable {
  /// Nothing: it was dealt with.
  case handled
  /// Hand a datagram to its port's user.
  case datagram(Datagram)
}

/// A datagram that has arrived for a port that is bound.
public struct Datagram: Equatable, Sendable {
  /// The port.
  public let port: UInt16
  /// Whence it came.
  public let source: Endpoint
  /// The address that it was sent to, which may be a broadcast.
  public let destination: IPAddress
  /// Where its data is: in the frame or, if it came in pieces, in the stack's `reassembled`.
  public let data: Range<Int>
  /// Whether it came in pieces.
  public let isReassembled: Bool
}

extension Stack {
  /// A frame has arrived. Ask `transmit` and `nextEvent` afterwards.
  public mutating func received(_ frame: Span<UInt8>, at now: Moment) -> Arrival {
    traffic.framesReceived &+= 1
    traffic.bytesReceived &+= UInt64(frame.count)
    do throws(Drop) {
      return try take(frame, at: now)
    } catch {
      drops.count(error)
      return .handled
    }
  }

  /// The datagram that came in pieces, until the next frame.
  public var reassembled: [UInt8] { reassembly.whole }

  private mutating func take(_ frame: Span<UInt8>, at now: Moment) throws(Drop) -> Arrival {
    let header = try EthernetHeader(parsing: frame)
    guard header.destination == configuration.hardware || header.destination.isGroup else {
      throw .frameNotForUs
    }
    guard header.vlan == configuration.vlan else { throw .frameOtherVLAN }
    switch EtherType(rawValue: header.type) {
    case .arp:
      try resolve(ARPPacket(parsing: frame.extracting(header.length..<frame.count)), at: now)
      return .handled
    case .ipv4:
      return try takePacket(
        frame, header.length, isGroup: header.destination.isGroup, at: now)
    case .ipv6: return try takePacket6(frame, header, at: now)
    case nil: throw .frameUnknownType
    }
  }

  // MARK: ARP

  /// RFC 826, "Packet Reception".
  private mutating func resolve(_ packet: ARPPacket, at now: Moment) throws(Drop) {
    guard packet.sender != address else { throw .arpNotForUs }
    let isForUs = packet.target == address && address != .any
    if packet.sender != .any,
      neighbours.learned(
        packet.sender, packet.senderHardware, asks: isForUs && packet.operation == .request,
        at: now)
    {
      unpark(unreachable: nil)
    }
    guard isForUs else { throw .arpNotForUs }
    guard packet.operation == .request else { return }
    let reply = ARPPacket(
      .reply, from: configuration.hardware, address, to: packet.senderHardware, packet.sender)
    try send(reply, to: packet.senderHardware)
  }

  // MARK: IPv4

  private mutating func takePacket(
    _ frame: Span<UInt8>, _ start: Int, isGroup: Bool, at now: Moment
  ) throws(Drop) -> Arrival {
    let packet = frame.extracting(start..<frame.count)
    let header = try IPv4Header(parsing: packet)
    let isBroadcast =
      header.destination == .broadcast || header.destination == configuration.network?.broadcast
    guard isBroadcast || isOwn(header.destination) else { throw .ipNotForUs }
    // RFC 1122, sections 3.2.1.3 and 3.3.6: neither from a group, nor from ourselves, nor to one of
    // us in a frame for all.
    guard !header.source.isMulticast, header.source != .broadcast, isBroadcast || !isGroup,
      configuration.isLoopback
        ? isOwn(header.source)
        : !header.source.isLoopback && (header.source != address || address == .any)
    else { throw .ipBadSource }
    let payload = packet.extracting(header.payload)
    guard header.isFragment else {
      return try takePayload(
        header, payload, start &+ header.headerLength, isReassembled: false, isBroadcast, at: now)
    }
    guard let size = try reassembly.received(header, payload, at: now) else { return .handled }
    var whole = header
    whole.payloadLength = size
    let bytes = reassembly.whole
    return try takePayload(
      whole, bytes.span.extracting(0..<size), 0, isReassembled: true, isBroadcast, at: now)
  }

  private mutating func takePayload(
    _ header: IPv4Header, _ payload: Span<UInt8>, _ start: Int, isReassembled: Bool,
    _ isBroadcast: Bool, at now: Moment
  ) throws(Drop) -> Arrival {
    switch TransportProtocol(rawValue: header.transport) {
    case .icmp:
      try takeMessage(header, payload, isBroadcast, at: now)
    case .tcp:
      guard !isBroadcast else { throw .ipBadSource }
      try takeSegment(from: .v4(header.source), to: .v4(header.destination), payload, at: now)
    case .udp:
      let (source, destination) = (IPAddress.v4(header.source), IPAddress.v4(header.destination))
      let datagram = try UDPHeader(parsing: payload, from: source, to: destination)
      guard datagramPorts.contains(datagram.destination) else {
        if !isBroadcast, errors.allows(at: now) { try refuse(header, payload) }
        throw .udpNoSocket
      }
      let data = datagram.payload
      return .datagram(
        Datagram(
          port: datagram.destination, source: Endpoint(source, datagram.source),
          destination: destination,
          data: data.lowerBound &+ start..<data.upperBound &+ start,
          isReassembled: isReassembled))
    case .icmp6, nil: throw .ipUnknownProtocol
    }
    return .handled
  }

  // MARK: ICMP

  private mutating func takeMessage(
    _ header: IPv4Header, _ bytes: Span<UInt8>, _ isBroadcast: Bool, at now: Moment
  ) throws(Drop) {
    let message = try ICMPMessage(parsing: bytes)
    let data = bytes.extracting(ICMPMessage.headerLength..<bytes.count)
    switch message {
    case .echoRequest(let rest):
      // RFC 1122, section 3.2.2.6: a ping of all need not be answered, and helps attackers.
      guard !isBroadcast else { throw .icmpIgnored }
      try send(.echoReply(rest), data, to: header.source)
    case .echoReply: throw .icmpIgnored
    case .unreachable(let code, let mtu):
      try unreachable(code, mtu, data, at: now)
    }
  }

  /// Says that a port has no socket, with the beginning of what was sent there.
  private mutating func refuse(_ header: IPv4Header, _ payload: Span<UInt8>) throws(Drop) {
    let count = min(payload.count, 8)
    let quoted = InlineArray<28, UInt8>(repeating: 0)
    var copy = quoted
    var bytes = copy.mutableSpan
    header.emit(into: &bytes, at: 0)
    bytes.copy(payload.extracting(0..<count), at: 20)
    try send(
      .unreachable(code: 3, mtu: 0), bytes.span.extracting(0..<20 &+ count), to: header.source)
  }

  /// A packet of ours could not be delivered (RFC 1122, section 4.2.3.9).
  private mutating func unreachable(
    _ code: UInt8, _ mtu: UInt16, _ quoted: Span<UInt8>, at now: Moment
  ) throws(Drop) {
    let header = try IPv4Header(header: quoted)
    guard header.transport == TransportProtocol.tcp.rawValue, header.source == address,
      quoted.count >= header.headerLength &+ 8
    else { throw .icmpIgnored }
    let start = header.headerLength
    let name = ConnectionName(
      local: Endpoint(header.source, quoted.word16(start)),
      remote: Endpoint(header.destination, quoted.word16(start &+ 2)))
    guard let index = connections.find(name) else { throw .icmpIgnored }
    let sequence = SequenceNumber(quoted.word32(start &+ 4))
    connections.change(index) { connection in
      switch code {
      case 4:
        // A router from before RFC 1191 does not say how much; 576 is what it takes at least.
        connection.pathTookOnly(mtu == 0 ? 576 : Int(mtu), sequence: sequence, at: now)
      case 2, 3: connection.wasUnreachable()
      default: break
      }
    }
    settle(index)
  }
}
