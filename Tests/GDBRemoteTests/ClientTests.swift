internal import Bytes
internal import GDBRemote
internal import Testing

private func read(_ number: UInt64) -> Request { .readMemory(at: Address(number), count: 1) }

private let go = Request.resume([ContinueAction(.cont)])

@Suite("The client's conversation")
struct ClientTests {
  @Test("begins with an acknowledgement, and acknowledges every packet it is sent")
  func acknowledges() {
    var client = Client(isLinkReliable: true)
    #expect(client.nextEffect() == .send(bytes("+")))
    var talk = Conversation()
    talk.submit(read(1))
    #expect(talk.sent() == frame("m1,1"))
    #expect(talk.hear(bytes("+") + packet("aa")) == "+")
    #expect(talk.answers == ["aa"])
  }

  @Test("sends one request at a time while packets are acknowledged, otherwise sixteen")
  func window() {
    var single = Conversation()
    for number in 0..<20 { single.submit(read(UInt64(number))) }
    #expect(single.sent() == frame("m0,1"))
    #expect(single.hear(packets: "00") == "+" + frame("m1,1"))

    for var talk in [
      Conversation(quirks: .qemu), Conversation(acknowledges: false),
    ] {
      for number in 0..<20 { talk.submit(read(UInt64(number))) }
      #expect(talk.sent() == (0..<16).map { frame("m\(String($0, radix: 16)),1") }.joined())
      #expect(talk.hear(packets: "00", "01") == frame("m10,1") + frame("m11,1"))
      #expect(talk.answers == ["00", "01"])
    }
  }

