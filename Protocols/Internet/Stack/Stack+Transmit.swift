// Frames out. What the stack itself has to send - ARP, ICMP, datagrams, resets - waits in the
// outbox; a connection's segments are made at the moment they are sent.

extension Stack {
  /// Writes the next frame to be sent into `frame`, which has room for MTU + 18 bytes; returns its
  /// size, 0 if there is nothing to send. Ask until it says so.
  public mutating func transmit(into frame: inout MutableSpan<UInt8>, at now: Moment) -> Int {
    guard frame.count >= configuration.mtu &+ 18 else { return 0 }
    let count = next(into: &frame, at: now)
    if count > 0 {
      traffic.framesSent &+= 1
      traffic.bytesSent &+= UInt64(count)
    }
    return count
  }

  @inline(never)
  private mutating func next(into frame: inout MutableSpan<UInt8>, at now: Moment) -> Int {
    var index = 0
    while index < outbox.count {
      if let hardware = outbox.hardware(of: index) { return take(index, hardware, into: &frame) }
      let neighbour = outbox.neighbour(of: index)
      switch find(neighbour, at: now) {
      case .known(let hardware): return take(index, hardware, into: &frame)
      case .pending: index += 1
      case .ask:
        let count = request(neighbour, into: &frame, at: now)
        if count > 0 { return count }
      }
    }
    // Each sender has its turn, and goes to the end of the queue.
    var turns = senders.count
    while turns > 0, let index = senders.popFirst() {
      turns -= 1
      connections[index].isQueued = false
      let count = nextSegment(of: index, into: &frame, at: now)
      if count > 0 { return count }
    }
    return 0
  }

  private mutating func take(
    _ index: Int, _ hardware: MACAddress, into frame: inout MutableSpan<UInt8>
  ) -> Int {
    let header = header(to: hardware, outbox.type(of: index))
    header.emit(into: &frame)
    return header.length &+ outbox.take(index, into: &frame, at: header.length)
  }

  func header(to destination: MACAddress, _ type: EtherType) -> EthernetHeader {
    EthernetHeader(
      destination: destination, source: configuration.hardware, type: type,
      tag: configuration.vlan == 0 ? nil : configuration.vlan)
  }

  @inline(never)
  private mutating func nextSegment(
    of index: Int, into frame: inout MutableSpan<UInt8>, at now: Moment
  ) -> Int {
    guard let name = connections[index].connection?.name else { return 0 }
    guard let hop = nextHop(to: name.remote.address) else {
      drops.count(.noRoute)
      connections.change(index) { $0.wasUnreachable() }
      settle(index)
      return 0
    }
    switch find(hop, at: now) {
    case .ask:
      enqueue(index)
      return request(hop, into: &frame, at: now)
    case .pending:
      if !connections[index].isParked {
        connections[index].isParked = true
        parked += 1
      }
      return 0
    case .known(let hardware):
      let isIPv6 = if case .v6 = hop { true } else { false }
      let link = header(to: hardware, isIPv6 ? .ipv6 : .ipv4)
      guard let segment = connections.change(index, { $0.nextSegment(at: now) }),
        let segment
      else {
        afterOutput(index)
        return 0
      }
      let start = link.length &+ (isIPv6 ? IPv6Header.length : 20)
      connections.change(index) { connection in
        connection.copyPayload(
          of: segment, into: &frame, at: start &+ 20 &+ segment.options.length)
      }
      segment.emit(into: &frame, at: start, from: name.local.address, to: name.remote.address)
      let length = 20 &+ segment.options.length &+ segment.payloadLength
      emitHeader(of: name, length, into: &frame, at: link.length)
      link.emit(into: &frame)
      settle(index)
      return start &+ length
    }
  }

