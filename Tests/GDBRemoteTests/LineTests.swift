internal import Bytes
internal import GDBRemote
internal import Testing

private func read(_ number: UInt64) -> Request { .readMemory(at: Address(number), count: 1) }
private let go = Request.resume([ContinueAction(.cont)])

@Suite("A serial line, from the client's end")
struct LineTests {
  private func conversation() -> Conversation {
    Conversation(.threadContinue, isReliable: false)
  }

  @Test("a late answer is asked for again, and the next request waits until all is silent")
  func late() {
    var talk = conversation()
    talk.submit(read(1))
    talk.submit(read(2))
    #expect(talk.sent() == frame("m1,1"))
    #expect(talk.asksAgain() == true)
    #expect(talk.sent() == frame("m1,1"))
    #expect(talk.hear(bytes("+") + packet("01")) == "+")
    #expect(talk.client.isSettling)
    // The second answer to the first request is nobody's.
    talk.hear(bytes("+") + packet("01"))
    #expect(talk.answers == ["01"])
    talk.client.fellSilent()
    #expect(talk.sent() == frame("m2,1"))
    talk.hear(bytes("+") + packet("02"))
    #expect(talk.answers == ["01", "02"])
  }

  @Test("nothing is asked for again for ever, nor where nothing is lost")
  func lateLimit() {
    var talk = conversation()
    #expect(talk.asksAgain() == false)
    talk.submit(read(1))
    var times = 0
    while talk.asksAgain() { times += 1 }
    #expect(times == Client.mostAttempts)
    var socket = Conversation()
    socket.submit(read(1))
    #expect(socket.asksAgain() == false)
  }

  @Test("what must not be done twice: its answer is asked for, not itself, once the stub has it")
  func lateMonitor() {
    var talk = conversation()
    talk.submit(.monitor(bytes("x")))
    _ = talk.sent()
    #expect(talk.asksAgain() == false)
    talk.hear(bytes("+"))
    #expect(talk.asksAgain() == true)
    #expect(talk.sent() == "-")
  }

  @Test("a resumption is sent again until it is acknowledged")
  func lateResumption() {
    var talk = conversation()
    talk.submit(go)
    let request = talk.sent()
    #expect(talk.client.awaitsAcknowledgement)
    #expect(talk.asksAgain() == true)
    #expect(talk.sent() == request)
    talk.hear(bytes("+"))
    #expect(!talk.client.awaitsAcknowledgement)
    #expect(talk.asksAgain() == false)
  }

  @Test("a rejection costs no silence, unless it was an acknowledgement that was damaged")
  func rejected() {
    var talk = conversation()
    talk.submit(read(1))
    _ = talk.sent()
    #expect(talk.hear(bytes("-")) == frame("m1,1"))
    talk.hear(bytes("+") + packet("01"))
    #expect(!talk.client.isSettling)
    talk.submit(read(2))
    _ = talk.sent()
    #expect(talk.hear(bytes("-")) == frame("m2,1"))
    talk.hear(packet("02"))
    #expect(talk.client.isSettling)
    talk.hear(bytes("+") + packet("02"))
    #expect(talk.answers == ["01", "02"])
  }

  @Test("a stop reply whose first byte is damaged is asked for")
  func lostStop() {
    var talk = conversation()
    talk.submit(go)
    _ = talk.sent()
    talk.hear(bytes("+"))
    #expect(talk.hear(bytes("4S05#b8")) == "-")
    talk.hear(packet("S05"))
    #expect(talk.client.phase == .stopped)
  }

  @Test("a target that talks for days is not damaged for ever")
  func longRun() {
    var talk = conversation()
    talk.submit(go)
    talk.hear(bytes("+"))
    for _ in 0..<100 {
      #expect(talk.hear(bytes("$O41#00")) == "-")
      #expect(talk.hear(packet("O41")) == "+")
    }
    #expect(talk.told.count == 100)
    #expect(talk.client.phase == .running)
  }

  @Test("text of a monitor command that was damaged shows it")
  func damagedText() throws {
    var talk = conversation()
    talk.submit(.monitor(bytes("x")))
    talk.hear(bytes("+") + packet("O41") + bytes("$O42#00") + packet("OK"))
    guard case .answered(_, let answer)? = talk.told.first else {
      Issue.record("\(talk.told)")
      return
    }
    #expect(String(decoding: answer.output, as: UTF8.self) == "A[damaged]\n")
  }

  @Test("notifications are no answers under way, and small packets follow damage")
  func notifications() {
    var talk = conversation()
    let before = talk.client.bytesHeard
    talk.hear(packet("x", mark: "%"))
    talk.hear(bytes("%half"))
    #expect(talk.client.bytesHeard == before)
    #expect(!talk.client.isNoisy)
    talk.hear(bytes("#00"))
    talk.submit(read(1))
    talk.hear(bytes("+$01#00"))
    #expect(talk.client.bytesHeard > before && talk.client.isNoisy)
  }
}

@Suite("A serial line, from the stub's end")
struct LineStubTests {
  @Test("a dash brings the last answer again, and nothing while the target runs")
  func resent() {
    var talk = StubConversation(quiet: false)
    talk.ask("qC")
    talk.hear(bytes("-"))
    #expect(talk.take() == ["QC1"])
    talk.machine.neverStops = true
    talk.hear(packet("vCont;c"))
    _ = talk.take()
    talk.hear(bytes("--"))
    #expect(talk.stub.output.isEmpty)
    talk.hear([Mark.interrupt])
    let stop = talk.take()
    talk.hear(bytes("-"))
    #expect(stop.count == 1 && talk.take() == stop)
  }

  @Test("acknowledgements are off from the client's last one on, until another client comes")
  func silence() {
    var talk = StubConversation(quiet: false)
    func acknowledges(_ request: [UInt8]) -> Bool {
      talk.stub.output.removeAll()
      talk.hear(request)
      return talk.stub.output.first == Mark.acknowledge
    }
    #expect(acknowledges(packet("QStartNoAckMode")))
    // Damage is still told until the client has said that it heard.
    talk.stub.output.removeAll()
    talk.hear(bytes("$qC#00"))
    #expect(talk.stub.output == bytes("-"))
    #expect(!acknowledges(bytes("+") + packet("qC")))
    talk.stub.output.removeAll()
    talk.hear(bytes("$qC#00"))
    #expect(talk.stub.output.isEmpty)
    #expect(acknowledges(bytes("+") + packet("qC")))
    // Leaving ends it as well.
    talk.hear(packet("QStartNoAckMode") + bytes("+") + packet("D"))
    #expect(acknowledges(packet("qC")))
  }
}
