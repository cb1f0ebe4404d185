internal import Bytes
internal import GDBRemote
internal import Testing

/// A stub and its machine, with the test as the client.
struct StubConversation {
  var stub = Stub(stop: StubStop(signal: 5, thread: 1))
  var machine = ToyMachine()

  init(authority: Authority = .write, quiet: Bool = true) {
    stub = Stub(stop: StubStop(signal: 5, thread: 1), authority: authority)
    if quiet {
      ask("QStartNoAckMode")
      _ = take()
    }
  }

  /// Sends bytes; runs the machine when the stub asks for it; returns the last effect.
  @discardableResult
  mutating func hear(_ bytes: [UInt8]) -> StubEffect? {
    var last: StubEffect?
    for byte in bytes {
      guard let effect = stub.received(byte, target: &machine) else { continue }
      last = effect
      switch effect {
      case .resume where machine.neverStops: break
      case .resume:
        var stop = machine.run(stub.resumption)
        // The toy counts its instructions anew each time, so the passes are counted here.
        var passes = 0
        while passes < 200, !stub.isTold(of: stop, at: Address(machine.pc), target: machine) {
          stop = machine.run(stub.resumption)
          passes += 1
        }
        if passes == 200 { stop = StubStop(signal: 2, thread: 1) }
        stub.stopped(stop, target: machine)
      case .stop: stub.stopped(StubStop(signal: 2, thread: 1), target: machine)
      default: break
      }
    }
    return last
  }

  @discardableResult
  mutating func ask(_ text: String) -> [String] {
    hear(packet(text))
    return take()
  }

  /// The data of the packets sent since the last call, runs expanded by the book.
  mutating func take() -> [String] {
    defer { stub.output.removeAll() }
    return dataOfPackets(stub.output)
  }
}

/// Takes frames apart without the decoder under test; checks each sum.
func dataOfPackets(_ bytes: [UInt8]) -> [String] {
  var result: [String] = []
  var rest = bytes[...]
  while let start = rest.firstIndex(of: 0x24), let end = rest[start...].firstIndex(of: 0x23) {
    let body = rest[(start + 1)..<end]
    let sum = body.reduce(0) { ($0 + Int($1)) & 255 }
    let told = Int(String(decoding: rest[(end + 1)..<(end + 3)], as: UTF8.self), radix: 16)
    if told != sum { result.append("BAD SUM") }
    var data: [UInt8] = []
    var index = body.startIndex
    while index < body.endIndex {
      if body[index] == 0x2a {
        data += Array(repeating: data.last ?? 0, count: Int(body[index + 1]) - 29)
        index += 2
      } else if body[index] == 0x7d {
        data.append(body[index + 1] ^ 0x20)
        index += 2
      } else {
        data.append(body[index])
        index += 1
      }
    }
    result.append(String(decoding: data, as: UTF8.self))
    rest = rest[(end + 3)...]
  }
  return result
}

@Suite("The stub's conversation")
struct StubTests {
  @Test("acknowledges until it is told not to, and repeats what was lost")
  func acknowledgements() {
    var talk = StubConversation(quiet: false)
    talk.hear(packet("qC"))
    #expect(String(decoding: talk.stub.output, as: UTF8.self) == "+$QC1#c5")
    talk.stub.output.removeAll()
    talk.hear(bytes("-"))
    #expect(String(decoding: talk.stub.output, as: UTF8.self) == "$QC1#c5")
    talk.stub.output.removeAll()
    talk.hear(bytes("$qC#00"))
    #expect(talk.stub.output == bytes("-"))
    talk.stub.output.removeAll()
    talk.ask("QStartNoAckMode")
    talk.hear(packet("qC"))
    #expect(String(decoding: talk.stub.output, as: UTF8.self) == "$QC1#c5")
  }

