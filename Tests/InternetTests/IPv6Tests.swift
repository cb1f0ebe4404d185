// One stack that speaks IPv6, and frames made by scapy (Golden/ipv6.py): what it answers, byte for byte,
// and what it drops for which reason.

import Foundation
import Internet
import Testing

@Suite("IPv6")
struct IPv6Tests {
  static let own = MACAddress(bits: 0x0200_0000_0002)
  static let address = IPv6Address(high: 0xfd00_0009 << 32, low: 2)
  static let peer = IPv6Address(high: 0xfd00_0009 << 32, low: 1)

  /// The frames by name.
  static let frames: [String: [UInt8]] = {
    let path = #filePath.dropLast("IPv6Tests.swift".count) + "Golden/ipv6.txt"
    var frames: [String: [UInt8]] = [:]
    for line in ((try? String(contentsOfFile: String(path), encoding: .utf8)) ?? "").split(
      separator: "\n")
    {
      let words = line.split(separator: " ")
      if words.count == 2 { frames[String(words[0])] = PacketTests.bytes(String(words[1])) }
    }
    return frames
  }()

  /// A stack, its time, and what it sends.
  final class Host {
    var stack: Stack
    var now = Moment(microseconds: 1_000_000)
    var sent: [[UInt8]] = []

    init() {
      stack = Stack(StackConfiguration(hardware: IPv6Tests.own), secret: (1, 2))
      stack.startIPv6(at: now)
    }

    /// With the address fd00:9::2, which nobody else has, and the peer's hardware address known.
    static func ready() throws -> Host {
      let host = Host()
      host.stack.addNetwork(
        IPv6Network(IPv6Tests.address, prefixLength: 64), gateway: nil, at: host.now)
      host.pass(.seconds(10))
      #expect(host.stack.addresses6.contains(IPv6Tests.address))
      #expect(try host.take("ns") == .handled)
      host.sent = []
      return host
    }

    func take(_ name: String) throws -> Arrival {
      let frame = try #require(IPv6Tests.frames[name], "\(name)")
      let arrival = stack.received(frame.span, at: now)
      collect()
      return arrival
    }

    func collect() {
      while true {
        var frame = [UInt8](repeating: 0xee, count: 1518)
        var span = frame.mutableSpan
        let count = stack.transmit(into: &span, at: now)
        guard count > 0 else { return }
        sent.append(Array(frame[..<count]))
        #expect(FrameCheck.complaints(about: sent.last ?? []) == [])
      }
    }

    /// Lets time pass.
    func pass(_ span: Interval) {
      let end = now + span
      collect()
      while stack.deadline <= end {
        now = max(now, stack.deadline)
        stack.timerExpired(at: now)
        collect()
      }
      now = end
    }

    func taken() -> [[UInt8]] {
      defer { sent = [] }
      return sent
    }
  }

