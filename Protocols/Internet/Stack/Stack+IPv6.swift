// IPv6 and ICMPv6 in: what `Stack+Receive` is for IPv4.

extension Stack {
  @inline(never)
  mutating func takePacket6(
    _ frame: Span<UInt8>, _ link: EthernetHeader, at now: Moment
  ) throws(Drop) -> Arrival {
    guard ip6.isOn || configuration.isLoopback else { throw .ip6NotForUs }
    let packet = frame.extracting(link.length..<frame.count)
    var header = try IPv6Header(parsing: packet)
    try check(header, link)
    if let problem = header.problem {
      try answer(problem, header, packet, at: now)
      throw .ip6BadHeader
    }
    guard let fragment = header.fragment else {
      return try takePayload6(
        header, packet.extracting(header.payload), link.length &+ header.payload.lowerBound, packet,
        at: now)
    }
    let key = FragmentKey(
      source: .v6(header.source), destination: .v6(header.destination), transport: 0,
      identification: fragment.identification)
    let size = try reassembly.received(
      key, fragment.offset, hasMore: fragment.hasMore, packet.extracting(header.payload),
      transport: header.transport, at: now)
    guard let size else { return .handled }
    // Extension headers may go on within what was cut up.
    let bytes = reassembly.whole
    var chain = HeaderChain(first: reassembly.wholeTransport, payload: 0..<size)
    try chain.walk(bytes.span, isFirst: false)
    guard chain.problem == nil, chain.fragment == nil else { throw .ip6BadHeader }
    header.transport = chain.transport
    return try takePayload6(
      header, bytes.span.extracting(chain.payload), chain.payload.lowerBound, nil, at: now)
  }

  /// Whether a packet is to one of us, and from somebody who can have sent it.
  private func check(_ header: IPv6Header, _ link: EthernetHeader) throws(Drop) {
    let isGroup = header.destination.isMulticast
    let isOurs =
      isGroup
      ? header.destination == .allNodes || ip6.groups.has(header.destination)
      : isOwn(header.destination)
    guard isOurs else { throw .ip6NotForUs }
    if configuration.isLoopback {
      guard !isGroup, isOwn(header.source) else { throw .ip6BadSource }
      return
    }
    // Neither from a group, nor from ourselves, nor to one of us in a frame for all. A switch that sends
    // back what we have said is not another host.
    guard !header.source.isMulticast, !header.source.isLocalOnly, !ip6.own.has(header.source),
      isGroup || !link.destination.isGroup, link.source != configuration.hardware
    else { throw .ip6BadSource }
  }

  /// `packet`: what it came in; nil if that was in pieces.
  private mutating func takePayload6(
    _ header: IPv6Header, _ payload: Span<UInt8>, _ start: Int, _ packet: Span<UInt8>?,
    at now: Moment
  ) throws(Drop) -> Arrival {
    let (source, destination) = (IPAddress.v6(header.source), IPAddress.v6(header.destination))
    let transport = TransportProtocol(rawValue: header.transport)
    guard header.source != .any || transport == .icmp6 else { throw .ip6BadSource }
    switch transport {
    case .icmp6: try takeMessage6(header, payload, isReassembled: packet == nil, at: now)
    case .tcp:
      guard !header.destination.isMulticast else { throw .ip6BadSource }
      try takeSegment(from: source, to: destination, payload, at: now)
    case .udp:
      let datagram = try UDPHeader(parsing: payload, from: source, to: destination)
      guard datagramPorts.contains(datagram.destination) else {
        try refuse(header, payload, at: now)
        throw .udpNoSocket
      }
      let data = datagram.payload
      return .datagram(
        Datagram(
          port: datagram.destination, source: Endpoint(source, datagram.source),
          destination: destination, data: data.lowerBound &+ start..<data.upperBound &+ start,
          isReassembled: packet == nil))
    case .icmp, nil:
      if let packet {
        let pointer = UInt32(truncatingIfNeeded: header.transportAt)
        try answer(IPv6Problem(code: 1, pointer: pointer), header, packet, at: now)
      }
      throw .ip6UnknownHeader
    }
    return .handled
  }

