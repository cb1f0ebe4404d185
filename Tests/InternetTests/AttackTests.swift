// What a stack does when it is flooded, and with packets that lie about its own connections.

import Internet
import Testing

@Suite("Attacks")
struct AttackTests {
  private func segment(
    _ flags: TCPFlags, port: UInt16, sequence: UInt32 = 77, acknowledgment: UInt32? = nil,
    to destination: UInt16 = 80
  ) -> [UInt8] {
    var segment = TCPSegment(
      flags, SequenceNumber(sequence), acknowledgment: acknowledgment.map { SequenceNumber($0) })
    segment.source = port
    segment.destination = destination
    segment.window = 1000
    var bytes = [UInt8](repeating: 0, count: 20)
    var span = bytes.mutableSpan
    segment.emit(
      into: &span, at: 0, from: .v4(IPv4Address(10, 0, 0, 1)), to: .v4(IPv4Address(10, 0, 0, 2)))
    return StackTests.packet(6, bytes)
  }

  @Test("a flood of SYN fills the backlog and no more; it drains by itself, and then serves again")
  func synFlood() {
    let host = Self.host { $0.tcp.usesCookies = false }
    StackTests.introduce(host)
    let isListening = host.stack.listen(80, backlog: 16)
    #expect(isListening)
    for port in UInt16(1000)..<2000 {
      _ = host.received(segment(.synchronize, port: port).span)
    }
    #expect(host.drops[.tcpBacklogFull] == 984)
    #expect(host.frames().count == 16)
    let (time, answers) = drain(host)
    #expect(answers == 16 * 6 && time < StackTests.now + .seconds(200))
    #expect(host.stack.deadline == .distantFuture)
    let event = host.stack.nextEvent()
    #expect(event == nil, "nobody was told of connections that were never up")
    let arrival = host.stack.received(segment(.synchronize, port: 5).span, at: time)
    #expect(arrival == .handled && host.drops[.tcpBacklogFull] == 984)
    #expect(host.frames(at: time).count == 1)
  }

  private static func host(_ change: (inout StackConfiguration) -> Void) -> StackTests.Host {
    var configuration = StackConfiguration(hardware: StackTests.own)
    configuration.network = IPv4Network(IPv4Address(10, 0, 0, 2), prefixLength: 24)
    change(&configuration)
    return StackTests.Host(configuration)
  }

  /// The sequence number of a frame's segment.
  private func sequence(_ frame: [UInt8]) -> UInt32 {
    frame[38..<42].reduce(0) { $0 << 8 | UInt32($1) }
  }

  @Test("with a full backlog SYN is answered and nothing kept; who acknowledges that is connected")
  func cookies() throws {
    let host = Self.host { $0.tcp.receiveLimit = 100_000 }
    StackTests.introduce(host)
    _ = host.stack.listen(80, backlog: 16)
    var answers: [UInt16: UInt32] = [:]
    for port in UInt16(1000)..<2000 {
      _ = host.received(segment(.synchronize, port: port).span)
      for frame in host.frames() {
        #expect(frame[47] == 0x12 && PacketTests.hex(frame[42..<46]) == "0000004e")
        answers[port] = sequence(frame)
        // No more than the segment size is agreed on, and the window is not scaled.
        guard port >= 1016 else { continue }
        #expect(PacketTests.hex(frame[46...]).hasPrefix("6012ffff") && frame.count == 58)
        #expect(PacketTests.hex(frame[54..<58]) == "020405b4")
      }
    }
    #expect(answers.count == 1000 && Set(answers.values).count > 990)
    #expect(host.stack.cookieCounters == SYNCookieCounters.of(sent: 984, accepted: 0))
    #expect(host.drops.total == 0)

    // Forged, of another port, of another sequence number, and with the RST bit: reset or nothing.
    let right = try #require(answers[1500])
    for (port, number, own) in [
      (1500, right &+ 2, 78), (1501, right &+ 1, 78), (1500, right &+ 1, 79), (1500, right, 78),
    ] as [(UInt16, UInt32, UInt32)] {
      _ = host.received(segment([], port: port, sequence: own, acknowledgment: number).span)
      #expect(host.frames().first?[47] == 4)
    }
    let nothing = host.stack.nextEvent()
    #expect(nothing == nil)
    _ = host.received(segment([], port: 1500, sequence: 78, acknowledgment: right &+ 1).span)
    let opened = host.stack.nextEvent()
    let event = try #require(opened)
    #expect(event.signals == .opened && event.listener == 80)
    let connection = try #require(host.stack.connection(event.connection))
    #expect(connection.state == .established && connection.name.remote.port == 1500)
    let taken = host.stack.write([1, 2, 3].span, to: event.connection)
    let frame = try #require(host.frames().first)
    #expect(taken == 3 && frame.count == 57 && sequence(frame) == right &+ 1)
    #expect(host.stack.cookieCounters == SYNCookieCounters.of(sent: 984, accepted: 1))

    // It is good for a minute or two.
    for (port, seconds, flags) in [(1600, 63, nil), (1700, 200, 4)] as [(UInt16, UInt64, UInt8?)] {
      let number = try #require(answers[port])
      let late = StackTests.now + .seconds(seconds)
      let bytes = segment([], port: port, sequence: 78, acknowledgment: number &+ 1)
      _ = host.stack.received(bytes.span, at: late)
      let event = host.stack.nextEvent()
      #expect((event?.signals == .opened) == (flags == nil), "\(seconds) s")
    }
  }