  @Test("an address is reported, asked for, then ours; then routers are asked for, three times")
  func duplicateDetection() throws {
    let host = Host()
    host.stack.addNetwork(
      IPv6Network(Self.address, prefixLength: 64), gateway: nil, at: host.now)
    #expect(host.stack.addresses6 == [])
    host.pass(.seconds(3))
    let probe = try #require(Self.frames["dadns"])
    #expect(host.sent.filter { $0 == probe }.count == 1)
    // The first report is of both groups, from no address, with the router alert.
    let first = try #require(host.sent.first)
    let report = try #require(Self.frames["report"])
    #expect(first.count == report.count + 20)
    #expect(first[..<18] == report[..<18] && first[54..<64] == report[54..<64])
    #expect(
      first.suffix(20) == report.suffix(20) || first.suffix(40).prefix(20) == report.suffix(20))
    // The last half of the link's address is SipHash over RFC 7217's input, by another implementation.
    let link = IPv6Address(high: 0xfe80 << 48, low: 0xb6d0_8d1b_dcae_a0c6)
    #expect(Set(host.stack.addresses6) == [Self.address, link])
    host.pass(.seconds(60))
    #expect(host.sent.filter { $0.count > 54 && $0[20] == 58 && $0[54] == 133 }.count == 3)
    #expect(host.stack.drops.total == 0)
  }

  @Test("an address that somebody has is not taken, and another is made on the link")
  func conflict() throws {
    let host = Host()
    host.stack.addNetwork(
      IPv6Network(Self.address, prefixLength: 64), gateway: nil, at: host.now)
    _ = try host.take("dadna")
    host.pass(.seconds(5))
    #expect(!host.stack.addresses6.contains(Self.address))
    #expect(host.stack.drops[.ndpAddressTaken] == 1)
    // Another host asks for the link's address too (section 5.4.3): the next one in line is tried.
    let other = Host()
    let link = IPv6Address(high: 0xfe80 << 48, low: 0xb6d0_8d1b_dcae_a0c6)
    let frame = Self.probe(for: link)
    _ = other.stack.received(frame.span, at: other.now)
    other.pass(.seconds(5))
    #expect(
      other.stack.addresses6 == [IPv6Address(high: 0xfe80 << 48, low: 0x513a_ddf5_25d7_06ef)])
  }

  /// A question of another host whether somebody has `address`, put together by hand.
  static func probe(for address: IPv6Address) -> [UInt8] {
    func word(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(value >> (56 - 8 * $0) & 255) } }
    let bytes = word(address.high) + word(address.low)
    let group = PacketTests.bytes("ff02 0000 0000 0000 0000 0001 ff") + bytes.suffix(3)
    var message = PacketTests.bytes("8700 0000 0000 0000") + bytes
    let pseudo = [UInt8](repeating: 0, count: 16) + group + [0, 0, 0, 24, 0, 0, 0, 58]
    let sum = 0xffff - FrameCheck.sum(pseudo + message)
    message[2] = UInt8(sum >> 8)
    message[3] = UInt8(sum & 255)
    return [0x33, 0x33, 0xff] + bytes.suffix(3)
      + PacketTests.bytes("020000000001 86dd 6000 0000 0018 3aff")
      + [UInt8](repeating: 0, count: 16) + group + message
  }

  @Test("a router's word gives an address, a way out, an MTU and a hop limit")
  func autoconfiguration() throws {
    let host = Host()
    host.pass(.seconds(3))
    let link = try #require(host.stack.addresses6.first)
    #expect(throws: Drop.noRoute) {
      try host.stack.connect(to: Endpoint(IPv6Address(high: 1 << 61, low: 1), 80), at: host.now)
    }
    _ = try host.take("ra")
    host.pass(.seconds(3))
    let made = IPv6Address(high: 0x2001_0db8_0001_0000, low: 0xd7af_60a4_a59f_51ae)
    #expect(host.stack.addresses6 == [link, made])
    _ = host.taken()
    _ = try host.stack.connect(to: Endpoint(IPv6Address(high: 1 << 61, low: 1), 80), at: host.now)
    host.collect()
    let synchronize = try #require(host.sent.first)
    // To the router's hardware, with its hop limit, and with segments that its MTU of 1400 takes.
    #expect(synchronize[..<6] == PacketTests.bytes("020000000001")[...])
    #expect(synchronize[21] == 33)
    let options = Array(synchronize[74...])
    let place = try #require(options.indices.first { options[$0...].starts(with: [2, 4]) })
    #expect(Int(options[place + 2]) << 8 | Int(options[place + 3]) == 1340)
    // A day later, without another word, the address is gone.
    host.pass(.seconds(86_401))
    #expect(host.stack.addresses6 == [link])
  }

  @Test("a router's word takes away no network that a person has set")
  func decided() throws {
    let host = try Host.ready()
    _ = try host.take("raoff")
    host.pass(.seconds(5))
    _ = try host.stack.connect(to: Endpoint(Self.peer, 80), at: host.now)
    #expect(host.stack.drops.total == 0)
  }

  @Test("who was redirected to a neighbour that is silent is sent through the router again")
  func redirected() throws {
    let host = Host()
    host.pass(.seconds(3))
    _ = try host.take("ra")
    host.pass(.seconds(3))
    #expect(try host.take("redirect") == .handled && host.stack.drops.total == 0)
    let far = IPv6Address(high: 0x2001_0db8_0002_0000, low: 5)
    _ = try host.stack.connect(to: Endpoint(far, 80), at: host.now)
    host.sent = []
    host.pass(.seconds(60))
    let segments = host.sent.filter { $0.count > 60 && $0[20] == 6 }
    #expect(segments.first?[5] == 9 && segments.last?[5] == 1, "\(segments.map { $0[5] })")
  }

  @Test(
    "what is asked is answered, byte for byte",
    arguments: [
      ("ns", "na"), ("ping", "pong"), ("udpnone", "refused"), ("unknown", "problem"),
    ])
  func answers(_ question: String, _ answer: String) throws {
    let host = try Host.ready()
    #expect(try host.take(question) == .handled)
    #expect(try host.taken() == [#require(Self.frames[answer])])
  }

  @Test("a datagram reaches its port, also behind options, in a fragment of its own, and in pieces")
  func datagrams() throws {
    let host = try Host.ready()
    let port = host.stack.bind(7)
    #expect(port == 7)
    for name in ["udp", "dstopt", "atomic"] {
      guard case .datagram(let datagram) = try host.take(name) else {
        Issue.record("\(name) was not delivered")
        continue
      }
      #expect(
        datagram.source == Endpoint(Self.peer, 1000) && datagram.destination == .v6(Self.address))
      #expect(try Array(#require(Self.frames[name])[datagram.data]) == Array("abc".utf8))
    }
    // The second piece twice: the network may have doubled it.
    for name in ["frag2", "frag1", "frag1"] { #expect(try host.take(name) == .handled) }
    guard case .datagram(let datagram) = try host.take("frag0") else {
      Issue.record("the pieces were not put together")
      return
    }
    #expect(datagram.isReassembled && datagram.data == 8..<3008)
    #expect(host.stack.reassembled[datagram.data].allSatisfy { $0 == 0x78 })
    #expect(host.stack.drops[.fragmentDuplicate] == 1 && host.stack.drops.total == 1)
    // Back it goes in pieces too, which the peer puts together.
    let data = Array(host.stack.reassembled[datagram.data])
    try host.stack.send(data.span, from: 7, datagram.destination, to: datagram.source, at: host.now)
    host.collect()
    let pieces = host.taken()
    #expect(pieces.map { $0[20] } == [44, 44, 44])
    #expect(pieces.flatMap { $0[62...] }.count == 3008)
    #expect(pieces.flatMap { $0[62...] }.suffix(3000).allSatisfy { $0 == 0x78 })
  }

  @Test(
    "what is not for us, or from nobody who can have sent it, is dropped and counted",
    arguments: [
      ("rthdr", Drop.ip6BadHeader), ("badopt", .ip6BadHeader), ("hops", .ndpNotOnLink),
      ("nd0", .ndpMalformed), ("self", .ip6BadSource), ("mcsrc", .ip6BadSource),
      ("loop", .ip6BadSource), ("other", .ip6NotForUs), ("nonext", .ip6NoNext),
      ("short", .ip6Malformed), ("udp0", .udpChecksum), ("dadna", .ip6BadSource),
    ])
  func drops(_ name: String, _ drop: Drop) throws {
    let host = try Host.ready()
    _ = host.stack.bind(7)
    #expect(try host.take(name) == .handled)
    #expect(host.stack.drops[drop] == 1 && host.stack.drops.total == 1, "\(name)")
    // Only a routing header must be complained of.
    #expect(host.taken().count == (name == "rthdr" ? 1 : 0), "\(name)")
  }

  @Test("a query for groups is answered within its time")
  func query() throws {
    let host = try Host.ready()
    #expect(try host.take("query") == .handled)
    host.pass(.milliseconds(1000))
    let report = try #require(host.taken().first)
    #expect(report[20] == 0 && report[62] == 143 && Array(report[68..<70]) == [0, 2])
    #expect(report[70] == 2, "a record of what is, not of a change")
  }
}

