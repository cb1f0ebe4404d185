// One stack, and frames put together by hand: what it answers, and what it drops for which reason.

import Internet
import Testing

@Suite("Stack")
struct StackTests {
  static let own = MACAddress(bits: 0x0200_0000_0002)
  static let peer = "020000000001"
  static let now = Moment(microseconds: 9_000_000)

  /// A stack that can be asked within an expectation.
  final class Host {
    var stack: Stack

    init(_ configuration: StackConfiguration) { stack = Stack(configuration, secret: (1, 2)) }

    var drops: DropCounters { stack.drops }
    func received(_ frame: Span<UInt8>) -> Arrival { stack.received(frame, at: now) }
    func bind(_ port: UInt16) -> UInt16? { stack.bind(port) }
    func send(_ data: [UInt8], to remote: Endpoint) throws(Drop) {
      try stack.send(data.span, from: 7, to: remote, at: now)
    }

    /// Everything that it has to send.
    func frames(at now: Moment = StackTests.now) -> [[UInt8]] {
      var frames: [[UInt8]] = []
      while true {
        var frame = [UInt8](repeating: 0xee, count: 1518)
        var span = frame.mutableSpan
        let count = stack.transmit(into: &span, at: now)
        guard count > 0 else { return frames }
        frames.append(Array(frame[..<count]))
        #expect(FrameCheck.complaints(about: frames.last ?? []) == [])
      }
    }
  }

  static func host() -> Host {
    var configuration = StackConfiguration(hardware: own)
    configuration.network = IPv4Network(IPv4Address(10, 0, 0, 2), prefixLength: 24)
    configuration.gateway = IPv4Address(10, 0, 0, 1)
    return Host(configuration)
  }

  /// An IPv4 packet in a frame to the stack, its checksums right.
  static func packet(
    _ transport: UInt8, _ payload: [UInt8], from source: String = "0a000001",
    to destination: String = "0a000002", fragment: String = "0000"
  ) -> [UInt8] {
    let length = PacketTests.hex([
      UInt8((payload.count + 20) >> 8), UInt8((payload.count + 20) & 255),
    ])
    var header = PacketTests.bytes(
      "4500 \(length) 0000 \(fragment) 40 00 0000 \(source) \(destination)")
    header[9] = transport
    let sum = 0xffff - FrameCheck.sum(header)
    header[10] = UInt8(sum >> 8)
    header[11] = UInt8(sum & 255)
    return PacketTests.bytes("020000000002 \(peer) 0800") + header + payload
  }

  static func summed(_ message: [UInt8]) -> [UInt8] {
    let sum = 0xffff - FrameCheck.sum(message)
    var message = message
    message[2] = UInt8(sum >> 8)
    message[3] = UInt8(sum & 255)
    return message
  }

