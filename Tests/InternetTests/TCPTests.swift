// The state machine by hand-made segments: opening, data, closing, and what an attacker may send.

import Internet
import Testing

@Suite("TCP")
struct TCPTests {
  @Test("an active open offers all options, and answers what the peer agrees to")
  func connect() {
    let talk = Conversation(
      TCPConnection(
        connecting: Conversation.name, initialSequence: SequenceNumber(300), TCPConfiguration(),
        at: Moment(microseconds: 50_000_000)))
    let syn = talk.connection.nextSegment(at: talk.now)
    #expect(syn.map(Conversation.text) == "S300")
    #expect(syn?.options.maximumSegmentSize == 1460 && syn?.options.windowScale == 1)
    #expect(syn?.options.permitsSACK == true && syn?.options.timestamps != nil)
    #expect(talk.sent() == [])
    #expect(talk.receive(at: 1000, acknowledges: 301, flags: .synchronize) == nil)
    #expect(talk.connection.state == .established && talk.connection.takeSignals() == .opened)
    let answer = talk.connection.nextSegment(at: talk.now)
    #expect(answer.map(Conversation.text) == "a1001")
    // The peer sent no timestamps and no scale.
    #expect(answer?.options == TCPOptions() && answer?.window == 65_535)
  }

  @Test("SYN is sent again at growing distances, and given up")
  func synTimeout() {
    let talk = Conversation(
      TCPConnection(
        connecting: Conversation.name, initialSequence: SequenceNumber(300), TCPConfiguration(),
        at: Moment(microseconds: 50_000_000)))
    #expect(talk.pass(.milliseconds(999)) == ["S300"])
    #expect(talk.pass(.milliseconds(1)) == ["S300"])
    #expect(talk.pass(.seconds(2)) == ["S300"])
    #expect(talk.pass(.seconds(4)) == ["S300"])
    #expect(talk.pass(.seconds(200)) == ["S300", "S300", "S300"])
    #expect(talk.connection.isOver && talk.connection.closeReason == .timedOut)
  }

  @Test("a port that refuses ends the attempt; a stray acknowledgment is reset, and does not")
  func refused() {
    let talk = Conversation(
      TCPConnection(
        connecting: Conversation.name, initialSequence: SequenceNumber(300), TCPConfiguration(),
        at: Moment(microseconds: 50_000_000)))
    _ = talk.sent()
    #expect(talk.receive(at: 5, acknowledges: 99) == .tcpBadAcknowledgment)
    #expect(talk.sent() == ["R99"])
    #expect(talk.receive(at: 5, acknowledges: 99, flags: .reset) == .tcpBadAcknowledgment)
    #expect(talk.receive(at: 5, flags: .reset, noAcknowledgment: true) == .tcpBadFlags)
    #expect(talk.connection.state == .synSent)
    #expect(talk.receive(at: 0, acknowledges: 301, flags: .reset) == nil)
    #expect(talk.connection.closeReason == .refused && talk.sent() == [])
  }

  @Test("both ends open at the same time")
  func simultaneousOpen() {
    let talk = Conversation(
      TCPConnection(
        connecting: Conversation.name, initialSequence: SequenceNumber(300), TCPConfiguration(),
        at: Moment(microseconds: 50_000_000)))
    #expect(talk.sent() == ["S300"])
    #expect(talk.receive(at: 1000, flags: .synchronize, noAcknowledgment: true) == nil)
    #expect(talk.sent() == ["SA300 a1001"])
    #expect(talk.receive(acknowledges: 301) == nil)
    #expect(talk.connection.state == .established)
  }