  static let answers: [(String, [String])] = [
    ("vMustReplyEmpty", [""]), ("qNonsense", [""]), ("j", [""]), ("vFile:open:6c6f67,0,0", [""]),
    ("qXfer:exec-file:read::0,10", ["E16"]), ("", [""]),
    (
      "?",
      [
        "T05thread:1;hexname:636f72652030;6:0000000000000000;7:0000000000000000;10:0000000000000000;"
      ]
    ),
    ("m1000,4", ["00000000"]), ("m1000,0", [""]), ("mfff,1", ["E0e"]), ("m10fff,8", ["00"]),
    ("m11000,1", ["E0e"]), ("mffffffffffffffff,1", ["E0e"]), ("m1000,ffffffffffffffff", nil),
    ("m", ["E16"]), ("m1000", ["E16"]), ("m1000,", ["E16"]), ("m1000,1,", ["E16"]),
    ("m11111111111111111,1", ["E16"]),
    ("M1000,2:abcd", ["OK"]), ("M1000,3:abcd", ["E16"]), ("M1000,1:zz", ["E16"]),
    ("M10fff,2:0000", ["E0e"]), ("X1000,0:", ["OK"]), ("X1000,2:ab", ["OK"]),
    ("X1000,3:ab", ["E16"]), ("p10", ["0000000000000000"]), ("p18", ["E13"]), ("p", ["E16"]),
    ("P10=1100000000000000", ["OK"]), ("P10=11", ["E13"]), ("Pff=11", ["E13"]), ("P10", ["E16"]),
    ("G", ["E16"]), ("G0", ["E16"]), ("G1100000000000000", ["OK"]),
    ("Z0,1000,1", ["OK"]), ("Z3,1000,1", [""]), ("Z5,1000,1", [""]), ("Z0,", ["E16"]),
    ("Z0,10,1", ["E0e"]), ("z1,1000,1", ["OK"]), ("Z0,1000,1;X1,00", ["OK"]),
    ("Z0,1000,1;X2,00", ["E16"]),
    ("Hg0", ["OK"]), ("Hg2", ["OK"]), ("Hg3", ["E03"]), ("Hc-1", ["OK"]), ("Hgp1.-1", ["OK"]),
    ("Hgp1.1f", ["OK"]), ("H", ["E16"]), ("Hx1", ["E16"]), ("T1f", ["OK"]), ("T3", ["E03"]),
    ("qC", ["QC1"]), ("qfThreadInfo", ["m1,2,1f"]), ("qThreadExtraInfo,1", ["636f72652030"]),
    ("qThreadExtraInfo,9", ["E03"]), ("qAttached", ["1"]), ("qAttached:1", ["1"]),
    ("vCont?", ["vCont;c;C;s;S;r;t"]), ("vCont", [""]), ("vCont;", ["E16"]),
    ("vCont;q", ["E16"]), ("vCont;r", ["E16"]), ("vCont;s:", ["E16"]), ("vCont;s:1:", ["E16"]),
    ("s1000", ["E16"]), ("qRcmd,zz", ["E16"]), ("qCRC:1000,0", ["Cffffffff"]),
    ("qCRC:10,1", ["E0e"]), ("qSearch:memory:1000;100;", ["E16"]),
    ("qXfer:features:read:other.xml:0,10", ["E16"]), ("qXfer:features:write:target.xml:0,10", [""]),
    ("qXfer:nothing:read::0,10", ["E16"]), ("QAllow:WriteReg:0", ["OK"]), ("QAllow:", ["E16"]),
    ("qXfer:osdata:read:none:0,10", ["E16"]), ("qEcho:7", ["qEcho:7"]),
    ("qMemoryRegionInfo:1234", ["start:1000;size:10000;permissions:rwx;"]),
    ("qMemoryRegionInfo:4000000000", ["start:4000000000;size:1000000;permissions:rx;"]),
    ("qMemoryRegionInfo:10", ["start:10;size:ff0;"]),
    ("qMemoryRegionInfo:ffffffffffffffff", ["start:ffffffffffffffff;size:0;"]),
    ("qMemoryRegionInfo:", ["E16"]), ("p10;thread:1;", ["E16"]), ("g;thread:1;", nil),
    ("QPassSignals:e;10;14", ["OK"]), ("QPassSignals:", ["OK"]), ("QPassSignals:x", ["E16"]),
    ("QProgramSignals:0;1;97", ["OK"]), ("QProgramSignals:1,2", ["E16"]),
    ("qWatchpointSupportInfo:", ["num:4;"]), ("qSupportsDetachAndStayStopped:", ["OK"]),
    ("qSpeedTest:response_size:4;", ["data:abcd"]), ("qSpeedTest:response_size:;", ["E16"]),
    ("qSpeedTest:response_size:0;", ["data:"]), ("QRestoreRegisterState:1", ["E16"]),
  ].map { ($0.0, $0.1 ?? []) }

