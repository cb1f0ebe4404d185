internal import Bytes
internal import GDBRemote
internal import Testing

/// What telemetry asks of the stub: Protocols/Telemetry/SPEC.md, part 2.
@Suite("Our stub's telemetry")
struct StubTelemetryTests {
  private func conversation() -> StubConversation {
    var conversation = StubConversation()
    conversation.machine.root = 0x136000
    return conversation
  }

  @Test("it is offered by who describes itself, and by nobody else")
  func feature() {
    var one = conversation()
    #expect(one.ask("qSupported:swbreak+")[0].contains(";PortholeTelemetry+"))
    #expect(one.ask("qSupported")[0].contains(";PortholeDescription="))
    #expect(!one.ask("qSupported")[0].contains("PortholeRunning+"), "it is stopped")
    #expect(one.ask("qPorthole.Root") == ["136000"])
    var other = StubConversation()
    #expect(!other.ask("qSupported")[0].contains("Porthole"))
    #expect(other.ask("qPorthole.Root") == [""])
    #expect(other.ask("QPorthole.Telemetry:hz=2") == [""])
    #expect(other.machine.rates == [0])
  }

  @Test(
    "a rate is taken as it is written, and nothing else",
    arguments: [
      ("hz=2", 2), ("hz=0", 0), ("hz=100", 100), ("hz=101", nil), ("hz=", nil), ("hz=-1", nil),
      ("hz=2x", nil), ("hz=00000002", nil), ("hz=99999999999999999999", nil),
    ] as [(String, Int?)])
  func rates(_ text: String, _ rate: Int?) {
    var one = conversation()
    #expect(one.ask("QPorthole.Telemetry:" + text) == [rate == nil ? "E16" : "OK"])
    #expect(one.machine.rates == (rate.map { [$0] } ?? []))
  }

  @Test(
    "so is the rate of a profile, by a machine that runs, too",
    arguments: [
      ("rate=1000", 1000), ("rate=0", 0), ("rate=50000", 50_000), ("rate=50001", nil),
      ("rate=", nil), ("rate=1x", nil), ("rate=9999999999999", nil),
    ] as [(String, UInt64?)])
  func profile(_ text: String, _ rate: UInt64?) {
    var one = conversation()
    one.machine.neverStops = true
    one.hear(packet("c"))
    #expect(one.take() == [])
    #expect(one.ask("QPorthole.Profile:" + text) == [rate == nil ? "E16" : "OK"])
    #expect(one.machine.profiles == (rate.map { [$0] } ?? []))
    // Without a profiler it is a packet that nobody knows.
    #expect(one.ask("QPorthole.Profile:rate=13") == [""])
  }

  @Test(
    "so is from how many nanoseconds on runs are recorded",
    arguments: [
      ("least=1000000", 1_000_000), ("least=0", 0),
      ("least=999999999999999999", 999_999_999_999_999_999), ("least=", nil), ("least=-1", nil),
      ("least=1000000000000000000", nil),
    ] as [(String, UInt64?)])
  func trace(_ text: String, _ least: UInt64?) {
    var one = conversation()
    #expect(one.ask("QPorthole.Trace:" + text) == [least == nil ? "E16" : "OK"])
    #expect(one.machine.traces == (least.map { [$0] } ?? []))
    // Where none are recorded it is a packet that nobody knows.
    #expect(one.ask("QPorthole.Trace:least=13") == [""])
  }

  @Test("unknown packets of ours are answered as unknown ones")
  func unknown() {
    var one = conversation()
    for text in [
      "QPorthole.", "qPorthole.Rooty", "QPorthole.Telemetry", "qPorthole.Telemetry:hz=1",
    ] { #expect(one.ask(text) == [""]) }
  }

  @Test("it is answered while the target runs; a new client and a leaving one end it")
  func life() {
    var one = conversation()
    one.stub = Stub(stop: StubStop(signal: 5, thread: 1), isRunning: true)
    one.ask("QStartNoAckMode")
    #expect(one.ask("QPorthole.Telemetry:hz=5") == ["OK"])
    one.ask("qSupported")
    #expect(one.machine.rates == [5, 0])
    one.ask("QPorthole.Telemetry:hz=5")
    one.ask("D")
    #expect(one.machine.rates == [5, 0, 5, 0])
  }

  @Test("while a client waits for a stop, this and nothing else is answered")
  func waiting() {
    var one = conversation()
    one.machine.neverStops = true
    one.hear(packet("c"))
    #expect(one.take() == [])
    #expect(one.ask("g") == [])
    #expect(one.ask("QPorthole.Telemetry:hz=1") == ["OK"])
    #expect(one.ask("qPorthole.Root") == ["136000"])
  }

  @Test("a notification is escaped, never shortened, and has a right sum")
  func notification() {
    var one = conversation()
    one.stub.notify("Porthole", Array(0...255) + [UInt8](repeating: 0x41, count: 50))
    var decoder = PacketDecoder(limit: 1024)
    var position = 0
    #expect(decoder.received(one.stub.output, at: &position) == .notification)
    #expect(
      decoder.payload == Array("Porthole:".utf8) + Array(0...255)
        + [UInt8](repeating: 0x41, count: 50))
    #expect(position == one.stub.output.count)
  }
}
