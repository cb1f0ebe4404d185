internal import Bytes
internal import GDBRemote
internal import Testing

@Suite("Packets")
struct PacketTests {
  @Test("requests are spelled as gdb's manual has them")
  func spelling() {
    let thread = RemoteThread(process: 1, thread: 0x1f)
    let cases: [(Request, String)] = [
      (.stopReason, "?"),
      (.readMemory(at: Address(0x1000), count: 255), "m1000,ff"),
      (.readMemory(at: Address(0), count: 1), "m0,1"),
      (.writeMemory([0xde, 0xad][...], at: Address(.max)), "Mffffffffffffffff,2:dead"),
      (.probeBinaryWrite(at: Address(16)), "X10,0:"),
      (.readRegisters, "g"),
      (.writeRegisters([1, 0xff]), "G01ff"),
      (.readRegister(16), "p10"),
      (.writeRegister(0, bytes: [1, 2]), "P0=0102"),
      (
        .insert(RemoteStopPoint(kind: .software, address: Address(0xabc), length: 1)),
        "Z0,abc,1"
      ),
      (.remove(RemoteStopPoint(kind: .access, address: Address(8), length: 4)), "z4,8,4"),
      (.selectThread(thread), "Hgp1.1f"),
      (.isAlive(RemoteThread(thread: 2)), "T2"),
      (.threadName(thread), "qThreadExtraInfo,p1.1f"),
      (.resume([ContinueAction(.step, thread: thread), ContinueAction(.cont)]), "vCont;s:p1.1f;c"),
      (
        .resume([
          ContinueAction(
            .stepRange(start: Address(0x10), end: Address(0x20)), thread: RemoteThread(thread: 1))
        ]), "vCont;r10,20:1"
      ),
      (.resume([ContinueAction(.contWithSignal(11))]), "vCont;C0b"),
      (
        .transfer(.targetDescription, annex: bytes("target.xml"), offset: 0, count: 4096),
        "qXfer:features:read:target.xml:0,1000"
      ),
      (.transfer(.auxiliaryVector, offset: 16, count: 16), "qXfer:auxv:read::10,10"),
      (.monitor(bytes("help")), "qRcmd,68656c70"),
      (.detach(process: nil), "D"),
      (.detach(process: 26), "D;1a"),
      (.kill, "k"),
      (.startNoAcknowledgements, "QStartNoAckMode"),
      (.offsets, "qOffsets"),
      (.currentThread, "qC"),
      (.mustReplyEmpty, "vMustReplyEmpty"),
      (.reverseStep, "bs"),
      (.reverseContinue, "bc"),
    ]
    for (request, expected) in cases { #expect(text(request) == expected) }
    #expect(
      Request.writeMemoryBinary([0x23, 0, 0x7d][...], at: Address(1)).payload
        == bytes("X1,3:") + [0x23, 0, 0x7d])
  }

  @Test("what a stub can do is read from its answer, unknown names and all")
  func features() {
    let qemu = Features(
      Answer(bytes("PacketSize=1000;qXfer:features:read+;vContSupported+;multiprocess+")))
    #expect(qemu.packetSize == 4096)
    #expect(qemu.capabilities == [.targetDescription, .continueActions, .multiprocess])
    let other = Features(
      Answer(bytes("x=1;PacketSize=20000;swbreak-;hwbreak+;new;;QStartNoAckMode+;=;+")))
    #expect(other.packetSize == 0x20000)
    #expect(other.capabilities == [.hardwareBreakReasons, .noAcknowledgements])
    // lldb-server writes decimal, which reads as more than anyone should send.
    #expect(Features(Answer(bytes("PacketSize=131072"))).packetSize == Features.largestPacket)
    #expect(Features(Answer(bytes("PacketSize=0"))).packetSize == 64)
    #expect(Features(Answer([])).packetSize == 400)
  }