  /// Writes the header of a packet with `length` bytes of a connection's at `offset`.
  private func emitHeader(
    of name: ConnectionName, _ length: Int, into frame: inout MutableSpan<UInt8>, at offset: Int
  ) {
    switch (name.local.address, name.remote.address) {
    case (.v4(let local), .v4(let remote)):
      IPv4Header(from: local, to: remote, .tcp, payloadLength: length)
        .emit(into: &frame, at: offset)
    case (.v6(let local), .v6(let remote)):
      var header = IPv6Header(from: local, to: remote, .tcp, payloadLength: length)
      header.hopLimit = ip6.routers.hopLimit
      header.emit(into: &frame, at: offset)
    default: break
    }
  }

  /// The hardware address of a neighbour of either family, or what is to be done to learn it.
  private mutating func find(_ neighbour: IPAddress, at now: Moment) -> ARPCache.Answer {
    if configuration.isLoopback { return .known(configuration.hardware) }
    switch neighbour {
    case .v4(let address): return neighbours.find(address, at: now)
    case .v6(let address): return ip6.neighbours.find(address, at: now)
    }
  }

  /// A connection has nothing to send now.
  private mutating func afterOutput(_ index: Int) {
    guard let (isOver, deadline) = connections.change(index, { ($0.isOver, $0.deadline) }) else {
      return
    }
    if isOver { settle(index) } else { deadlines.set(deadline, of: index) }
  }

  // MARK: What the stack itself sends

  /// Queues a packet whose payload `fill` writes, from byte 20 on; in pieces if it is too long.
  mutating func send(
    _ header: IPv4Header, _ fill: (inout MutableSpan<UInt8>) -> Void
  ) throws(Drop) {
    let count = 20 &+ header.payloadLength
    guard let hop = nextHop(to: header.destination) else { throw .noRoute }
    guard count <= configuration.mtu else {
      return try sendInPieces(header, to: hop, Self.filled(header.payloadLength, after: 20, fill))
    }
    let isQueued = outbox.add(count, .ipv4, to: group(header.destination), .v4(hop)) { packet in
      fill(&packet)
      header.emit(into: &packet, at: 0)
    }
    guard isQueued else { throw .noBuffer }
  }

  /// Queues an ICMP message with `data` after its header.
  mutating func send(
    _ message: ICMPMessage, _ data: Span<UInt8>, to destination: IPv4Address
  ) throws(Drop) {
    let header = IPv4Header(
      from: address, to: destination, .icmp,
      payloadLength: ICMPMessage.headerLength &+ data.count)
    try send(header) { packet in
      packet.copy(data, at: 20 &+ ICMPMessage.headerLength)
      message.emit(into: &packet, at: 20, count: data.count)
    }
  }

  /// Queues an ARP packet.
  mutating func send(_ packet: ARPPacket, to hardware: MACAddress) throws(Drop) {
    let isQueued = outbox.add(ARPPacket.length, .arp, to: hardware, .v4(.any)) { bytes in
      packet.emit(into: &bytes, at: 0)
    }
    guard isQueued else { throw .noBuffer }
  }

  private func question(_ neighbour: IPv4Address) -> ARPPacket {
    ARPPacket(
      .request, from: configuration.hardware, address, to: MACAddress(bits: 0), neighbour)
  }

  /// Queues a request for a neighbour's hardware address.
  @inline(never)
  mutating func ask(for neighbour: IPv4Address) {
    do throws(Drop) {
      try send(question(neighbour), to: .broadcast)
    } catch {
      drops.count(error)
    }
  }

  /// Writes the question for a neighbour into `frame`.
  @inline(never)
  private mutating func request(
    _ neighbour: IPAddress, into frame: inout MutableSpan<UInt8>, at now: Moment
  ) -> Int {
    let address: IPv4Address
    switch neighbour {
    case .v4(let known): address = known
    case .v6(let known): return solicit(known, into: &frame, at: now)
    }
    let header = header(to: .broadcast, .arp)
    header.emit(into: &frame)
    question(address).emit(into: &frame, at: header.length)
    return header.length &+ ARPPacket.length
  }
}
