internal import Bytes
internal import GDBRemote
internal import Testing

/// Conditions and commands that come with a breakpoint (gdb's manual, appendix E.2, packet `Z0`).
@Suite("The stub's conditions and log points")
struct StubScriptTests {
  /// A loop: store AL at 0x2000, jump back; a breakpoint is at the jump.
  private func looping() -> StubConversation {
    var talk = StubConversation()
    talk.machine.memory.replaceSubrange(
      0..<9, with: [0x88, 0x04, 0x25, 0x00, 0x20, 0, 0, 0xeb, 0xf7])
    talk.machine.pc = 0x1000
    talk.machine.values[0] = 0x41
    talk.ask("qSupported:swbreak+;hwbreak+")
    return talk
  }

  /// `const16 0x2000, ref8, const8 VALUE, equal, end`
  private func isStored(_ value: String) -> String { "X8,2320001722\(value)1327" }

  @Test("says that it can")
  func advertised() {
    var talk = StubConversation()
    let features = talk.ask("qSupported")[0].split(separator: ";")
    #expect(features.contains("ConditionalBreakpoints+"))
    #expect(features.contains("BreakpointCommands+"))
  }

  @Test("a true condition stops, a false one does not, and one of several is enough")
  func conditions() {
    var talk = looping()
    #expect(talk.ask("Z0,1007,1;\(isStored("41"))") == ["OK"])
    #expect(talk.ask("vCont;c")[0].contains("swbreak:;"))
    // The toy gives up after its limit: the breakpoint was passed again and again.
    #expect(talk.ask("Z0,1007,1;\(isStored("42"))") == ["OK"])
    #expect(talk.ask("vCont;c")[0].hasPrefix("T02"))
    #expect(talk.stub.statistics.passed > 100)
    #expect(talk.ask("Z0,1007,1;\(isStored("42"))\(isStored("41"))") == ["OK"])
    #expect(talk.ask("vCont;c")[0].contains("swbreak:;"))
    // Without a condition it is one that always stops.
    talk.ask("Z0,1007,1;\(isStored("42"))")
    #expect(talk.ask("Z0,1007,1") == ["OK"])
    #expect(talk.ask("vCont;c")[0].contains("swbreak:;"))
  }

  @Test("hardware breakpoints have conditions of their own, watchpoints none")
  func kinds() {
    var talk = looping()
    talk.ask("Z1,1007,1;\(isStored("42"))")
    #expect(talk.ask("vCont;c")[0].hasPrefix("T02"))
    #expect(talk.ask("Z0,1007,1") == ["OK"])
    #expect(talk.ask("z1,1007,1") == ["OK"])
    #expect(talk.ask("vCont;c")[0].contains("swbreak:;"))
    #expect(talk.ask("Z2,2000,1;\(isStored("42"))") == ["E16"])
    #expect(talk.ask("z0,1007,1;\(isStored("42"))") == ["E16"])
  }

  @Test("a condition that cannot be evaluated stops")
  func failing() {
    var talk = looping()
    talk.ask("Z0,1007,1;X4,22001727")
    #expect(talk.ask("vCont;c")[0].contains("swbreak:;"))
  }

  @Test("a removed breakpoint has lost its condition, and so has one of a client that left")
  func forgotten() {
    var talk = looping()
    talk.ask("Z0,1007,1;\(isStored("42"))")
    talk.ask("Z0,1000,1;\(isStored("42"))")
    talk.ask("z0,1007,1")
    talk.ask("Z0,1007,1")
    #expect(talk.ask("vCont;c")[0].contains("10:0710"))
    talk.ask("z0,1007,1")
    // The other one's is still there.
    #expect(talk.ask("vCont;c")[0].hasPrefix("T02"))
    talk.hear(packet("D"))
    _ = talk.take()
    talk.stub.stopped(StubStop(signal: 5, thread: 1), target: talk.machine)
    _ = talk.take()
    #expect(talk.ask("vCont;c")[0].contains("10:0010"))
  }

  @Test("a log point prints and goes on; its condition comes first")
  func logs() {
    var talk = looping()
    // printf "%d\n" of the byte at 0x2000.
    let log = "X12,23200017220022003401000525645c6e0027"
    #expect(talk.ask("Z0,1007,1;cmds:0,\(log)") == ["OK"])
    var told = talk.ask("vCont;c")
    #expect(told.count > 100)
    #expect(
      told[0] == "O"
        + "65\n".utf8.map { String($0, radix: 16) }.map { $0.count < 2 ? "0" + $0 : $0 }.joined())
    #expect(told.last?.hasPrefix("T02") == true)
    talk.ask("Z0,1007,1;\(isStored("42"));cmds:1,\(log)")
    told = talk.ask("vCont;c")
    #expect(told.count == 1)
    // One that fails says so, every time, and stops nothing.
    talk.ask("Z0,1007,1;cmds:0,X4,22001727")
    told = talk.ask("vCont;c")
    #expect(told.count > 100)
    let text = told[0].dropFirst()
    #expect(text.hasPrefix("286c6f6720706f696e743a20"), "\(text)")
  }

  @Test("what is malformed, cut or too much is refused, and leaves no breakpoint")
  func hostile() {
    var talk = looping()
    for text in [
      ";", ";X", ";X1", ";X1,", ";X1,2", ";X2,27", ";X0,", ";Xffffffffffffffff,27", ";Y1,27",
      ";cmds:", ";cmds:0", ";cmds:0,", ";X1,27;cmds:0,X1,27;X1,27", ";cmds:1,X1,27;cmds:1,X1,27",
      ",X1,27", ";X1,zz",
    ] {
      #expect(talk.ask("Z0,1007,1\(text)") == ["E16"], "\(text)")
    }
    #expect(talk.machine.planted.isEmpty)
    // A whole packet full fits once; the second one finds no room, and the first one stays.
    let long = String(repeating: "22", count: 6000)
    #expect(talk.ask("Z0,1007,1;X1770,\(long)") == ["OK"])
    #expect(talk.ask("Z0,1000,1;X1770,\(long)") == ["E0c"])
    #expect(talk.ask("Z0,1007,1;X1770,\(long)") == ["OK"])
    #expect(talk.ask("z0,1007,1") == ["OK"])
    #expect(talk.ask("Z0,1000,1;X1770,\(long)") == ["OK"])
    talk.ask("z0,1000,1")
    for index in 0..<64 {
      #expect(talk.ask("Z0,\(String(0x1000 + index, radix: 16)),1;X1,27") == ["OK"])
    }
    #expect(talk.ask("Z0,2000,1;X1,27") == ["E0c"])
    #expect(talk.ask("Z0,2000,1") == ["OK"])
  }
}
