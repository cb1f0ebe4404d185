// When a connection is given up: keep-alive (RFC 9293, section 3.8.4) and the user time-out (RFC 5482);
// and when one that is over makes room for the next (RFC 6191).

import Internet
import Testing

@Suite("Limits of TCP")
struct LimitTests {
  private func limits(_ change: (inout TCPLimits) -> Void) -> TCPLimits {
    var limits = TCPLimits()
    change(&limits)
    return limits
  }

  @Test("a silent peer is asked whether it is there, and given up if it does not answer")
  func keepAlive() {
    let talk = Conversation.accepted {
      $0.limits.keepAlive = .seconds(60)
      $0.limits.keepAliveInterval = .seconds(10)
      $0.limits.keepAliveTries = 3
    }
    #expect(talk.pass(.seconds(59)) == [])
    // What is not in the window has to be answered; it is one before what is expected.
    #expect(talk.pass(.seconds(2)) == ["a1001"])
    talk.receive()
    #expect(talk.pass(.seconds(59)) == [])
    #expect(talk.pass(.seconds(25)) == ["a1001", "a1001", "a1001"])
    #expect(talk.connection.state == .established)
    let last = talk.pass(.seconds(10))
    #expect(last == ["RA301 a1001"] && talk.connection.closeReason == .timedOut)
    #expect(talk.connection.deadline == .distantFuture)
    // Without it nobody is ever asked.
    let silent = Conversation.accepted()
    #expect(silent.pass(.seconds(100_000)) == [] && silent.connection.state == .established)
  }

  @Test("it can be switched on and off for one connection")
  func keepAliveOfOne() {
    let talk = Conversation.accepted()
    talk.connection.setLimits(limits { $0.keepAlive = .seconds(5) }, at: talk.now)
    #expect(talk.pass(.seconds(6)) == ["a1001"])
    talk.connection.setLimits(TCPLimits(), at: talk.now)
    #expect(talk.pass(.seconds(5000)) == [] && talk.connection.closeReason == nil)
  }

  @Test(
    "data that stays unacknowledged for the user's time-out ends the connection, then and not later"
  )
  func userTimeout() {
    let talk = Conversation.accepted { $0.limits.userTimeout = .seconds(10) }
    _ = talk.write(100)
    let start = talk.now
    _ = talk.pass(.seconds(9))
    #expect(talk.connection.closeReason == nil)
    _ = talk.pass(.seconds(1))
    #expect(talk.connection.closeReason == .timedOut && talk.now - start == .seconds(10))
    // Each acknowledgment begins it anew.
    let other = Conversation.accepted { $0.limits.userTimeout = .seconds(10) }
    for step in 1...5 {
      _ = other.write(100)
      _ = other.pass(.seconds(7))
      other.receive(acknowledges: 301 + 100 * step)
    }
    #expect(other.connection.closeReason == nil)
  }

  @Test("a window that is held closed for ever ends with the user's time-out, and without goes on")
  func closedWindow() {
    for (timeout, isOver) in [(Interval.seconds(30), true), (nil, false)] as [(Interval?, Bool)] {
      let talk = Conversation.accepted(window: 100) { $0.limits.userTimeout = timeout }
      _ = talk.write(300)
      _ = talk.sent()
      talk.receive(acknowledges: 401, window: 0)
      for _ in 0..<100 where talk.connection.closeReason == nil {
        _ = talk.pass(.seconds(3))
        talk.receive(window: 0)
      }
      #expect((talk.connection.closeReason == .timedOut) == isOver)
    }
  }

  @Test("of a segment that is larger than the memory left, what fits is taken and acknowledged")
  func partly() {
    let talk = Conversation.accepted(mss: 9000)
    var segment = TCPSegment(
      [], SequenceNumber(1001), acknowledgment: SequenceNumber(301))
    segment.payloadLength = 5000
    let data = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
    let first = talk.connection.segmentArrived(segment, data.span, memory: 2048, at: talk.now)
    #expect(first == .tcpNoMemory && talk.connection.readableCount == 2048)
    #expect(talk.sent() == ["a3049"])
    let again = talk.connection.segmentArrived(segment, data.span, memory: 0, at: talk.now)
    #expect(again == .tcpNoMemory && talk.connection.readableCount == 2048)
    let rest = talk.connection.segmentArrived(segment, data.span, memory: 8192, at: talk.now)
    #expect(rest == nil && talk.connection.readableCount == 5000)
    var got = [UInt8](repeating: 0, count: 5000)
    var span = got.mutableSpan
    let count = talk.connection.read(into: &span)
    #expect(count == 5000 && got == data)
  }

