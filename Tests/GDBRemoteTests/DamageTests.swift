internal import Bytes
internal import GDBRemote
internal import Testing

private func read(_ number: UInt64) -> Request { .readMemory(at: Address(number), count: 1) }

@Suite("A link that loses and damages")
struct DamageTests {
  @Test("a rejected packet is sent again, so many times at most")
  func rejected() {
    var talk = Conversation(isReliable: false)
    talk.submit(read(1))
    _ = talk.sent()
    for _ in 0..<Client.mostAttempts { #expect(talk.hear(bytes("-")) == frame("m1,1")) }
    #expect(talk.client.statistics.retransmissions == Client.mostAttempts)
    talk.hear(bytes("-"))
    #expect(talk.told == [.lost(.damaged)])
    #expect(talk.client.submitted(read(1)) == .failure(.ended))
  }

  @Test("of several under way, the rejected one's answer comes last")
  func rejectedAmongOthers() {
    var talk = Conversation(quirks: .qemu, isReliable: false)
    let tickets = (0..<3).compactMap { talk.submit(read(UInt64($0))) }
    _ = talk.sent()
    #expect(talk.hear(bytes("+-+")) == frame("m1,1"))
    talk.hear(packets: "00", "02", "01")
    #expect(
      talk.told == [
        .answered(tickets[0], Answer(bytes("00"))), .answered(tickets[2], Answer(bytes("02"))),
        .answered(tickets[1], Answer(bytes("01"))),
      ])
  }

  @Test("on a reliable link a rejection is about somebody else's packet")
  func rejectedOnSocket() {
    var talk = Conversation()
    talk.submit(read(1))
    _ = talk.sent()
    #expect(talk.hear(bytes("-")) == "")
    talk.hear(bytes("+") + packet("aa"))
    #expect(talk.answers == ["aa"])
  }

  @Test("a damaged answer is asked for again")
  func damaged() {
    var talk = Conversation(isReliable: false)
    talk.submit(read(1))
    _ = talk.sent()
    #expect(talk.hear(bytes("+$ab#00")) == "-")
    talk.hear(packets: "ab")
    #expect(talk.answers == ["ab"])
  }

  @Test("a damaged answer among several is asked for anew, and the others stay in place")
  func damagedAmongOthers() {
    var talk = Conversation(acknowledges: false)
    let tickets = (0..<2).compactMap { talk.submit(read(UInt64($0))) }
    _ = talk.sent()
    #expect(talk.hear(bytes("$00#00") + packet("01")) == frame("m0,1"))
    talk.hear(packets: "00")
    #expect(
      talk.told == [
        .answered(tickets[1], Answer(bytes("01"))), .answered(tickets[0], Answer(bytes("00"))),
      ])
  }

  @Test("what must not be done twice is not asked for again")
  func notRepeatable() {
    var talk = Conversation(acknowledges: false)
    talk.submit(.monitor(bytes("x")))
    _ = talk.sent()
    talk.hear(bytes("$OK#00"))
    #expect(talk.told == [.lost(.damaged)])
  }

  @Test("a packet that may be lost is sent again after a time-out, on a link that loses")
  func timeOut() {
    var talk = Conversation(isReliable: false)
    talk.submit(read(1))
    _ = talk.sent()
    for _ in 0..<Client.mostAttempts {
      talk.client.timedOut()
      #expect(talk.sent() == frame("m1,1"))
    }
    talk.client.timedOut()
    _ = talk.sent()
    #expect(talk.told == [.lost(.noAnswer)])
  }

  @Test("no answer on a reliable link, or after an acknowledgement, is the end")
  func noAnswer() {
    for isReliable in [true, false] {
      var talk = Conversation(isReliable: isReliable)
      talk.submit(read(1))
      _ = talk.sent()
      if !isReliable { talk.hear(bytes("+")) }
      talk.client.timedOut()
      _ = talk.sent()
      #expect(talk.told == [.lost(.noAnswer)])
      talk.hear(packets: "aa")
      #expect(talk.answers == [])
    }
  }

  @Test("an answer beyond all bounds counts as none, and the next one is in place")
  func oversize() {
    var talk = Conversation(acknowledges: false)
    talk.submit(read(0))
    talk.submit(read(1))
    _ = talk.sent()
    let long = String(repeating: "0", count: Features.largestPacket + 1)
    talk.hear(packets: long, "01")
    #expect(talk.answers == ["", "01"])
  }
}