  /// Lets time pass until nothing is left to wait for; returns when, and how many segments were sent.
  private func drain(_ host: StackTests.Host) -> (Moment, Int) {
    var (time, segments) = (StackTests.now, 0)
    while host.stack.deadline != .distantFuture, time < StackTests.now + .seconds(2000) {
      time = host.stack.deadline
      host.stack.timerExpired(at: time)
      for frame in host.frames(at: time) {
        guard frame[12] == 8, frame[13] == 6 else {
          segments += 1
          continue
        }
        // The gateway is asked for again each minute, and answers.
        let answer = PacketTests.bytes(
          "020000000002 020000000001 0806 0001 0800 06 04 0002 020000000001 0a000001 "
            + "020000000002 0a000002")
        _ = host.stack.received(answer.span, at: time)
        segments += host.frames(at: time).count
      }
    }
    return (time, segments)
  }

  @Test("segments to no connection are reset, but a reset is not; a port that listens knows no ACK")
  func strays() throws {
    let host = StackTests.host()
    StackTests.introduce(host)
    _ = host.stack.listen(80)
    for (frame, flags, numbers) in [
      (segment(.synchronize, port: 5, to: 81), 0x14, "000000000000004e"),
      (segment([], port: 5, acknowledgment: 0x1234), 0x04, "0000123400000000"),
      (segment(.synchronize, port: 5, acknowledgment: 9), 0x04, "0000000900000000"),
    ] {
      _ = host.received(frame.span)
      let answer = try #require(host.frames().first)
      #expect(answer[47] == UInt8(flags) && PacketTests.hex(answer[38..<46]) == numbers)
    }
    for frame in [segment(.reset, port: 5), segment(.reset, port: 5, to: 81)] {
      _ = host.received(frame.span)
      #expect(host.frames() == [])
    }
    _ = host.received(segment([.synchronize, .finish], port: 5).span)
    #expect(host.frames() == [] && host.drops[.tcpBadFlags] == 1)
    #expect(host.drops[.tcpNoConnection] == 5)
  }

  @Test("connections are bounded, and their ends are told apart")
  func limit() {
    var configuration = StackConfiguration(hardware: StackTests.own)
    configuration.network = IPv4Network(IPv4Address(10, 0, 0, 2), prefixLength: 24)
    configuration.connectionLimit = 100
    let host = StackTests.Host(configuration)
    StackTests.introduce(host)
    _ = host.stack.listen(80, backlog: 1000)
    for port in UInt16(1000)..<1200 {
      _ = host.received(segment(.synchronize, port: port).span)
    }
    #expect(host.drops[.tcpNoRoom] == 100)
    let frames = host.frames()
    #expect(Set(frames.map { PacketTests.hex($0[36..<38]) }).count == 100)
    // Nobody can tell one connection's numbers from another's.
    #expect(Set(frames.map { PacketTests.hex($0[38..<41]) }).count == 100)
  }

  @Test("ICMP errors are limited to so many a second; echoes are answered as they come")
  func errors() {
    let host = StackTests.host()
    StackTests.introduce(host)
    var answers = 0
    for _ in 0..<200 {
      _ = host.received(
        StackTests.packet(17, PacketTests.bytes("03e8 0009 0008 0000")).span)
      answers += host.frames().count
    }
    #expect(answers == 50 && host.drops[.udpNoSocket] == 200)
  }

  @Test("a router's word on the path is taken for connections there are, for what is under way")
  func unreachable() {
    let host = StackTests.host()
    StackTests.introduce(host)
    // Of a datagram, of another host's packet, and of a connection that there is not.
    for quoted in [
      "11 0000 0a000002 0a000001", "06 0000 0a000009 0a000001", "06 0000 0a000002 0a000001",
    ] {
      let message = StackTests.summed(
        PacketTests.bytes("0304 0000 0000 0244 4500 0028 0000 4000 40 \(quoted) 0050 1388 00000000")
      )
      _ = host.received(StackTests.packet(1, message).span)
    }
    #expect(host.drops[.icmpIgnored] == 3 && host.frames() == [])
  }
}

extension SYNCookieCounters {
  static func of(sent: UInt64, accepted: UInt64) -> SYNCookieCounters {
    var counters = SYNCookieCounters()
    (counters.sent, counters.accepted) = (sent, accepted)
    return counters
  }
}
