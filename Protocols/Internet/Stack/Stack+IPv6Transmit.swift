// Packets of IPv6 out, and what is sent over either family.

extension Stack {
  /// Queues a packet whose payload `fill` writes, from byte 40 on; in pieces if it is too long.
  mutating func send(
    _ header: IPv6Header, _ fill: (inout MutableSpan<UInt8>) -> Void
  ) throws(Drop) {
    let count = header.payload.upperBound
    guard let hop = nextHop(to: header.destination) else { throw .noRoute }
    guard count <= ip6.routers.mtu(to: header.destination) else {
      return try sendInPieces(
        header, to: hop,
        Self.filled(header.payload.count, after: IPv6Header.length, fill))
    }
    let hardware = header.destination.isMulticast ? header.destination.groupHardware : nil
    let isQueued = outbox.add(count, .ipv6, to: hardware, .v6(hop)) { packet in
      fill(&packet)
      header.emit(into: &packet, at: 0)
    }
    guard isQueued else { throw .noBuffer }
  }

  /// Queues an ICMPv6 message with `data` after its header.
  mutating func send(
    _ message: ICMPv6Message, _ data: Span<UInt8>, from source: IPv6Address,
    to destination: IPv6Address
  ) throws(Drop) {
    var header = IPv6Header(
      from: source, to: destination, .icmp6,
      payloadLength: ICMPv6Message.headerLength &+ data.count)
    header.hopLimit = ip6.routers.hopLimit
    try send(header) { packet in
      packet.copy(data, at: IPv6Header.length &+ ICMPv6Message.headerLength)
      message.emit(
        into: &packet, at: IPv6Header.length, count: data.count, from: source, to: destination)
    }
  }

  /// Queues a packet of UDP or TCP, over the family that its addresses are of. `fill` writes the
  /// payload at the place that it is told.
  mutating func send(
    _ transport: TransportProtocol, from source: IPAddress, to destination: IPAddress,
    payloadLength: Int, _ fill: (inout MutableSpan<UInt8>, Int) -> Void
  ) throws(Drop) {
    switch (source, destination) {
    case (.v4(let source), .v4(let destination)):
      let header = IPv4Header(
        from: source, to: destination, transport, payloadLength: payloadLength)
      try send(header) { fill(&$0, 20) }
    case (.v6(let source), .v6(let destination)):
      var header = IPv6Header(
        from: source, to: destination, transport, payloadLength: payloadLength)
      header.hopLimit = ip6.routers.hopLimit
      try send(header) { fill(&$0, IPv6Header.length) }
    default: throw .noRoute
    }
  }
}