  /// Has the stack know its peer, as it is when the peer has asked for it.
  static func introduce(_ host: Host) {
    let request = PacketTests.bytes(
      "ffffffffffff \(peer) 0806 0001 0800 06 04 0001 \(peer) 0a000001 000000000000 0a000002")
    #expect(host.received(request.span) == .handled)
    #expect(
      host.frames() == [
        PacketTests.bytes(
          "\(peer) 020000000002 0806 0001 0800 06 04 0002 020000000002 0a000002 \(peer) 0a000001")
      ])
  }

  @Test("a request for the address, then a ping, are answered")
  func ping() throws {
    let host = Self.host()
    Self.introduce(host)
    let ping = Self.summed(PacketTests.bytes("0800 0000 1234 0001") + Array("hello, world".utf8))
    #expect(host.received(Self.packet(1, ping).span) == .handled)
    let answer = try #require(host.frames().first)
    #expect(PacketTests.hex(answer[26..<34]) == "0a0000020a000001")
    #expect(
      Array(answer[34...])
        == Self.summed(PacketTests.bytes("0000 0000 1234 0001") + Array("hello, world".utf8)))
    #expect(host.drops.total == 0)
  }

  @Test("a ping in pieces is answered")
  func pieces() {
    let host = Self.host()
    Self.introduce(host)
    let ping = Self.summed(
      PacketTests.bytes("0800 0000 1234 0001") + [UInt8](repeating: 7, count: 1000))
    _ = host.received(Self.packet(1, Array(ping[800...]), fragment: "0064").span)
    #expect(host.frames() == [])
    _ = host.received(Self.packet(1, Array(ping[..<800]), fragment: "2000").span)
    #expect(host.frames().first?.count == 1042)
  }

  @Test("a datagram reaches its port, and one to no port is refused")
  func datagrams() throws {
    let host = Self.host()
    Self.introduce(host)
    #expect(host.bind(7) == 7 && host.bind(7) == nil)
    let datagram = PacketTests.bytes("03e8 0007 000b 0000 616263")
    let frame = Self.packet(17, datagram)
    guard case .datagram(let arrived) = host.received(frame.span) else {
      Issue.record("it was not delivered")
      return
    }
    #expect(arrived.port == 7 && arrived.source == Endpoint(IPv4Address(10, 0, 0, 1), 1000))
    #expect(Array(frame[arrived.data]) == Array("abc".utf8))
    try host.send(Array("abcd".utf8), to: arrived.source)
    let answer = try #require(host.frames().first)
    #expect(PacketTests.hex(answer[34..<40]) == "000703e8000c")
    host.stack.unbind(7)
    #expect(host.received(frame.span) == .handled)
    let refusal = try #require(host.frames().first)
    #expect(refusal[34] == 3 && refusal[35] == 3 && refusal[23] == 1)
    // It quotes the header and 8 bytes of what it refuses.
    #expect(Array(refusal[54...]) == Array(frame[26..<42]).suffix(16))
    #expect(host.drops[.udpNoSocket] == 1)
  }

  @Test(
    "what is not for us, or from nobody who can have sent it, is dropped and counted",
    arguments: [
      ("short", [0], Drop.frameMalformed),
      ("another station's", packet(1, []).replacing(5, 9), .frameNotForUs),
      ("of another type", packet(1, []).replacing(12, 0x86), .frameUnknownType),
      (
        "of a VLAN", PacketTests.bytes("020000000002 020000000001 8100 0005 0800 00"),
        .frameOtherVLAN
      ),
      ("another host's", packet(1, [], to: "0a000009"), .ipNotForUs),
      ("from ourselves", packet(6, [], from: "0a000002"), .ipBadSource),
      ("from a group", packet(6, [], from: "e0000001"), .ipBadSource),
      ("from all", packet(6, [], from: "ffffffff"), .ipBadSource),
      ("from a loopback", packet(6, [], from: "7f000001"), .ipBadSource),
      ("a host's packet in a frame for all", packet(1, []).replacing(0, 0xff), .ipBadSource),
      ("a protocol nobody knows", packet(99, []), .ipUnknownProtocol),
      ("a segment for all", packet(6, [], to: "ffffffff"), .ipBadSource),
      ("a short segment", packet(6, [1, 2, 3]), .tcpMalformed),
      ("a short datagram", packet(17, [1, 2, 3]), .udpMalformed),
      ("a short message", packet(1, [8, 0, 0]), .icmpMalformed),
      ("a damaged ping", packet(1, [8, 0, 0, 0, 0, 0, 0, 1]), .icmpChecksum),
      ("a redirect", packet(1, summed([5, 0, 0, 0, 10, 0, 0, 66])), .icmpIgnored),
    ] as [(String, [UInt8], Drop)])
  func drops(_ what: String, _ frame: [UInt8], _ drop: Drop) {
    let host = Self.host()
    Self.introduce(host)
    #expect(host.received(frame.span) == .handled)
    #expect(host.drops[drop] == 1 && host.drops.total == 1, "\(what)")
    #expect(host.frames() == [], "\(what) was answered")
  }

  @Test("every reason has a counter of its own name")
  func names() {
    let names = Drop.allCases.map { "\($0.name)" }
    #expect(Set(names).count == names.count && names.count <= 96)
    #expect(names.allSatisfy { $0.hasPrefix("net.drop.") })
  }

  @Test("a packet waits for its neighbour's address: asked three times, then dropped")
  func neighbours() throws {
    let host = Self.host()
    _ = host.bind(7)
    let far = Endpoint(IPv4Address(8, 8, 8, 8), 53)
    try host.send([1], to: far)
    // The gateway is asked for, as the destination is on another network.
    let question = try #require(host.frames().first)
    #expect(PacketTests.hex(question[..<6]) == "ffffffffffff")
    #expect(PacketTests.hex(question[38..<42]) == "0a000001")
    #expect(host.frames() == [])
    let answer = PacketTests.bytes(
      "020000000002 \(Self.peer) 0806 0001 0800 06 04 0002 \(Self.peer) 0a000001 020000000002 0a000002"
    )
    #expect(host.received(answer.span) == .handled)
    #expect(host.frames().first.map { PacketTests.hex($0[..<6]) } == Self.peer)
    try host.send([1], to: Endpoint(IPv4Address(10, 0, 0, 9), 1))
    var (questions, time) = (0, Self.now)
    while true {
      questions += host.frames(at: time).count
      guard host.stack.deadline != .distantFuture else { break }
      time = host.stack.deadline
      host.stack.timerExpired(at: time)
    }
    #expect(questions == 3 && host.drops[.hostUnreachable] == 1)
    #expect(time == Self.now + .seconds(3))
  }

  @Test("what is to be sent is bounded, and what finds no room is counted")
  func full() throws {
    let host = Self.host()
    Self.introduce(host)
    for _ in 0..<32 { try host.send([1], to: Endpoint(IPv4Address(10, 0, 0, 1), 1)) }
    #expect(throws: Drop.noBuffer) {
      try host.send([1], to: Endpoint(IPv4Address(10, 0, 0, 1), 1))
    }
    #expect(throws: Drop.tooLong) {
      try host.send([UInt8](repeating: 1, count: 16_400), to: Endpoint(IPv4Address(10, 0, 0, 1), 1))
    }
    #expect(host.drops[.noBuffer] == 1 && host.drops[.tooLong] == 1)
    #expect(host.frames().count == 32)
  }

  @Test("a flood of answers that nobody asked for does not get into the cache of neighbours")
  func poisoning() {
    var cache = ARPCache(limit: 8)
    for number in UInt8(0)..<200 {
      _ = cache.learned(IPv4Address(10, 0, 0, number), Self.own, asks: false, at: Self.now)
      _ = cache.learned(IPv4Address(10, 0, 1, number), Self.own, asks: true, at: Self.now)
    }
    #expect(cache.count == 8)
    let neighbour = IPv4Address(10, 0, 0, 1)
    let before = cache.find(neighbour, at: Self.now)
    let wasWaitedFor = cache.learned(neighbour, Self.own, asks: false, at: Self.now)
    let after = cache.find(neighbour, at: Self.now)
    #expect(before == .ask && wasWaitedFor && after == .known(Self.own) && cache.count == 8)
  }
}

extension [UInt8] {
  fileprivate func replacing(_ offset: Int, _ value: UInt8) -> [UInt8] {
    var copy = self
    copy[offset] = value
    return copy
  }
}