/// Two stacks over a wire that loses: the same TCP over the other family.
@Suite("TCP over IPv6")
struct TCPOverIPv6Tests {
  @Test("a stream arrives whole over a bad line, and goes on when the path takes less")
  func transfer() throws {
    var wire = Wire(seed: 6)
    for end in 0..<2 {
      wire.ends[end].startIPv6(at: wire.now)
      wire.ends[end].addNetwork(
        IPv6Network(IPv6Address(high: 0xfd << 56, low: UInt64(end + 1)), prefixLength: 64),
        gateway: nil, at: wire.now)
    }
    let start = wire.now + .seconds(5)
    while wire.step(until: start) {}
    #expect(wire.ends.allSatisfy { $0.addresses6.count == 2 })
    wire.conditions.loss = 3
    wire.conditions.duplication = 3
    wire.conditions.reordering = 3
    let isListening = wire.ends[1].listen(80)
    #expect(isListening)
    let remote = Endpoint(IPv6Address(high: 0xfd << 56, low: 2), 80)
    let id = try wire.ends[0].connect(to: remote, at: wire.now)
    let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    var (written, got): (Int, [UInt8]) = (0, [])
    var server: ConnectionID?
    var longest = 0
    wire.filter = { _, frame in
      longest = max(longest, frame.count)
      return true
    }
    while got.count < data.count, wire.step(until: wire.now + .seconds(60)) {
      while wire.ends[0].nextEvent() != nil {}
      while let event = wire.ends[1].nextEvent() {
        if event.signals.contains(.opened) { server = event.connection }
      }
      if written < data.count {
        written += wire.ends[0].write(data.span.extracting(written..<data.count), to: id)
      }
      guard let server else { continue }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      var span = buffer.mutableSpan
      got += buffer[..<wire.ends[1].read(server, into: &span)]
    }
    #expect(got == data)
    #expect(longest == 1514 && wire.complaints == [])
  }
}

