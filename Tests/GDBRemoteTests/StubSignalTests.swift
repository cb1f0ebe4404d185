internal import Bytes
internal import GDBRemote
internal import Testing

@Suite("What becomes of a fault's signal")
struct StubSignalTests {
  private static let fault = StubStop(signal: 11, thread: 1)

  /// A client that has been told of a memory fault, and lets the machine go on as `packet` says.
  private func goesOn(_ packet: String, after settings: [String] = []) -> StubConversation {
    var talk = StubConversation()
    talk.stub = Stub(stop: Self.fault)
    for setting in settings { #expect(talk.ask(setting) == ["OK"]) }
    talk.machine.neverStops = true
    talk.hear(GDBRemoteTests.packet(packet))
    return talk
  }

  /// The signals are gdb's: 0xb is SIGSEGV, 8 SIGFPE.
  static let resumptions: [(String, [String], Bool)] = [
    ("vCont;C0b:1;c", [], true), ("vCont;C0b", [], true), ("vCont;c", [], false),
    ("vCont;s:1;c", [], false), ("vCont;S0b:1;c", [], true), ("vCont;C08:1;c", [], false),
    ("vCont;S08:1;c", [], false), ("vCont;c:1;C0b", [], false), ("vCont;C00:1;c", [], false),
    ("vCont;C0b:1;c", ["QProgramSignals:b"], true),
    ("vCont;C0b:1;c", ["QProgramSignals:8;9"], false),
    ("vCont;C0b:1;c", ["QProgramSignals:"], false),
    ("vCont;S0b:1;c", ["QProgramSignals:8"], false),
  ]

  @Test("the program is given it when the client passes it on", arguments: resumptions)
  func delivery(packet: String, settings: [String], isDelivered: Bool) {
    let talk = goesOn(packet, after: settings)
    #expect(talk.stub.isRunning)
    #expect(talk.stub.delivers(Self.fault) == isDelivered)
    // A breakpoint and the end of a step are no faults, whatever the client says.
    #expect(!talk.stub.delivers(StubStop(signal: 5, thread: 1)))
    #expect(
      !talk.stub.delivers(StubStop(signal: 11, thread: 1, cause: .softwareBreakpoint)))
  }

  @Test("a client need not hear of it, and another one does")
  func passing() {
    var talk = StubConversation()
    #expect(!talk.stub.passes(Self.fault))
    #expect(talk.ask("QPassSignals:8;b") == ["OK"])
    #expect(talk.stub.passes(Self.fault))
    #expect(!talk.stub.passes(StubStop(signal: 4, thread: 1)))
    let watch = StopReply.Cause.watch(.write, address: Address(0))
    #expect(!talk.stub.passes(StubStop(signal: 11, thread: 1, cause: watch)))
    #expect(talk.ask("QPassSignals:8") == ["OK"])
    #expect(!talk.stub.passes(Self.fault))
    talk.ask("QPassSignals:b;ffffffffffffffff")
    #expect(talk.stub.passes(Self.fault))
    talk.ask("D")
    #expect(!talk.stub.passes(Self.fault))
  }

  @Test("who only looks decides nothing")
  func observer() {
    var talk = StubConversation(authority: .observe)
    #expect(talk.ask("QPassSignals:b") == ["E0d"])
    #expect(talk.ask("QProgramSignals:b") == ["E0d"])
    #expect(!talk.stub.passes(Self.fault))
  }
}
