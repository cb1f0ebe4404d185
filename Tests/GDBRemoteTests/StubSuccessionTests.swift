internal import GDBRemote
internal import Testing

/// One client dies, another comes to the same line.
@Suite("The stub when clients change")
struct StubSuccessionTests {
  private let gdb = "qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386"

  @Test(
    "A client killed while the target runs: the next is heard, and what was planted lapses",
    arguments: [true, false])
  func diedRunning(wasQuiet: Bool) {
    var talk = StubConversation(quiet: wasQuiet)
    talk.machine.neverStops = true
    talk.ask(gdb)
    #expect(talk.ask("Z0,1004,1") == ["OK"])
    #expect(talk.ask("vCont;c") == [])
    // Half a packet is the last that was heard of it; the next begins with an acknowledgement.
    talk.hear(Array("$m1000,4".utf8))
    #expect(talk.hear([0x2b] + packet(gdb)) == .lapse)
    #expect(talk.stub.output.first == 0x2b, "its packet is acknowledged")
    #expect(talk.take().first?.hasPrefix("PacketSize=4000") == true)
    #expect(talk.hear(packet("?")) == .stop)
    #expect(talk.take().first?.hasPrefix("T02") == true)
  }

  @Test("A client killed while it held the target: what it planted lapses, the target stays")
  func diedHolding() {
    var talk = StubConversation()
    #expect(talk.hear(packet(gdb)) == nil)
    talk.ask("Z0,1004,1")
    #expect(talk.hear([0x2b] + packet(gdb)) == .lapse)
    _ = talk.take()
    #expect(talk.ask("?").first?.hasPrefix("T05") == true)
  }

  @Test("lldb comes after gdb: it turns acknowledgements off before it says who it is")
  func lldbNext() {
    var talk = StubConversation(quiet: false)
    talk.machine.neverStops = true
    talk.ask(gdb)
    talk.ask("vCont;c")
    #expect(talk.hear([0x2b] + packet("QStartNoAckMode")) == .lapse)
    #expect(talk.stub.output.first == 0x2b)
    #expect(talk.take() == ["OK"])
    #expect(talk.hear([0x2b] + packet("qSupported:xmlRegisters=i386,arm,mips,arc")) == nil)
    #expect(talk.stub.output.first == 0x24, "nothing before the packet")
  }

  @Test(
    "lldb comes after a gdb that held the target, however its first byte fared",
    arguments: [true, false])
  func lldbNextToHolder(isPlusHeard: Bool) {
    var talk = StubConversation(quiet: false)
    talk.ask(gdb)
    talk.ask("QStartNoAckMode")
    talk.hear([0x2b])
    if !isPlusHeard { talk.hear(Array("$m10".utf8)) }
    talk.hear([0x2b] + packet("QStartNoAckMode"))
    #expect(talk.stub.output.first == 0x2b)
    #expect(talk.take() == ["OK"])
    talk.hear([0x2b] + packet("qSupported:xmlRegisters=i386,arm,mips,arc"))
    #expect(talk.stub.output.first == 0x24, "nothing before the packet")
  }

  @Test("Levels that a client gave up are the next one's again, up to the cap")
  func levels() {
    var talk = StubConversation(authority: .stop)
    talk.ask(gdb)
    talk.ask("QAllow:InsertBreak:0;Stop:0")
    #expect(talk.ask("Z0,1004,1") == ["E0d"])
    talk.ask(gdb)
    #expect(talk.ask("Z0,1004,1") == ["OK"])
    #expect(talk.ask("M1000,1:00") == ["E0d"])
  }
}