  @Test("stop replies tell signal, thread and what was touched")
  func stops() {
    typealias Stop = StopReply.Stop
    let thread = RemoteThread(process: 1, thread: 2)
    let cases: [(String, StopReply?)] = [
      ("S05", .stopped(Stop(signal: 5))),
      ("T02thread:p01.02;", .stopped(Stop(signal: 2, thread: thread))),
      (
        "T05watch:1000;thread:p1.2;",
        .stopped(Stop(signal: 5, thread: thread, cause: .watch(.write, address: Address(0x1000))))
      ),
      (
        "T05rwatch:ffffffff80000000;",
        .stopped(Stop(signal: 5, cause: .watch(.read, address: Address(0xffff_ffff_8000_0000))))
      ),
      ("T05awatch:8;", .stopped(Stop(signal: 5, cause: .watch(.access, address: Address(8))))),
      ("T05swbreak:;", .stopped(Stop(signal: 5, cause: .softwareBreakpoint))),
      ("T05hwbreak:;core:1;", .stopped(Stop(signal: 5, cause: .hardwareBreakpoint))),
      ("T05replaylog:begin;", .stopped(Stop(signal: 5, cause: .replayEnd))),
      ("T05thread:zz;;x;:;watch:;", .stopped(Stop(signal: 5))),
      ("W07", .exited(status: 7)),
      // gdbserver pads nothing in multiprocess mode.
      ("W7;process:1f", .exited(status: 7)),
      ("W00;process:1f", .exited(status: 0)),
      ("X0b;process:1f", .killed(signal: 11)),
      ("OK", nil), ("", nil), ("T", nil), ("T5", nil), ("Tzz", nil), ("S050", nil), ("E01", nil),
      ("TracepointSource+", nil), ("W", nil), ("Xg", nil), ("W000000007", nil),
    ]
    for (packet, expected) in cases { #expect(StopReply(bytes(packet)) == expected, "\(packet)") }
    guard case .stopped(let stop) = StopReply(bytes("T0506:f0ff;10:0102;thread:1;")) else {
      Issue.record("no stop")
      return
    }
    #expect(stop.registers.map(\.number) == [6, 16])
    #expect(stop.registers.map(\.bytes) == [[0xf0, 0xff], [1, 2]])
  }

  @Test("memory is read from text and from bytes; errors and nonsense are not memory")
  func memory() {
    #expect(Answer(bytes("00ff10")).memory(count: 3) == [0, 0xff, 0x10])
    #expect(Answer(bytes("00ff10")).memory(count: 2) == [0, 0xff])
    #expect(Answer(bytes("00ff")).memory(count: 8) == [0, 0xff])
    for nonsense in ["E14", "", "0", "0g", "E.text", "OK"] {
      #expect(Answer(bytes(nonsense)).memory(count: 4) == nil, "\(nonsense)")
    }
    #expect(Answer(bytes("b\u{01}x")).memoryBinary(count: 8) == [1, 0x78])
    #expect(Answer(bytes("b")).memoryBinary(count: 8) == [])
    #expect(Answer(bytes("E01")).memoryBinary(count: 8) == nil)
  }

  @Test("registers are cut to their sizes; unknown and missing ones are nil")
  func registers() {
    let answer = Answer(bytes("0102xxxx0304"))
    #expect(answer.registers(sizes: [2, 2, 2, 1]) == [[1, 2], nil, [3, 4], nil])
    #expect(Answer(bytes("E01")).registers(sizes: [1]) == [nil])
  }

  @Test("an error is a number or a text")
  func errors() {
    #expect(Answer(bytes("E22")).errorText == "E22")
    #expect(Answer(bytes("E.no such thread")).errorText == "no such thread")
    #expect(Answer(bytes("E2")).errorText == nil)
    #expect(Answer(bytes("E2223")).errorText == nil)
    #expect(Answer(bytes("OK")).isOK)
    #expect(Answer([]).isUnsupported)
  }

  @Test("threads are read in either notation")
  func threads() {
    #expect(
      Answer(bytes("mp1.1,p1.2,3")).threads == [
        RemoteThread(process: 1, thread: 1), RemoteThread(process: 1, thread: 2),
        RemoteThread(thread: 3),
      ])
    #expect(Answer(bytes("l")).threads == nil)
    #expect(Answer(bytes("m-1,p1.-1,p,zz")).threads == [])
    #expect(Answer(bytes("QCp2.a")).currentThread == RemoteThread(process: 2, thread: 10))
  }

  @Test("the vCont actions that a stub names are those it has")
  func actions() {
    #expect(
      Answer(bytes("vCont;c;C;s;S;t;r")).continueCapabilities
        == [.threadContinue, .signalContinue, .rangeStep, .threadStop])
    #expect(
      Answer(bytes("vCont;c;C;s;S")).continueCapabilities == [.threadContinue, .signalContinue])
    #expect(Answer(bytes("vCont;c")).continueCapabilities == [])
    #expect(Answer([]).continueCapabilities == [])
  }

  @Test("objects are read in parts, up to a bound")
  func transfers() {
    var transfer = Transfer(.auxiliaryVector, packetSize: 72)
    #expect(text(transfer.request) == "qXfer:auxv:read::0,20")
    guard case .more(let next) = transfer.received(Answer(bytes("mabc"))) else {
      Issue.record("not more")
      return
    }
    #expect(text(next) == "qXfer:auxv:read::3,20")
    #expect(transfer.received(Answer(bytes("ld"))) == .complete(bytes("abcd")))
    var endless = Transfer(.threads, packetSize: 0x20000)
    var rounds = 0
    while case .more = endless.received(Answer([0x6d] + [UInt8](repeating: 0, count: 60000))) {
      rounds += 1
      #expect(rounds < 100)
    }
    var empty = Transfer(.threads, packetSize: 4096)
    #expect(empty.received(Answer(bytes("m"))) == .failed)
    #expect(empty.received(Answer(bytes("E00"))) == .failed)
  }

  @Test("the entry stands in the auxiliary vector before its end")
  func auxiliaryVector() {
    func pair(_ key: UInt8, _ value: UInt8) -> [UInt8] {
      [key, 0, 0, 0, 0, 0, 0, 0, value, 1, 0, 0, 0, 0, 0, 0]
    }
    #expect(AuxiliaryVector.entry(pair(3, 1) + pair(9, 0x40)) == Address(0x140))
    #expect(AuxiliaryVector.entry(pair(0, 0) + pair(9, 0x40)) == nil)
    #expect(AuxiliaryVector.entry(Array(pair(9, 0x40).dropLast())) == nil)
  }
}