  @inline(never)
  private mutating func takeMessage6(
    _ header: IPv6Header, _ bytes: Span<UInt8>, isReassembled: Bool, at now: Moment
  ) throws(Drop) {
    let message = try ICMPv6Message(parsing: bytes, from: header.source, to: header.destination)
    let data = bytes.extracting(ICMPv6Message.headerLength..<bytes.count)
    switch message {
    case .neighbour:
      // Who sends these in pieces hides something (RFC 6980).
      guard !isReassembled else { throw .ndpMalformed }
      try takeNeighbourMessage(header, bytes, at: now)
    case .echoRequest(let rest):
      // A ping of all nodes is answered too (RFC 4443, section 4.2), within the limit for errors.
      let isGroup = header.destination.isMulticast
      guard header.source != .any, !isGroup || errors.allows(at: now) else { throw .icmp6Limited }
      let source = isGroup ? source(for: header.source, at: now) : header.destination
      guard let source else { throw .noRoute }
      try send(.echoReply(rest), data, from: source, to: header.source)
    case .echoReply, .timeExceeded: throw .icmp6Ignored
    case .unreachable(let code):
      // "No route", "prohibited" and the like may pass (RFC 1122, section 4.2.3.9).
      guard code == 4 || code == 1 else { throw .icmp6Ignored }
      try undelivered(data) { connection, _ in connection.wasUnreachable() }
    case .parameterProblem: try undelivered(data) { connection, _ in connection.wasUnreachable() }
    case .packetTooBig(let mtu): try pathTook(Int(clamping: mtu), data, at: now)
    }
  }

  /// A packet of ours was too long for its way (RFC 8201, section 4).
  private mutating func pathTook(
    _ mtu: Int, _ quoted: Span<UInt8>, at now: Moment
  ) throws(Drop) {
    let header = try IPv6Header(header: quoted)
    guard isOwn(header.source), !header.destination.isMulticast else {
      throw .icmp6Ignored
    }
    if header.transport == TransportProtocol.tcp.rawValue {
      // Only of a connection that there is is it believed.
      try undelivered(quoted) { connection, sequence in
        connection.pathTookOnly(mtu, sequence: sequence, at: now)
      }
    }
    ip6.routers.pathTook(mtu, to: header.destination, at: now)
  }

  /// A segment of ours, quoted here, could not be delivered: its connection is told.
  private mutating func undelivered(
    _ quoted: Span<UInt8>, _ body: (inout TCPConnection, SequenceNumber) -> Void
  ) throws(Drop) {
    let header = try IPv6Header(header: quoted)
    let start = IPv6Header.length
    guard header.transport == TransportProtocol.tcp.rawValue, isOwn(header.source),
      quoted.count >= start &+ 8
    else { throw .icmp6Ignored }
    let name = ConnectionName(
      local: Endpoint(header.source, quoted.word16(start)),
      remote: Endpoint(header.destination, quoted.word16(start &+ 2)))
    guard let index = connections.find(name) else { throw .icmp6Ignored }
    let sequence = SequenceNumber(quoted.word32(start &+ 4))
    connections.change(index) { body(&$0, sequence) }
    settle(index)
  }

  // MARK: Errors

  private mutating func answer(
    _ problem: IPv6Problem, _ header: IPv6Header, _ packet: Span<UInt8>, at now: Moment
  ) throws(Drop) {
    try complain(
      .parameterProblem(code: problem.code, pointer: problem.pointer), about: header,
      packet.extracting(0..<header.payload.upperBound), mayAnswerGroup: problem.mayAnswerGroup,
      at: now)
  }

  /// Says that a port has no socket, with what was sent there.
  private mutating func refuse(
    _ header: IPv6Header, _ payload: Span<UInt8>, at now: Moment
  ) throws(Drop) {
    var plain = header
    plain.payload = IPv6Header.length..<IPv6Header.length &+ payload.count
    var quoted = [UInt8](repeating: 0, count: plain.payload.upperBound)
    var bytes = quoted.mutableSpan
    plain.emit(into: &bytes, at: 0)
    bytes.copy(payload, at: IPv6Header.length)
    try complain(
      .unreachable(code: 4), about: header, bytes.span, mayAnswerGroup: false, at: now)
  }

  /// RFC 4443, section 2.4: who is told of errors, and how much of the packet.
  @inline(never)
  private mutating func complain(
    _ message: ICMPv6Message, about header: IPv6Header, _ packet: Span<UInt8>,
    mayAnswerGroup: Bool, at now: Moment
  ) throws(Drop) {
    let isGroup = header.destination.isMulticast
    guard header.source != .any, mayAnswerGroup || !isGroup else { return }
    guard errors.allows(at: now) else { return drops.count(.icmp6Limited) }
    let source = isGroup ? source(for: header.source, at: now) : header.destination
    guard let source else { throw .noRoute }
    let most = Routers.leastMTU &- IPv6Header.length &- ICMPv6Message.headerLength
    try send(
      message, packet.extracting(0..<min(packet.count, most)), from: source, to: header.source)
  }
}