  /// A stack with a connection in TIME-WAIT to port 5000 of its peer, whose last sequence number was
  /// 1002 and last timestamp 500, if it has any.
  private func waiting(
    timestamps: Bool
  ) throws -> (host: StackTests.Host, answer: (number: SequenceNumber, timestamp: UInt32?)) {
    let host = StackTests.host()
    StackTests.introduce(host)
    _ = host.stack.listen(80)
    _ = host.received(segment(.synchronize, 1000, timestamp: timestamps ? 499 : nil).span)
    let answer = try #require(host.frames().first)
    let number = answer[38..<42].reduce(0) { $0 << 8 | UInt32($1) }
    _ = host.received(segment([], 1001, number &+ 1, timestamp: timestamps ? 499 : nil).span)
    let opened = host.stack.nextEvent()
    let event = try #require(opened)
    host.stack.finish(event.connection, at: StackTests.now)
    _ = host.frames()
    _ = host.received(segment(.finish, 1001, number &+ 2, timestamp: timestamps ? 500 : nil).span)
    _ = host.frames()
    #expect(host.stack.connection(event.connection)?.state == .timeWait)
    return (host, (SequenceNumber(number), Self.timestamp(in: answer)))
  }

  /// The value of the timestamps option (kind 8) of a segment in a frame, if it has one.
  private static func timestamp(in frame: [UInt8]) -> UInt32? {
    var at = 54
    while at + 10 <= min(34 + Int(frame[46] >> 4) * 4, frame.count) {
      switch frame[at] {
      case 8: return frame[at + 2..<at + 6].reduce(0) { $0 << 8 | UInt32($1) }
      case 1: at += 1
      default: at += max(Int(frame[at + 1]), 2)
      }
    }
    return nil
  }

  private func segment(
    _ flags: TCPFlags, _ sequence: UInt32, _ acknowledgment: UInt32? = nil, timestamp: UInt32?
  ) -> [UInt8] {
    var segment = TCPSegment(
      flags, SequenceNumber(sequence), acknowledgment: acknowledgment.map { SequenceNumber($0) })
    (segment.source, segment.destination, segment.window) = (5000, 80, 1000)
    segment.options.timestamps = timestamp.map { TCPTimestamps(value: $0, echo: 0) }
    var bytes = [UInt8](repeating: 0, count: 20 + segment.options.length)
    var span = bytes.mutableSpan
    segment.emit(
      into: &span, at: 0, from: .v4(IPv4Address(10, 0, 0, 1)), to: .v4(IPv4Address(10, 0, 0, 2)))
    return StackTests.packet(6, bytes)
  }

  @Test(
    "a connection in TIME-WAIT makes room for a SYN that is later by timestamp or sequence number",
    arguments: [
      (true, 501, 10, true), (true, 500, 10, false), (true, 500, 5000, true),
      (true, 499, 5000, false),
      (true, nil, 5000, true), (true, nil, 10, false), (false, 7, 5000, true),
      (false, 7, 10, false),
      (false, nil, 5000, true), (false, nil, 10, false),
    ] as [(Bool, UInt32?, UInt32, Bool)])
  func succession(_ had: Bool, _ timestamp: UInt32?, _ sequence: UInt32, _ isTaken: Bool) throws {
    let (host, before) = try waiting(timestamps: had)
    while host.stack.nextEvent() != nil {}
    _ = host.received(segment(.synchronize, sequence, timestamp: timestamp).span)
    let answer = host.frames().first
    #expect((answer?[47] == 0x12) == isTaken, "\(String(describing: answer?[47]))")
    guard isTaken, let answer else { return }
    // Its numbers begin beyond those of the one before (RFC 9293, section 3.6.1), which sent SYN and FIN
    // at the same moment; its timestamps go on from there.
    let number = SequenceNumber(answer[38..<42].reduce(0) { $0 << 8 | UInt32($1) })
    #expect(number > before.number + 1)
    if had, timestamp != nil { #expect(Self.timestamp(in: answer) == before.timestamp) }
  }

  @Test("nobody takes a connection's place before its user has been told of its end")
  func untold() throws {
    let (host, _) = try waiting(timestamps: true)
    _ = host.received(segment(.synchronize, 5000, timestamp: 501).span)
    #expect(host.frames().first?[47] == 0x10)
    let told = host.stack.nextEvent()
    #expect(told?.signals.contains(.finished) == true)
    _ = host.received(segment(.synchronize, 5000, timestamp: 501).span)
    #expect(host.frames().first?[47] == 0x12)
  }
}
