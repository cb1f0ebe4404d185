// modules: Internet
//
// What a network says: any frame at all, and segments, datagrams and fragments whose checksums are
// right. A stack with a connection takes them at any time, between calls of its user; it neither
// traps nor sends a frame that is malformed, its memory stays bounded, and what its user reads is
// what the window let in.

import Internet

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(bytes: Array(UnsafeBufferPointer(start: data, count: count)))
  switch input.next() % 4 {
  case 0: parse(input.rest)
  default: converse(&input)
  }
  return 0
}

private struct Input {
  let bytes: [UInt8]
  var position = 0

  mutating func next() -> Int {
    guard position < bytes.count else { return 0 }
    position += 1
    return Int(bytes[position - 1])
  }

  mutating func word() -> Int { next() | next() << 8 }
  var isAtEnd: Bool { position >= bytes.count }
  var rest: [UInt8] { Array(bytes[position...]) }
}

private let own = IPv4Address(10, 0, 0, 2)
private let peer = IPv4Address(10, 0, 0, 1)
private let own6 = IPv6Address(high: 0xfd << 56, low: 2)
private let peer6 = IPv6Address(high: 0xfe80 << 48, low: 1)

private func parse(_ bytes: [UInt8]) {
  let span = bytes.span
  _ = try? EthernetHeader(parsing: span)
  _ = try? ARPPacket(parsing: span)
  _ = try? ICMPMessage(parsing: span)
  _ = IPv4Address(bytes)
  if let header = try? IPv4Header(parsing: span) {
    precondition(header.payload.upperBound <= bytes.count, "beyond the packet")
  }
  if let header = try? UDPHeader(parsing: span, from: .v4(peer), to: .v4(own)) {
    precondition(header.payload.upperBound <= bytes.count, "beyond the datagram")
  }
  if let header = try? IPv6Header(parsing: span) {
    precondition(header.payload.upperBound <= bytes.count, "beyond the packet")
  }
  if let address = IPv6Address(bytes) {
    precondition(IPv6Address(Array("\(address)".utf8)) == address, "not what was written")
  }
  _ = try? ICMPv6Message(parsing: span, from: peer6, to: own6)
  _ = try? NeighbourMessage.parse(span, hopLimit: 255)
  if let options = try? TCPOptions(parsing: span) { precondition(options.sackCount <= 4) }
  if let segment = try? TCPSegment(parsing: span, from: .v4(peer), to: .v4(own)) {
    precondition(segment.payload.upperBound == bytes.count, "not the whole segment")
  }
}

/// A stack with a peer that has introduced itself, and numbers near those that are in use.
private struct Network {
  var stack: Stack
  var now = Moment(microseconds: 1_000_000)
  var connections: [ConnectionID] = []
  /// What the stack has sent last on a connection: its ends and numbers.
  var ports = (local: UInt16(80), remote: UInt16(1000))
  var expected = SequenceNumber(0)
  var sent = SequenceNumber(0)

  init() {
    var configuration = StackConfiguration(hardware: MACAddress(bits: 0x0200_0000_0002))
    configuration.network = IPv4Network(own, prefixLength: 24)
    configuration.connectionLimit = 8
    configuration.tcp.receiveLimit = 5000
    configuration.tcp.sendLimit = 5000
    stack = Stack(configuration, secret: (1, 2))
    precondition(stack.listen(80, backlog: 4) && stack.bind(7) == 7)
    stack.startIPv6(at: now)
    stack.addNetwork(IPv6Network(own6, prefixLength: 64), gateway: peer6, at: now)
    for _ in 0..<10 where !stack.addresses6.contains(own6) {
      now = stack.deadline
      stack.timerExpired(at: now)
    }
    var frame = [UInt8](repeating: 0, count: 42)
    var span = frame.mutableSpan
    EthernetHeader(
      destination: .broadcast, source: MACAddress(bits: 0x0200_0000_0001), type: .arp
    ).emit(into: &span)
    ARPPacket(.request, from: MACAddress(bits: 0x0200_0000_0001), peer, to: .broadcast, own)
      .emit(into: &span, at: 14)
    _ = stack.received(frame.span, at: now)
  }