/// The states of a neighbour (RFC 4861, section 7.3.2 and appendix C).
@Suite("Neighbours")
struct NeighbourCacheTests {
  static let neighbour = IPv6Address(high: 0xfe80 << 48, low: 9)
  static let first = MACAddress(bits: 1 << 41 | 1)
  static let second = MACAddress(bits: 1 << 41 | 2)

  @Test("asked, there, doubted, asked again, gone")
  func life() {
    var cache = NeighbourCache()
    var now = Moment(microseconds: 0)
    var answer = cache.find(Self.neighbour, at: now)
    #expect(answer == .ask)
    answer = cache.find(Self.neighbour, at: now)
    #expect(answer == .pending)
    let change = cache.advertised(
      Self.neighbour, Self.first, isRouter: false, isSolicited: true, overrides: true, at: now)
    #expect(change == .answered && cache.state(of: Self.neighbour) == .reachable)
    now = now + .seconds(46)
    answer = cache.find(Self.neighbour, at: now)
    #expect(answer == .known(Self.first) && cache.state(of: Self.neighbour) == .delay)
    #expect(cache.deadline == now + .seconds(5))
    for _ in 0..<3 {
      now = cache.deadline
      let due = cache.timerExpired(at: now)
      #expect(due == .ask(Self.neighbour, Self.first) && cache.state(of: Self.neighbour) == .probe)
    }
    now = cache.deadline
    let due = cache.timerExpired(at: now)
    #expect(due == .givenUp(Self.neighbour) && cache.count == 0)
  }

  @Test("two that do not answer have room in a full cache, and do not displace each other")
  func crowded() {
    var cache = NeighbourCache(limit: 4)
    let now = Moment(microseconds: 1)
    func neighbour(_ number: UInt64) -> IPv6Address { IPv6Address(high: 0xfe80 << 48, low: number) }
    for number in 1...4 as ClosedRange<UInt64> {
      _ = cache.spoke(neighbour(number), Self.first, at: now)
      let answer = cache.find(neighbour(number), at: now)
      #expect(answer == .known(Self.first) && cache.state(of: neighbour(number)) == .delay)
    }
    let answers = [5, 6, 5, 6].map { cache.find(neighbour($0), at: now) }
    #expect(answers == [.ask, .ask, .pending, .pending])
  }

  @Test("who merely claims an address does not get it, and a flood does not fill the cache")
  func attacks() {
    var cache = NeighbourCache(limit: 8)
    let now = Moment(microseconds: 0)
    _ = cache.find(Self.neighbour, at: now)
    _ = cache.advertised(
      Self.neighbour, Self.first, isRouter: true, isSolicited: true, overrides: true, at: now)
    var change = cache.advertised(
      Self.neighbour, Self.second, isRouter: true, isSolicited: true, overrides: false, at: now)
    #expect(change == .nothing && cache.state(of: Self.neighbour) == .stale)
    for number in UInt64(100)..<200 {
      _ = cache.spoke(IPv6Address(high: 0xfe80 << 48, low: number), Self.second, at: now)
      change = cache.advertised(
        IPv6Address(high: 0xfe80 << 48, low: number + 1000), Self.second, isRouter: false,
        isSolicited: false, overrides: true, at: now)
      #expect(change == .nothing)
    }
    #expect(cache.count == 8)
    let answer = cache.find(Self.neighbour, at: now)
    #expect(answer == .known(Self.first))
    change = cache.advertised(
      Self.neighbour, nil, isRouter: false, isSolicited: true, overrides: true, at: now)
    #expect(change == .leftRouting)
  }
}

/// Text by RFC 5952; what is right and wrong is Python's `ipaddress`'s word.
@Suite("Text of IPv6 addresses")
struct IPv6TextTests {
  @Test(
    "is read in every form and written in one",
    arguments: [
      ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:db8::1", "2001:db8::1"),
      ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
      ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("fe80:0:0:0:204:61ff:254.157.241.86", "fe80::204:61ff:fe9d:f156"),
      ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
      ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
  func both(_ text: String, _ written: String) {
    #expect(IPv6Address(Array(text.utf8)).map { "\($0)" } == written)
  }

  @Test(
    "is refused",
    arguments: [
      "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
      "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", ":1::", "1::2:", "::1.2.3", "::1.2.3.256",
      "1.2.3.4::", "fe80::1%eth0", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", " ::1",
    ])
  func wrong(_ text: String) { #expect(IPv6Address(Array(text.utf8)) == nil) }
}