  @Test("data is acknowledged at the second full segment, or after 40 ms")
  func delayedAcknowledgment() {
    let talk = Conversation.accepted()
    #expect(talk.receive(1000) == nil && talk.sent() == [])
    #expect(talk.receive(1000) == nil && talk.sent() == ["a3001"])
    #expect(talk.receive(10) == nil)
    #expect(talk.pass(.milliseconds(39)) == [])
    #expect(talk.pass(.milliseconds(1)) == ["a3011"])
    #expect(talk.pass(.seconds(100)) == [])
    let bytes = talk.read()
    #expect(bytes == (1001..<3011).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test("data carries the acknowledgment, in segments that the peer takes, within its window")
  func send() {
    let talk = Conversation.accepted(window: 2500)
    #expect(talk.receive(10, window: 2500) == nil)
    #expect(talk.write(4000) == 4000)
    // The 500 that the window has left are not worth a segment (RFC 9293, section 3.8.6.2.1).
    #expect(talk.sent() == ["301+1000 a1011", "1301+1000 a1011"])
    #expect(talk.receive(acknowledges: 2301, window: 1500) == nil)
    #expect(talk.sent() == ["2301+1000 a1011"])
    #expect(talk.receive(acknowledges: 3301, window: 1500) == nil)
    #expect(talk.sent() == ["3301+1000 a1011"])
  }

  @Test("out of order: each segment is acknowledged at once, with what is there beyond the gap")
  func outOfOrder() {
    let talk = Conversation.accepted(sack: true)
    #expect(talk.receive(100, at: 1101) == nil && talk.sent() == ["a1001 [1101,1201)"])
    #expect(talk.receive(100, at: 1301) == nil && talk.sent() == ["a1001 [1301,1401) [1101,1201)"])
    #expect(talk.receive(100, at: 1201) == nil && talk.sent() == ["a1001 [1101,1401)"])
    #expect(talk.connection.takeSignals() == [])
    #expect(talk.receive(100, at: 1001) == nil && talk.sent() == ["a1401"])
    #expect(talk.connection.takeSignals() == .readable)
    #expect(talk.read() == (1001..<1401).map { UInt8(truncatingIfNeeded: $0) })
    #expect(talk.receive(100, at: 1001) == .tcpDuplicate && talk.sent() == ["a1401"])
    // Half of it is new.
    #expect(talk.receive(200, at: 1301) == nil)
    #expect(talk.read() == (1401..<1501).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test("FIN waits for its place in the window, and a closed window is probed for it")
  func finishInWindow() {
    let talk = Conversation.accepted(window: 10)
    #expect(talk.write(10) == 10)
    talk.connection.finish(at: talk.now)
    // The window is full: FIN would be the eleventh number.
    #expect(talk.sent() == ["301+10 a1001"])
    #expect(talk.receive(acknowledges: 311, window: 0) == nil)
    #expect(talk.sent() == [])
    // What is not in the window must be answered.
    #expect(talk.pass(.seconds(3)).first == "a1001")
    #expect(talk.receive(acknowledges: 311, window: 1) == nil)
    #expect(talk.sent() == ["FA311 a1001"])
    #expect(talk.receive(acknowledges: 312, window: 1) == nil)
    #expect(talk.connection.state == .finWait2)
  }

  @Test("the window closes, is probed, and opens when it is worth a segment")
  func zeroWindow() {
    let talk = Conversation.accepted { $0.receiveLimit = 3000 }
    #expect(talk.receive(1000) == nil && talk.receive(1000) == nil && talk.receive(1000) == nil)
    let closed = talk.connection.nextSegment(at: talk.now)
    #expect(closed?.window == 0 && closed?.acknowledgment.value == 4001)
    #expect(talk.receive(1) == .tcpOutsideWindow && talk.sent() == ["a4001"])
    #expect(talk.read(500).count == 500 && talk.sent() == [])
    #expect(talk.read(1000).count == 1000)
    let opened = talk.connection.nextSegment(at: talk.now)
    #expect(opened?.window == 1500)
  }

  @Test("a window that stays closed is probed at growing distances for ever while the peer answers")
  func probes() {
    let talk = Conversation.accepted(window: 0)
    #expect(talk.write(100) == 100)
    var probes = 0
    for _ in 0..<200 {
      let sent = talk.pass(.seconds(60))
      probes += sent.count
      // Before the window: an answer is owed.
      #expect(sent.allSatisfy { $0 == "a1001" })
      #expect(talk.receive(window: 0) == nil)
    }
    #expect((150...600).contains(probes), "\(probes)")
    #expect(talk.receive(window: 60_000) == nil)
    #expect(talk.sent() == ["301+100 a1001"])
  }

  @Test("fast retransmit after three duplicates, the rest by partial acknowledgments (NewReno)")
  func newReno() {
    let talk = Conversation.accepted()
    #expect(talk.write(10_000) == 10_000)
    #expect(talk.sent().count == 10)
    // The segments at 301 and 2301 are lost; the other eight make duplicates.
    #expect(talk.receive() == nil && talk.receive() == nil)
    #expect(talk.sent() == [])
    #expect(talk.receive() == nil)
    #expect(talk.sent() == ["301+1000 a1001"])
    for _ in 0..<5 { #expect(talk.receive() == nil) }
    #expect(talk.sent() == [])
    #expect(talk.receive(acknowledges: 2301) == nil)
    #expect(talk.sent() == ["2301+1000 a1001"])
    #expect(talk.receive(acknowledges: 10_301) == nil)
    #expect(talk.sent() == [] && talk.connection.deadline == .distantFuture)
    #expect(talk.connection.statistics.recoveries == 1)
  }

  @Test("selective acknowledgments: what is missing is sent again, and nothing else")
  func sack() {
    let talk = Conversation.accepted(sack: true)
    #expect(talk.write(10_000) == 10_000)
    #expect(talk.sent().count == 10)
    // Lost: 301, 3301 and 4301.
    #expect(talk.receive(sacks: [(1301, 2301)]) == nil)
    #expect(talk.receive(sacks: [(1301, 3301)]) == nil && talk.sent() == [])
    #expect(talk.receive(sacks: [(5301, 6301), (1301, 3301)]) == nil)
    #expect(talk.sent() == ["301+1000 a1001"])
    #expect(talk.receive(sacks: [(5301, 7301), (1301, 3301)]) == nil)
    #expect(talk.receive(sacks: [(5301, 8301), (1301, 3301)]) == nil)
    #expect(talk.sent() == ["3301+1000 a1001", "4301+1000 a1001"])
    #expect(talk.receive(sacks: [(5301, 10_301), (1301, 3301)]) == nil && talk.sent() == [])
    #expect(talk.receive(acknowledges: 3301, sacks: [(5301, 10_301)]) == nil)
    #expect(talk.receive(acknowledges: 10_301) == nil && talk.sent() == [])
    #expect(talk.connection.statistics.retransmissions == 3)
    #expect(talk.connection.unacknowledgedCount == 0)
  }

  @Test("after a time-out one segment, then more as acknowledgments come; time-outs double")
  func timeout() {
    let talk = Conversation.accepted()
    #expect(talk.write(5000) == 5000 && talk.sent().count == 5)
    #expect(talk.pass(.milliseconds(1000)) == ["301+1000 a1001"])
    #expect(talk.pass(.milliseconds(1999)) == [])
    #expect(talk.pass(.milliseconds(1)) == ["301+1000 a1001"])
    #expect(talk.receive(acknowledges: 1301) == nil)
    #expect(talk.sent() == ["1301+1000 a1001", "2301+1000 a1001"])
    #expect(talk.receive(acknowledges: 5301) == nil)
    #expect(talk.sent() == [] && talk.connection.statistics.timeouts == 2)
  }

  @Test("this end finishes first: FIN after the data, then TIME-WAIT, which answers a late FIN")
  func activeClose() {
    let talk = Conversation.accepted()
    #expect(talk.write(100) == 100)
    talk.connection.finish(at: talk.now)
    #expect(talk.write(1) == 0)
    #expect(talk.sent() == ["FA301+100 a1001"] && talk.connection.state == .finWait1)
    #expect(talk.receive(acknowledges: 402) == nil && talk.connection.state == .finWait2)
    #expect(talk.receive(50) == nil && talk.read().count == 50)
    #expect(talk.receive(flags: .finish) == nil && talk.connection.state == .timeWait)
    #expect(talk.sent() == ["a1052"])
    #expect(talk.connection.takeSignals() == [.readable, .finished, .closed])
    #expect(talk.pass(.seconds(59)) == [])
    #expect(talk.receive(at: 1051, flags: .finish) == .tcpDuplicate && talk.sent() == ["a1052"])
    #expect(talk.receive(at: 1052, flags: .reset) != nil && talk.connection.state == .timeWait)
    #expect(talk.pass(.seconds(59)) == [] && !talk.connection.isOver)
    #expect(talk.pass(.seconds(1)) == [] && talk.connection.isOver)
    #expect(talk.connection.closeReason == .finished && talk.connection.takeSignals() == [])
  }

  @Test("the other end finishes first, and this one says all it has to say")
  func passiveClose() {
    let talk = Conversation.accepted()
    #expect(talk.receive(5, flags: .finish) == nil && talk.connection.state == .closeWait)
    #expect(talk.sent() == ["a1007"])
    #expect(talk.connection.takeSignals() == [.readable, .finished] && !talk.connection.isAtEnd)
    #expect(talk.read().count == 5 && talk.connection.isAtEnd)
    #expect(talk.write(2500) == 2500)
    talk.connection.finish(at: talk.now)
    #expect(talk.sent() == ["301+1000 a1007", "1301+1000 a1007", "FA2301+500 a1007"])
    #expect(talk.receive(acknowledges: 2802) == nil)
    #expect(talk.connection.isOver && talk.connection.closeReason == .finished)
  }

  @Test("both ends finish at the same time; a FIN before its data waits for it")
  func simultaneousClose() {
    let talk = Conversation.accepted()
    talk.connection.finish(at: talk.now)
    #expect(talk.sent() == ["FA301 a1001"])
    #expect(talk.receive(10, at: 1011, flags: .finish) == nil)
    #expect(talk.connection.state == .finWait1 && talk.sent() == ["a1001"])
    #expect(talk.receive(10, at: 1001) == nil)
    #expect(talk.connection.state == .closing && talk.sent() == ["a1022"])
    #expect(talk.receive(at: 1022, acknowledges: 302) == nil)
    #expect(talk.connection.state == .timeWait)
  }

  @Test("who closes with something unread, or gets more afterwards, says so by a reset")
  func closeInVain() {
    var talk = Conversation.accepted()
    #expect(talk.receive(10) == nil)
    talk.connection.close(at: talk.now)
    #expect(talk.sent() == ["RA301 a1011"] && talk.connection.closeReason == .aborted)
    talk = Conversation.accepted()
    talk.connection.close(at: talk.now)
    #expect(talk.sent() == ["FA301 a1001"])
    #expect(talk.receive(10) == .tcpAfterClose && talk.sent() == ["RA302 a1001"])
    #expect(talk.connection.isOver)
    talk = Conversation.accepted()
    talk.connection.close(at: talk.now)
    #expect(talk.sent().count == 1 && talk.receive(acknowledges: 302) == nil)
    #expect(talk.connection.state == .finWait2)
    #expect(talk.pass(.seconds(60)) == [] && talk.connection.isOver, "half open for ever")
  }

  // MARK: RFC 5961, RFC 7323

  @Test(
    "only a reset at exactly the expected number ends a connection; another in the window is asked about"
  )
  func resets() {
    let talk = Conversation.accepted()
    #expect(talk.receive(at: 1002, flags: .reset) == .tcpChallenged && talk.sent() == ["a1001"])
    #expect(talk.receive(at: 1002, flags: .reset) == .tcpChallenged && talk.sent() == [])
    #expect(talk.receive(at: 900, flags: .reset) == .tcpOutsideWindow && talk.sent() == [])
    #expect(talk.receive(at: 900_000, flags: .reset) == .tcpOutsideWindow)
    #expect(talk.pass(.milliseconds(100)) == [])
    #expect(talk.receive(at: 1003, flags: .reset) == .tcpChallenged && talk.sent() == ["a1001"])
    #expect(talk.receive(at: 1001, flags: .reset) == nil)
    #expect(talk.connection.closeReason == .reset && talk.connection.isOver)
  }

  @Test("a SYN into a connection, and acknowledgments of what was never sent, change nothing")
  func strays() {
    let talk = Conversation.accepted()
    #expect(talk.receive(at: 1001, flags: .synchronize) == .tcpChallenged)
    #expect(talk.sent() == ["a1001"])
    #expect(talk.pass(.milliseconds(100)) == [])
    #expect(talk.receive(5, at: 1001, acknowledges: 302) == .tcpBadAcknowledgment)
    #expect(talk.sent() == ["a1001"] && talk.connection.readableCount == 0)
    talk.acknowledged = 301
    #expect(talk.pass(.milliseconds(100)) == [])
    #expect(talk.receive(5, at: 1001, acknowledges: 301 - 60_001) == .tcpBadAcknowledgment)
    #expect(talk.receive(5, at: 1001, noAcknowledgment: true) == .tcpBadFlags)
    #expect(talk.receive(5, at: 200_000) == .tcpOutsideWindow)
    #expect(talk.receive(5) == nil && talk.connection.state == .established)
  }

  @Test("selective acknowledgments of nonsense are not believed")
  func wrongSACK() {
    let talk = Conversation.accepted(sack: true)
    #expect(talk.write(3000) == 3000 && talk.sent().count == 3)
    for (start, end) in [(301, 9000), (5, 301), (1301, 1301), (2301, 1301), (9000, 9001)] {
      #expect(talk.receive(sacks: [(start, end)]) == nil)
    }
    #expect(talk.sent() == [] && talk.connection.statistics.recoveries == 0)
  }

  @Test(
    "a segment with an old timestamp is dropped, and answered; one that is idle for weeks is not")
  func oldTimestamps() {
    let talk = Conversation.accepted(timestamp: 5000)
    #expect(talk.receive(10, timestamp: 5001) == nil)
    #expect(talk.receive(10, timestamp: 5000) == .tcpOldTimestamp && talk.sent() == ["a1011"])
    #expect(talk.receive(10, timestamp: 5001) == nil)
    #expect(talk.connection.readableCount == 20)
    talk.now = talk.now + .seconds(25 * 24 * 3600)
    #expect(talk.receive(10, timestamp: 77) == nil && talk.connection.readableCount == 30)
  }

  @Test("a SYN that comes again is answered again; its acknowledgment out of range is reset")
  func halfOpen() {
    var syn = TCPSegment(.synchronize, SequenceNumber(1000))
    syn.window = 1000
    let talk = Conversation(
      TCPConnection(
        accepting: syn, Conversation.name, initialSequence: SequenceNumber(300),
        TCPConfiguration(), at: Moment(microseconds: 50_000_000)))
    #expect(talk.sent() == ["SA300 a1001"])
    #expect(talk.receive(at: 1000, flags: .synchronize, noAcknowledgment: true) == .tcpDuplicate)
    #expect(talk.sent() == ["SA300 a1001"])
    #expect(talk.receive(acknowledges: 500) == .tcpBadAcknowledgment && talk.sent() == ["R500"])
    talk.acknowledged = 301
    // What the user wrote and finished before it was up goes out afterwards.
    #expect(talk.write(5) == 5)
    talk.connection.finish(at: talk.now)
    #expect(talk.sent() == [])
    #expect(talk.receive() == nil && talk.sent() == ["FA301+5 a1001"])
  }

  @Test("a path that takes less gets less, but not next to nothing; only for what is under way")
  func pathMTU() {
    let talk = Conversation.accepted(mss: 1460)
    #expect(talk.write(1400) == 1400 && talk.sent() == ["301+1400 a1001"])
    talk.connection.pathTookOnly(700, sequence: SequenceNumber(5000), at: talk.now)
    #expect(talk.sent() == [])
    talk.connection.pathTookOnly(700, sequence: SequenceNumber(301), at: talk.now)
    #expect(talk.sent() == ["301+660 a1001", "961+660 a1001", "1621+80 a1001"])
    talk.connection.pathTookOnly(60, sequence: SequenceNumber(301), at: talk.now)
    #expect(talk.sent() == ["301+512 a1001", "813+512 a1001", "1325+376 a1001"])
  }

  @Test("a peer that takes one byte a segment gets 64")
  func tinySegments() {
    let talk = Conversation.accepted(mss: 1)
    #expect(talk.write(100) == 100)
    #expect(talk.sent() == ["301+64 a1001", "365+36 a1001"])
  }

  @Test("the time-out follows the round trip (RFC 6298), and nonsense does not move it far")
  func roundTrip() {
    var estimate = RoundTripTime()
    #expect(estimate.timeout == .seconds(1))
    estimate.measured(.milliseconds(100))
    #expect(estimate.timeout == .milliseconds(300))
    estimate.measured(.milliseconds(100))
    estimate.measured(.milliseconds(500))
    // RTTVAR 50, 37.5, then 3/4 x 37.5 + 100 = 128.125; SRTT 150.
    #expect(estimate.timeout == Interval(microseconds: 150_000 + 4 * 128_125))
    for _ in 0..<20 { estimate.timedOut() }
    #expect(estimate.timeout == RoundTripTime.ceiling)
    estimate.measured(.seconds(1_000_000))
    #expect(estimate.timeout <= RoundTripTime.ceiling)
  }
}