  mutating func deliver(_ transport: TransportProtocol, fragment: Int, _ payload: [UInt8]) {
    var header = IPv4Header(from: peer, to: own, transport, payloadLength: payload.count)
    if fragment > 0 {
      header.mayNotFragment = false
      header.hasMoreFragments = fragment & 1 == 1
      header.fragmentOffset = (fragment >> 1) * 8
    }
    var frame = [UInt8](repeating: 0, count: 34) + payload
    var span = frame.mutableSpan
    header.emit(into: &span, at: 14)
    EthernetHeader(
      destination: stack.configuration.hardware, source: MACAddress(bits: 0x0200_0000_0001),
      type: .ipv4
    ).emit(into: &span)
    take(frame)
  }

  /// A packet of IPv6 with a payload of any kind, the sum of ICMPv6 right; to us, to all, or to a group.
  mutating func deliver6(
    hopLimit: UInt8, _ transport: Int, _ target: Int, _ size: Int, _ input: inout Input
  ) {
    let icmp = TransportProtocol.icmp6.rawValue
    let destination = [own6, .allNodes, own6.solicitedNode, own6][target & 3]
    var payload = (0..<size).map { _ in UInt8(input.next()) }
    if transport & 1 == 0, size >= 8 {
      (payload[2], payload[3]) = (0, 0)
      var sum = Checksum(from: peer6, to: destination, .icmp6, length: size)
      sum.add(payload.span)
      (payload[2], payload[3]) = (UInt8(sum.value >> 8), UInt8(sum.value & 255))
    }
    var header = IPv6Header(from: peer6, to: destination, .icmp6, payloadLength: size)
    header.transport = transport & 1 == 0 ? icmp : UInt8(transport)
    header.hopLimit = hopLimit
    var frame = [UInt8](repeating: 0, count: 54) + payload
    var span = frame.mutableSpan
    header.emit(into: &span, at: 14)
    EthernetHeader(
      destination: destination.isMulticast
        ? destination.groupHardware : stack.configuration.hardware,
      source: MACAddress(bits: 0x0200_0000_0001), type: .ipv6
    ).emit(into: &span)
    take(frame)
  }

  mutating func take(_ frame: [UInt8]) {
    if case .datagram(let datagram) = stack.received(frame.span, at: now) {
      let end = datagram.isReassembled ? stack.reassembled.count : frame.count
      precondition(datagram.data.upperBound <= end, "beyond the frame")
    }
  }

  /// Takes everything that is to be sent, and what the peer knows from it.
  mutating func collect() {
    var frame = [UInt8](repeating: 0, count: 1518)
    var count = 0
    for turn in 0... {
      precondition(turn < 2000, "it never ends")
      var span = frame.mutableSpan
      count = stack.transmit(into: &span, at: now)
      guard count > 0 else { break }
      let packet = frame.span.extracting(14..<count)
      if frame[12] == 0x86, (try? IPv6Header(parsing: packet)) == nil { fatalError("malformed") }
      guard frame[12] == 8, frame[13] == 0 else { continue }
      guard let header = try? IPv4Header(parsing: packet) else { fatalError("malformed") }
      guard header.transport == TransportProtocol.tcp.rawValue else { continue }
      guard
        let segment = try? TCPSegment(
          parsing: packet.extracting(header.payload), from: .v4(own),
          to: .v4(header.destination))
      else { fatalError("a malformed segment") }
      ports = (segment.source, segment.destination)
      expected = segment.acknowledgment
      sent = segment.end
    }
    while let event = stack.nextEvent() {
      if event.signals.contains(.opened) { connections.append(event.connection) }
      if event.signals.contains(.closed) { connections.removeAll { $0 == event.connection } }
    }
  }
}

