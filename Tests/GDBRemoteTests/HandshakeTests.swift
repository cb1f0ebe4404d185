internal import Bytes
internal import GDBRemote
internal import Testing

@Suite("The first questions")
struct HandshakeTests {
  /// Plays a stub that answers from a table, and returns the questions in order.
  private func play(
    _ answers: [String: String], otherwise: String = ""
  ) -> (questions: [String], introduction: Introduction?) {
    var handshake = Handshake()
    var step = handshake.started()
    var questions: [String] = []
    while questions.count < 100 {
      switch step {
      case .complete: return (questions, handshake.introduction)
      case .failed: return (questions, nil)
      case .submit(let request):
        let question = text(request)
        questions.append(question)
        let key = answers.keys.first { question.hasPrefix($0) }
        let answer = bytes(key.flatMap { answers[$0] } ?? otherwise)
        if request.reply == .stopNow, let reply = StopReply(answer) {
          step = handshake.stopped(reply)
        } else {
          step = handshake.answered(Answer(answer))
        }
      }
    }
    return (questions, nil)
  }

  private let description = """
    <target><architecture>i386:x86-64</architecture><reg name="rip" bitsize="64"/></target>
    """

  @Test("QEMU is known by its step flags, and described before anything else is asked of it")
  func qemu() {
    let (questions, introduction) = play([
      "qSupported": "PacketSize=1000;qXfer:features:read+;vContSupported+;multiprocess+",
      "vCont?": "vCont;c;C;s;S", "qqemu.sstepbits": "ENABLE=1,NOIRQ=2,NOTIMER=4",
      "qXfer:features:read:target.xml:0": "l" + description, "?": "T05thread:p01.01;",
    ])
    #expect(
      questions.map { String($0.prefix(15)) } == [
        "qSupported:mult", "vCont?", "qqemu.sstepbits", "Hg0", "qXfer:features:", "?",
      ])
    #expect(introduction?.kind == .qemu)
    #expect(introduction?.quirks == .qemu)
    #expect(introduction?.features.packetSize == 4096)
    #expect(introduction?.description.registers.map(\.name) == ["rip"])
    #expect(introduction?.wasRunning == false)
    #expect(introduction?.features.capabilities.contains(.rangeStep) == false)
  }

  @Test("gdbserver is asked for its process, and not taken for QEMU")
  func gdbserver() {
    let entry = "\u{09}\0\0\0\0\0\0\0\u{40}\u{10}\0\0\0\0\0\0"
    let (questions, introduction) = play([
      "qSupported":
        "PacketSize=47ff;QStartNoAckMode+;multiprocess+;qXfer:auxv:read+;"
        + "qXfer:exec-file:read+;qXfer:threads:read+;qXfer:features:read+;swbreak+",
      "QStartNoAckMode": "OK", "vCont?": "vCont;c;C;s;S;t;r",
      "qXfer:features:read:target.xml:0": "l" + description, "?": "T05swbreak:;thread:p1.1;",
      "qXfer:auxv": "l" + entry, "qXfer:exec-file": "l/bin/true",
    ])
    #expect(questions.contains("QStartNoAckMode"))
    #expect(introduction?.kind == .gdbserver)
    #expect(introduction?.quirks == [])
    #expect(introduction?.entry == Address(0x1040))
    #expect(introduction?.executable == bytes("/bin/true"))
    #expect(introduction?.features.capabilities.contains(.rangeStep) == true)
  }

  @Test("a stub that knows next to nothing is asked no more than it knows")
  func minimal() {
    let (questions, introduction) = play(["?": "S05"])
    #expect(questions.count == 5)
    #expect(introduction?.kind == .other)
    #expect(introduction?.stop == .stopped(.init(signal: 5)))
  }

  @Test("a description that cannot be fetched or read does not end in silence")
  func badDescription() {
    let supported = ["qSupported": "qXfer:features:read+", "?": "S05"]
    let none = play(supported.merging(["qXfer:features": "E00"]) { $1 })
    #expect(none.introduction?.description.registers == [])
    let bad = play(supported.merging(["qXfer:features": "l<target"]) { $1 })
    #expect(bad.introduction == nil)
    let endless = play(supported.merging(["qXfer:features": "l<xi:include href=\"x\"/>"]) { $1 })
    #expect(endless.introduction == nil)
    #expect(endless.questions.count < 50)
  }

  @Test("something that is no stub is refused")
  func noStub() {
    #expect(play(["qSupported": "E01"]).introduction == nil)
    #expect(play([:], otherwise: "HTTP/1.1 400").introduction == nil)
  }
}
