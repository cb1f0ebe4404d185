internal import GDBRemote
internal import Testing

/// Non-stop mode (gdb's manual, "Remote Non-Stop", "Notification Packets", "vStopped Packet").
@Suite("Our stub in non-stop mode")
struct StubNonStopTests {
  private func conversation() -> StubConversation {
    var talk = StubConversation()
    talk.machine.neverStops = true
    #expect(talk.ask("qSupported:multiprocess+")[0].contains(";QNonStop+"))
    #expect(talk.ask("QNonStop:1") == ["OK"])
    return talk
  }

  @Test("each stop is told once, the next when the client has taken it, whatever runs meanwhile")
  func notified() {
    var talk = conversation()
    // The target stood when the client came: that is the first stop, and vStopped takes it.
    #expect(talk.ask("?").first?.hasPrefix("T05thread:p1.1;") == true)
    #expect(talk.ask("vStopped") == ["OK"])
    #expect(talk.ask("vCont;c") == ["OK"])
    talk.stub.wentOn()
    talk.stub.threadStopped(StubStop(signal: 5, thread: 2), target: talk.machine)
    talk.stub.threadStopped(StubStop(signal: 5, thread: 0x1f), target: talk.machine)
    let told = String(decoding: talk.stub.output, as: UTF8.self)
    #expect(told.hasPrefix("%Stop:T05thread:p1.2;"), "\(told)")
    #expect(!told.contains("p1.1f"), "\(told)")
    talk.stub.output = []
    // Requests are heard while threads run.
    #expect(talk.ask("qC") == ["QCp1.1"])
    #expect(talk.ask("m1000,2").first?.count == 4)
    #expect(talk.ask("vStopped").first?.hasPrefix("T05thread:p1.1f;") == true)
    #expect(talk.ask("vStopped") == ["OK"])
    #expect(talk.ask("vStopped") == ["OK"], "one too many is harmless")
  }

  @Test("a client that comes asks for all that stand")
  func listed() {
    var talk = conversation()
    #expect(talk.ask("vCont;c") == ["OK"])
    talk.stub.wentOn()
    talk.machine.standing = [StubStop(signal: 5, thread: 2), StubStop(signal: 0, thread: 1)]
    #expect(talk.ask("?").first?.hasPrefix("T05thread:p1.2;") == true)
    #expect(talk.ask("vStopped").first?.hasPrefix("T00thread:p1.1;") == true)
    #expect(talk.ask("vStopped") == ["OK"])
    talk.machine.standing = []
    #expect(talk.ask("?") == ["OK"])
  }

  @Test("threads go on and stop by name; leaving the mode releases those that stand")
  func actions() {
    var talk = conversation()
    #expect(talk.hear(packet("vCont;t:p1.2;c:p1.1f")) == .resume)
    #expect(talk.take() == ["OK"])
    #expect(talk.stub.resumption.map(\.kind) == [.stop, .cont])
    #expect(talk.stub.resumption.map { $0.thread?.thread } == [2, 0x1f])
    #expect(talk.hear(packet("QNonStop:0")) == .release)
    #expect(talk.take() == ["OK"])
    #expect(talk.ask("vCont;t:p1.2").first?.hasPrefix("E") == true, "all-stop has no t")
    #expect(talk.ask("QNonStop:2").first?.hasPrefix("E") == true)
    #expect(talk.ask("QNonStop:").first?.hasPrefix("E") == true)
  }

  @Test("a second client ends the mode of a dead one")
  func successor() {
    var talk = conversation()
    talk.stub.wentOn()
    #expect(talk.hear([0x2b] + packet("qSupported:multiprocess+")) == .lapse)
    #expect(!talk.stub.isNonStop)
  }
}