private func converse(_ input: inout Input) {
  var network = Network()
  network.collect()
  while !input.isAtEnd {
    let kind = input.next()
    switch kind % 8 {
    case 0, 1, 2: segment(&network, &input, kind)
    case 3:
      let size = input.next()
      network.deliver(
        kind & 8 == 0 ? .udp : .icmp, fragment: input.next(),
        (0..<size).map { _ in UInt8(input.next()) })
    case 4:
      network.now =
        network.now + Interval(microseconds: UInt64(input.word()) << (input.next() % 20))
      if network.stack.deadline <= network.now { network.stack.timerExpired(at: network.now) }
    case 5: use(&network, &input)
    case 6:
      let id = try? network.stack.connect(to: Endpoint(peer, 1000), at: network.now)
      if let id { network.connections.append(id) }
    default:
      let size = input.word() % 200
      if kind & 8 != 0 {
        network.deliver6(
          hopLimit: kind & 16 != 0 ? 255 : 1, input.next(), input.next(), size, &input)
      } else {
        network.take((0..<size).map { _ in UInt8(input.next()) })
      }
    }
    network.collect()
  }
  // Left alone, everything comes to an end but what waits for the peer's next word.
  for _ in 0..<400 where network.stack.deadline != .distantFuture {
    network.now = network.stack.deadline
    network.stack.timerExpired(at: network.now)
    network.collect()
  }
}

/// A segment with numbers near those in use.
private func segment(_ network: inout Network, _ input: inout Input, _ kind: Int) {
  var segment = TCPSegment(
    TCPFlags(rawValue: UInt8(input.next() & 0x1f)),
    network.expected + Int(Int16(truncatingIfNeeded: input.word())) / (kind & 8 == 0 ? 1 : 256))
  segment.acknowledgment =
    network.sent + (kind & 16 == 0 ? 0 : Int(Int16(truncatingIfNeeded: input.word())))
  segment.source = kind & 32 == 0 ? network.ports.remote : UInt16(1 + input.next())
  segment.destination = kind & 32 == 0 ? network.ports.local : 80
  segment.window = UInt16(input.word())
  if kind & 64 != 0 {
    segment.options.maximumSegmentSize = UInt16(input.word())
    segment.options.permitsSACK = true
    segment.options.windowScale = UInt8(input.next())
    segment.options.timestamps = TCPTimestamps(value: UInt32(input.next()), echo: 1)
  }
  if kind & 128 != 0 {
    let start = network.sent + -input.word() % 6000
    segment.options.add(SequenceRange(start, start + input.word() % 6000))
  }
  segment.payloadLength = min(input.word() % 1400, 1400)
  let start = 20 + segment.options.length
  var bytes = [UInt8](repeating: 1, count: start + segment.payloadLength)
  var span = bytes.mutableSpan
  segment.emit(into: &span, at: 0, from: .v4(peer), to: .v4(own))
  network.deliver(.tcp, fragment: 0, bytes)
}

/// The user does something with one of its connections.
private func use(_ network: inout Network, _ input: inout Input) {
  let choice = input.next()
  guard !network.connections.isEmpty else { return }
  let id = network.connections[choice % network.connections.count]
  switch input.next() % 5 {
  case 0:
    let bytes = [UInt8](repeating: 2, count: input.word() % 6000)
    precondition(network.stack.write(bytes.span, to: id) <= 5000)
  case 1:
    var bytes = [UInt8](repeating: 0, count: input.word() % 6000)
    var span = bytes.mutableSpan
    let count = network.stack.read(id, into: &span)
    precondition(count <= 5000 && bytes[..<count].allSatisfy { $0 == 1 }, "not what was sent")
  case 2: network.stack.finish(id, at: network.now)
  case 3: network.stack.close(id, at: network.now)
  default: network.stack.abort(id)
  }
}
