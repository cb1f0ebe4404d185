internal import Bytes
internal import Foundation
internal import GDBRemote
internal import Testing

/// Packets of LLVM's docs/resources/lldbgdbremote.md.
@Suite("What lldb asks for to save round trips")
struct StubLLDBTests {
  private func talk(_ settings: String...) -> StubConversation {
    var talk = StubConversation()
    for setting in settings { talk.ask(setting) }
    return talk
  }

  /// With every `}` as framing wants it: `}` and the byte with one bit changed.
  private func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "}", with: "}]")
  }

  private func object(_ text: String) throws -> [[String: Any]] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  }

  @Test("all threads with names, registers and the memory of their frames, in one answer")
  func threads() throws {
    var talk = talk()
    talk.machine.names.append((7, "a \"quoted\" \\ name\u{1b}"))
    // Three frames: 0x2000 -> 0x2100 -> 0x2080, which goes down and so ends the walk.
    talk.machine.values[6] = 0x2000
    talk.machine.memory[0x1000] = 0x00
    talk.machine.memory[0x1001] = 0x21
    talk.machine.memory[0x1008] = 0xab
    talk.machine.memory[0x1100] = 0x80
    talk.machine.memory[0x1101] = 0x20
    talk.stub = Stub(stop: StubStop(signal: 11, thread: 2))
    let threads = try object(talk.ask("jThreadsInfo")[0])
    #expect(threads.map { $0["tid"] as? Int } == [1, 2, 0x1f, 7])
    #expect(threads.map { $0["reason"] as? String } == [nil, "signal", nil, nil])
    #expect(threads[1]["signal"] as? Int == 11)
    #expect(
      threads.map { $0["name"] as? String } == [
        "core 0", "<fiber> & \"co\"", "t?", "a \"quoted\" \\ name?",
      ])
    let registers = try #require(threads[0]["registers"] as? [String: String])
    #expect(
      registers == [
        "6": "0020000000000000", "7": "0000000000000000", "16": "0000000000000000",
      ])
    let memory = try #require(threads[0]["memory"] as? [[String: Any]])
    #expect(memory.map { $0["address"] as? Int } == [0x2000, 0x2100])
    #expect(memory[0]["bytes"] as? String == "0021000000000000ab00000000000000")
    // More threads than a packet holds: the answer is cut after a whole one.
    talk.machine.names = (1...2000).map { (UInt64($0), "thread") }
    let text = talk.ask("jThreadsInfo")[0]
    #expect(text.utf8.count < Stub.packetSize)
    #expect(try object(text).count > 20)
  }

  @Test("a stop tells its reason and every thread's program counter to who asked for the list")
  func reasons() {
    func stop(_ signal: UInt8, _ cause: StopReply.Cause = .signal) -> String {
      var talk = talk()
      talk.machine.values[16] = 0x1234
      talk.stub = Stub(stop: StubStop(signal: signal, thread: 1, cause: cause))
      #expect(!talk.ask("?")[0].contains("reason"))
      talk.ask("QListThreadsInStopReply")
      return talk.ask("?")[0]
    }
    #expect(stop(5).contains(";reason:trace;threads:1,2,1f;thread-pcs:1234,1234,1234;"))
    #expect(stop(5, .softwareBreakpoint).contains(";reason:breakpoint;"))
    #expect(stop(5, .hardwareBreakpoint).contains(";reason:breakpoint;"))
    #expect(stop(2).contains(";reason:signal;"))
    // "page fault", in hexadecimal.
    #expect(stop(11).contains(";reason:signal;description:70616765206661756c74;"))
    let watch = stop(5, .watch(.write, address: Address(0x2000)))
    #expect(watch.contains("watch:2000;") && !watch.contains("reason"))
  }

  @Test("the build id says which program it is")
  func program() {
    var talk = talk()
    #expect(!talk.ask("qProcessInfo")[0].contains("main-binary"))
    talk.machine.buildID = [0xab, 0xcd, 0, 1]
    #expect(
      talk.ask("qProcessInfo")[0].hasSuffix(
        ";ptrsize:8;main-binary-uuid:abcd0001;main-binary-address:100000;"))
    #expect(!talk.ask("qHostInfo")[0].contains("main-binary"))
  }

  @Test("registers are kept and had back, the last set of them")
  func registers() {
    var talk = talk("QThreadSuffixSupported")
    talk.machine.values[3] = 0x11
    #expect(talk.ask("QSaveRegisterState;thread:1;") == ["1"])
    talk.machine.values[3] = 0x22
    #expect(talk.ask("QRestoreRegisterState:1;thread:1;") == ["OK"])
    #expect(talk.machine.values[3] == 0x11)
    #expect(talk.ask("QSaveRegisterState;thread:1;") == ["2"])
    #expect(talk.ask("QRestoreRegisterState:1;thread:1;") == ["E16"])
    #expect(talk.ask("QSaveRegisterState;thread:9;") == ["E03"])
    #expect(talk.ask("QRestoreRegisterState:2;thread:9;") == ["E03"])
    for _ in 3...12 { talk.ask("QSaveRegisterState;thread:1;") }
    #expect(talk.ask("QRestoreRegisterState:3;thread:1;") == ["OK"])
    talk.ask("D")
    talk.ask("?")
    #expect(talk.ask("QRestoreRegisterState:3") == ["E16"])
    var observer = StubConversation(authority: .stop)
    #expect(observer.ask("QSaveRegisterState") == ["1"])
    #expect(observer.ask("QRestoreRegisterState:1") == ["E0d"])
  }

  /// The reply to `MultiMemRead` that the document shows has counts, `;`, and all bytes.
  static let ranges: [(String, String)] = [
    ("1000,2,1010,3;", "2,3;abABC"), ("1000,1;", "1;a"), ("1000,0,1001,1;", "0,1;b"),
    ("10,4,1000,2;", "0,2;ab"), ("10,4;", "0;"), ("1000,2", "E16"), ("", "E16"), (";", "E16"),
    ("1000;", "E16"), ("1000,2,;", "E16"), ("1000,2,1010;", "E16"),
    ("10ffe,8;", "2;\0\0"),
  ]

  @Test("several ranges of memory in one answer", arguments: ranges)
  func memory(ranges: String, expected: String) {
    var talk = talk()
    talk.machine.memory.replaceSubrange(0..<2, with: bytes("ab"))
    talk.machine.memory.replaceSubrange(16..<19, with: bytes("ABC"))
    #expect(talk.ask("MultiMemRead:ranges:" + ranges) == [expected])
  }

  @Test("ranges beyond what a packet holds are cut, and say so")
  func longRanges() {
    var talk = talk()
    talk.machine.memory = (0..<65536).map { 0x61 + UInt8($0 % 7) }
    let told = talk.ask("MultiMemRead:ranges:1000,1000,2000,1000,3000,1000;")[0]
    let counts = told.prefix { $0 != ";" }.split(separator: ",").map { Int($0, radix: 16) ?? -1 }
    #expect(counts.count == 3 && counts[0] == 4096 && counts[2] < 4096)
    let data = told.drop { $0 != ";" }.dropFirst().utf8
    #expect(data.count == counts.reduce(0, +))
    #expect(
      data.elementsEqual(
        talk.machine.memory[..<8192].prefix(counts[0] + counts[1])
          + talk.machine.memory[8192...].prefix(counts[2])))
  }

  static let requests: [(String, String)] = [
    (
      #"{"breakpoint_requests":["Z0,1000,1","Z0,10,1","z0,1000,1","Z3,1000,1"]}"#,
      #"{"results":["OK","E0e","OK",""]}"#
    ),
    (#" { "breakpoint_requests" : [ "Z1,1000,1" , "Z9,1,1" ] }"#, #"{"results":["OK",""]}"#),
    (#"{"breakpoint_requests":[]}"#, #"{"results":[]}"#),
    (#"{"breakpoint_requests":["m1000,1","","Z0"]}"#, #"{"results":["E16","E16","E16"]}"#),
    ("", "E16"), (#"["Z0,1000,1"]"#, "E16"), ("{}", "E16"), (#"{"other":["Z0,1000,1"]}"#, "E16"),
    (#"{"breakpoint_requests":["Z0,1000,1""#, "E16"), (#"{"breakpoint_requests":["Z0"#, "E16"),
    (#"{"breakpoint_requests":["Z0,1000,1" "Z0,1000,1"]}"#, "E16"),
    (#"{"breakpoint_requests":[1]}"#, "E16"),
  ]

  @Test("breakpoints many at a time, each answered as if alone", arguments: requests)
  func points(request: String, expected: String) {
    var talk = talk()
    #expect(talk.ask("jMultiBreakpoint:" + escaped(request)) == [expected])
  }

  @Test("breakpoints many at a time stand, and none where that is not allowed")
  func pointsStand() {
    var talk = talk()
    talk.ask(
      "jMultiBreakpoint:" + escaped(#"{"breakpoint_requests":["Z0,1002,1","Z1,1004,1"]}"#))
    #expect(talk.machine.planted.map(\.address.value) == [0x1002, 0x1004])
    var observer = StubConversation(authority: .observe)
    #expect(
      observer.ask("jMultiBreakpoint:" + escaped(#"{"breakpoint_requests":["Z0,1002,1"]}"#))
        == [#"{"results":["E0d"]}"#])
    #expect(observer.machine.planted.isEmpty)
    #expect(observer.stub.statistics.refused == 1)
  }

  @Test("a client can leave the machine as it stands, with nothing planted")
  func leaving() {
    var talk = talk()
    #expect(talk.hear(packet("D1")) == .lapse)
    #expect(!talk.stub.isRunning)
    #expect(talk.take() == ["OK"])
    var other = self.talk()
    #expect(other.hear(packet("D")) == .detach)
    #expect(other.stub.isRunning)
  }
}