  @Test("answers belong to requests in order")
  func order() {
    var talk = Conversation(acknowledges: false)
    let tickets = (0..<3).compactMap { talk.submit(read(UInt64($0))) }
    talk.hear(packets: "00", "E14", "")
    #expect(
      talk.told == [
        .answered(tickets[0], Answer(bytes("00"))), .answered(tickets[1], Answer(bytes("E14"))),
        .answered(tickets[2], Answer([])),
      ])
    talk.hear(packets: "03")
    #expect(talk.told.count == 3)
    #expect(talk.client.statistics.unexpected == 1)
  }

  @Test("never sends what the stub has not said it knows")
  func advertised() {
    let cases: [(Request, Capabilities)] = [
      (.reverseStep, .reverseStep), (.reverseContinue, .reverseContinue),
      (go, .threadContinue), (.startNoAcknowledgements, .noAcknowledgements),
      (.transfer(.threads, offset: 0, count: 1), .threadList),
      (.transfer(.memoryMap, offset: 0, count: 1), .memoryMap),
      (.readMemoryBinary(at: Address(0), count: 1), .binaryRead),
      (.writeMemoryBinary([1], at: Address(0)), .binaryWrite),
      (
        .resume([ContinueAction(.stepRange(start: Address(0), end: Address(1)))]),
        [.threadContinue, .rangeStep]
      ),
    ]
    for (request, needed) in cases {
      var plain = Conversation()
      #expect(plain.client.submitted(request) == .failure(.notAdvertised))
      #expect(plain.sent() == "")
      var able = Conversation(needed)
      #expect(able.submit(request) != nil)
      #expect(able.sent() != "")
    }
  }

  @Test("never sends a packet that is longer than the stub takes, counted as it is sent")
  func tooLong() {
    var talk = Conversation(.binaryWrite, packetSize: 64)
    let fits = [UInt8](repeating: 0x61, count: 60 - 6)
    #expect(talk.submit(.writeMemoryBinary(fits[...], at: Address(1))) != nil)
    let escaped = [UInt8](repeating: 0x23, count: 30)
    #expect(
      talk.client.submitted(.writeMemoryBinary(escaped[...], at: Address(1)))
        == .failure(.tooLong))
  }

  @Test("a stop that nobody asked for is told and answers nothing")
  func unsolicitedStop() {
    var talk = Conversation()
    talk.submit(.supported)
    _ = talk.sent()
    talk.hear(bytes("$T02thread:01;#04+") + packet("PacketSize=1000"))
    #expect(talk.told.first == .stopped(nil, .stopped(.init(signal: 2, thread: .init(thread: 1)))))
    #expect(talk.answers == ["PacketSize=1000"])
  }

  @Test("nothing but an interrupt is sent while the target runs")
  func running() {
    var talk = Conversation(.threadContinue, quirks: .qemu)
    let ticket = talk.submit(go)
    #expect(talk.sent() == frame("vCont;c"))
    #expect(talk.client.phase == .running)
    #expect(talk.client.submitted(read(0)) == .failure(.running))
    #expect(talk.client.submitted(.stopReason) == .failure(.running))
    #expect(talk.hear(bytes("+") + packet("O6869")) == "")
    #expect(talk.told == [.console(bytes("hi"))])
    let wasRunning = talk.client.interrupted()
    #expect(wasRunning)
    #expect(talk.sent() == "\u{03}")
    #expect(talk.hear(packets: "T02thread:01;") == "")
    #expect(
      talk.told.last == .stopped(ticket, .stopped(.init(signal: 2, thread: .init(thread: 1)))))
    #expect(talk.client.phase == .stopped)
    let stillRuns = talk.client.interrupted()
    #expect(!stillRuns)
    talk.submit(read(0))
    #expect(talk.sent() == frame("m0,1"))
  }

  @Test("what a running target hears is sent beside the resumption, and answered before all else")
  func asides() {
    var talk = Conversation([.threadContinue, .telemetry], acknowledges: false)
    let resumption = talk.submit(go)
    #expect(talk.sent() == frame("vCont;c"))
    #expect(talk.client.submitted(read(0)) == .failure(.running))
    talk.submit(.profile(rate: 997))
    talk.submit(.trace(least: 0))
    #expect(talk.sent() == frame("QPorthole.Profile:rate=997") + frame("QPorthole.Trace:least=0"))
    talk.hear(packets: "OK")
    #expect(talk.answers == ["OK"] && talk.client.phase == .running)
    // It stopped before it read the second one.
    talk.hear(packets: "T05thread:01;")
    let stop = StopReply.stopped(.init(signal: 5, thread: .init(thread: 1)))
    #expect(talk.told.last == .stopped(resumption, stop))
    talk.submit(read(0))
    #expect(talk.sent() == frame("m0,1"))
    talk.hear(packets: "E01", "aa")
    #expect(talk.answers == ["OK", "E01", "aa"])
  }

  @Test("where packets are acknowledged, or before the resumption is sent, there are no asides")
  func noAsides() {
    var talk = Conversation([.threadContinue, .telemetry])
    talk.submit(go)
    #expect(talk.client.submitted(.profile(rate: 1)) == .failure(.running))
    var busy = Conversation([.threadContinue, .telemetry], acknowledges: false)
    busy.submit(read(0))
    busy.submit(go)
    #expect(busy.client.submitted(.profile(rate: 1)) == .failure(.running))
  }

  @Test("in non-stop mode each stop is taken, one after the other, and requests go on")
  func nonStop() {
    var talk = Conversation([.threadContinue, .threadStop, .nonStop], acknowledges: false)
    talk.submit(.nonStop(true))
    #expect(talk.sent() == frame("QNonStop:1"))
    talk.hear(packets: "OK")
    talk.client.changedNonStop(true)
    talk.told = []
    var going = Request.resume([ContinueAction(.cont, thread: RemoteThread(thread: 2))])
    going.reply = .data
    talk.submit(going)
    #expect(talk.sent() == frame("vCont;c:2"))
    talk.hear(packets: "OK")
    #expect(talk.client.phase == .stopped, "requests are heard")
    // A stop comes between a request and its answer.
    talk.submit(read(0))
    _ = talk.sent()
    let told = notice("Stop:T05thread:02;swbreak:;")
    #expect(talk.hear(told) == "", "the request is answered first")
    #expect(talk.hear(packets: "aa") == frame("vStopped"))
    #expect(talk.hear(packets: "T00thread:01;") == frame("vStopped"))
    #expect(talk.hear(packets: "OK") == "")
    let first = StopReply.Stop(signal: 5, thread: .init(thread: 2), cause: .softwareBreakpoint)
    let second = StopReply.Stop(signal: 0, thread: .init(thread: 1))
    let stops = talk.told.compactMap {
      if case .threadStopped(let reply) = $0 { reply } else { nil }
    }
    #expect(stops == [.stopped(first), .stopped(second)])
    #expect(talk.answers == ["OK", "aa"])
    talk.submit(read(1))
    #expect(talk.sent() == frame("m1,1"), "nothing is left over")
  }

  @Test("what is no stop is a notification as ever, and outside the mode so is a stop")
  func otherNotifications() {
    var talk = Conversation(acknowledges: false)
    talk.hear(notice("Stop:T05"))
    talk.client.changedNonStop(true)
    for text in ["Stop:", "Stop:OK", "Stop:T", "Stops:T05", "Porthole:x"] {
      #expect(talk.hear(notice(text)) == "", "\(text)")
    }
    #expect(talk.told.count == 6)
    #expect(talk.told.allSatisfy { if case .notified = $0 { true } else { false } })
  }

  @Test("a resumption waits until everything before it is answered and acknowledged")
  func resumptionWaits() {
    var talk = Conversation(.threadContinue)
    talk.submit(read(0))
    #expect(talk.sent() == frame("m0,1"))
    talk.submit(go)
    #expect(talk.sent() == "")
    #expect(talk.hear(bytes("+") + packet("aa")) == "+" + frame("vCont;c"))
  }

  @Test("a resumption that is refused leaves the target stopped")
  func refusedResumption() {
    var talk = Conversation(.threadContinue)
    talk.submit(go)
    talk.hear(packets: "E22")
    #expect(talk.answers == ["E22"])
    #expect(talk.client.phase == .stopped)
  }

  @Test("points that were planted are planted again after a question that removes them")
  func replants() {
    let point = RemoteStopPoint(kind: .software, address: Address(0x10), length: 1)
    let other = RemoteStopPoint(kind: .write, address: Address(0x20), length: 8)
    for quirks in [Quirks.qemu, []] {
      var talk = Conversation(quirks: quirks, acknowledges: false)
      _ = talk.client.submittedInsertion(of: point)
      talk.hear(packets: "OK")
      _ = talk.client.submittedInsertion(of: other)
      talk.hear(packets: "OK")
      _ = talk.client.submittedRemoval(of: other)
      talk.hear(packets: "OK")
      _ = talk.client.submittedInsertion(of: other)
      talk.hear(packets: "E22")
      #expect(talk.client.planted == [point])
      talk.submit(.stopReason)
      _ = talk.sent()
      #expect(talk.hear(packets: "T05thread:1;") == (quirks == .qemu ? frame("Z0,10,1") : ""))
      talk.told = []
      if quirks == .qemu { talk.hear(packets: "OK") }
      talk.submit(read(1))
      talk.hear(packets: "bb")
      #expect(talk.answers == ["bb"])
    }
  }

  @Test("a monitor's text is drained up to its OK, whatever is queued behind it")
  func monitor() {
    var talk = Conversation(acknowledges: false)
    let ticket = talk.submit(.monitor(bytes("help")))
    talk.submit(read(1))
    #expect(talk.sent() == frame("qRcmd,68656c70"))
    #expect(talk.hear(packets: "O6162", "O", "O63") == "")
    #expect(talk.hear(packets: "OK") == frame("m1,1"))
    #expect(
      talk.told == [.answered(ticket ?? Ticket(0), Answer(bytes("OK"), output: bytes("abc")))])
  }

  @Test("a process's end is a stop, and takes its points along")
  func ends() {
    var talk = Conversation(.threadContinue)
    let point = RemoteStopPoint(kind: .software, address: Address(0x10), length: 1)
    _ = talk.client.submittedInsertion(of: point)
    talk.hear(packets: "OK")
    let ticket = talk.submit(go)
    talk.hear(packets: "W07;process:1")
    #expect(talk.told.last == .stopped(ticket, .exited(status: 7)))
    #expect(talk.client.planted == [])
  }

  @Test("a notification is told and not acknowledged")
  func notification() {
    var talk = Conversation()
    #expect(talk.hear(packet("Stop:T05", mark: "%")) == "")
    #expect(talk.told == [.notified(bytes("Stop:T05"))])
  }
}