  @Test("answers each packet, well formed or not, as the protocol wants", arguments: answers)
  func answer(packet text: String, expected: [String]) {
    var talk = StubConversation()
    let told = talk.ask(text)
    if !expected.isEmpty { #expect(told == expected) } else { #expect(told.count == 1) }
  }

  @Test("writes and reads memory both ways, `#` `$` `*` and `}` among it")
  func memory() {
    var talk = StubConversation()
    let nasty = Array(UInt8.min...UInt8.max)
    var request = bytes("X1100,100:")
    for byte in nasty {
      if [0x23, 0x24, 0x2a, 0x7d].contains(byte) {
        request += [0x7d, byte ^ 0x20]
      } else {
        request.append(byte)
      }
    }
    let sum = request.reduce(0) { ($0 + Int($1)) & 255 }
    talk.hear(bytes("$") + request + bytes("#" + (sum < 16 ? "0" : "") + String(sum, radix: 16)))
    #expect(talk.take() == ["OK"])
    #expect(Array(talk.machine.memory[0x100..<0x200]) == nasty)
    let text = nasty.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(talk.ask("m1100,100") == [text])
    // lldb's `x` is bare bytes, gdb's begins with `b`.
    talk.ask("M1100,3:414243")
    #expect(talk.ask("x1100,3") == ["bABC"])
    #expect(talk.ask("x1100,0") == ["b"])
    #expect(talk.ask("x0,0") == ["OK"])
    #expect(talk.ask("x1100,3") == ["ABC"])
  }

  @Test("a fiber's register without a value is told as such")
  func unavailable() {
    var talk = StubConversation()
    talk.ask("Hg2")
    #expect(talk.ask("pf") == ["xxxxxxxxxxxxxxxx"])
    let all = talk.ask("g")[0]
    #expect(all.count == 2 * (17 * 8 + 7 * 4))
    #expect(Array(all)[(15 * 16)..<(16 * 16)].allSatisfy { $0 == "x" })
    talk.ask("G" + String(repeating: "xx", count: 8) + "2200000000000000")
    #expect(talk.machine.values[0] == 0)
    #expect(talk.machine.values[1] == 0x22)
  }

  @Test("sums as gdb does: the check value of CRC-32/MPEG-2")
  func sum() {
    var talk = StubConversation()
    talk.machine.memory.replaceSubrange(0..<9, with: bytes("123456789"))
    #expect(talk.ask("qCRC:1000,9") == ["C376e6e7"])
  }

  @Test("finds a pattern that lies across two portions, and none that ends outside")
  func search() {
    var talk = StubConversation()
    talk.machine.memory.replaceSubrange(8190..<8194, with: bytes("abcd"))
    #expect(talk.ask("qSearch:memory:1000;10000;abcd") == ["1,2ffe"])
    #expect(talk.ask("qSearch:memory:1000;2001;abcd") == ["0"])
    #expect(talk.ask("qSearch:memory:1000;2002;abcd") == ["1,2ffe"])
    #expect(talk.ask("qSearch:memory:1000;ffffffffffffffff;nothere") == ["E0e"])
  }

  @Test("documents come in parts of any size and are the same")
  func documents() {
    for (object, annex) in [("features", "target.xml"), ("memory-map", ""), ("threads", "")] {
      var whole: [String] = []
      for size in [0x3000, 100, 7, 1] {
        var talk = StubConversation()
        var text = ""
        while true {
          let offset = String(text.utf8.count, radix: 16)
          let part = talk.ask("qXfer:\(object):read:\(annex):\(offset),\(String(size, radix: 16))")[
            0]
          text += part.dropFirst()
          guard part.first == "m" else { break }
        }
        whole.append(text)
      }
      #expect(Set(whole).count == 1)
      #expect(whole[0].hasPrefix("<"))
      if object == "threads" {
        #expect(whole[0].contains("<thread id=\"2\" name=\"&lt;fiber> &amp; &quot;co&quot;\"/>"))
        #expect(whole[0].contains("name=\"t?\""))
      }
    }
  }

  @Test("monitor: text in O packets, however long, then OK")
  func monitor() {
    var talk = StubConversation()
    let hex = bytes("repeat it").map { String($0, radix: 16) }.joined()
    let told = talk.ask("qRcmd," + hex)
    #expect(told.last == "OK")
    #expect(told.dropLast().allSatisfy { $0.first == "O" && $0.utf8.count <= Stub.packetSize })
    let text = told.dropLast().map { $0.dropFirst() }.joined()
    #expect(text.count == 2 * 3000 * 22)
    #expect(talk.machine.said == ["repeat it"])
    #expect(talk.ask("qRcmd,00").first?.first == "O")
  }
}
