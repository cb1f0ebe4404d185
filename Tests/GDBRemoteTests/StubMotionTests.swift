internal import Bytes
internal import GDBRemote
internal import Testing

@Suite("The stub lets its target go and stops it")
struct StubMotionTests {
  /// Ten `nop`s and a jump back to the first.
  private func looping() -> StubConversation {
    var talk = StubConversation()
    talk.machine.memory.replaceSubrange(
      0..<12, with: Array(repeating: 0x90, count: 10) + [0xeb, 0xf4])
    talk.machine.pc = 0x1000
    talk.ask("qSupported:swbreak+;hwbreak+")
    return talk
  }

  private func pc(_ told: [String]) -> String? {
    told.last?.split(separator: ";").first { $0.hasPrefix("10:") }.map { String($0.dropFirst(3)) }
  }

  @Test("steps, ranges, breakpoints and interrupts")
  func motion() {
    var talk = looping()
    #expect(pc(talk.ask("vCont;s:1;c")) == "0110000000000000")
    #expect(pc(talk.ask("s")) == "0210000000000000")
    #expect(pc(talk.ask("vCont;r1002,1006:1")) == "0610000000000000")
    talk.ask("Z0,1008,1")
    var told = talk.ask("vCont;c")
    #expect(told[0].contains("swbreak:;"))
    #expect(pc(told) == "0810000000000000")
    talk.ask("z0,1008,1")
    talk.ask("Z1,1004,1")
    told = talk.ask("c")
    #expect(told[0].contains("hwbreak:;"))
    talk.ask("z1,1004,1")
    told = talk.ask("vCont;c:p1.-1")
    #expect(told[0].hasPrefix("T02"))
  }

  @Test("a client that did not ask for reasons gets none")
  func reasons() {
    var talk = looping()
    talk.ask("qSupported:xmlRegisters=i386")
    talk.ask("Z0,1004,1")
    #expect(talk.ask("c")[0].hasPrefix("T05thread:1;hexname:"))
  }

  @Test("a watchpoint says what was written, where")
  func watch() {
    var talk = StubConversation()
    talk.machine.memory.replaceSubrange(
      0..<9, with: [0x88, 0x04, 0x25, 0x00, 0x20, 0, 0, 0xeb, 0xf7])
    talk.machine.pc = 0x1000
    talk.ask("Z2,2000,1")
    #expect(talk.ask("c")[0].contains("watch:2000;"))
  }

  @Test("while the target runs nothing but an interrupt is heard")
  func running() {
    var stub = Stub(stop: StubStop(signal: 5, thread: 1), isRunning: true)
    var machine = ToyMachine()
    // Before it has let the target go itself, a client may look at it.
    for byte in packet("m1000,4") { #expect(stub.received(byte, target: &machine) == nil) }
    #expect(dataOfPackets(stub.output) == ["00000000"])
    #expect(stub.received(3, target: &machine) == .stop)
    stub.stopped(StubStop(signal: 2, thread: 1), target: machine)
    for byte in packet("c") where stub.received(byte, target: &machine) == .resume { break }
    stub.output.removeAll()
    for byte in packet("m1000,4") { #expect(stub.received(byte, target: &machine) == nil) }
    #expect(stub.output == bytes("+"))
    #expect(stub.received(3, target: &machine) == .stop)
    stub.stopped(StubStop(signal: 2, thread: 2), target: machine)
    #expect(dataOfPackets(stub.output).last?.hasPrefix("T02thread:2;") == true)
    stub.output.removeAll()
    // A second Ctrl-C comes too late, and is not kept for later.
    #expect(stub.received(3, target: &machine) == nil)
    #expect(stub.output.isEmpty)
  }

  @Test("a client that attaches to a running target has it stopped, and told")
  func attaching() {
    var stub = Stub(stop: StubStop(signal: 5, thread: 1), isRunning: true)
    var machine = ToyMachine()
    var effect: StubEffect?
    for byte in packet("?") { effect = stub.received(byte, target: &machine) ?? effect }
    #expect(effect == .stop)
    stub.stopped(StubStop(signal: 5, thread: 1), target: machine)
    #expect(dataOfPackets(stub.output).last?.hasPrefix("T05thread:1;") == true)
  }

  static let needs: [(String, Authority)] = [
    ("m1000,1", .observe), ("g", .observe), ("qC", .observe), ("vCont;c", .stop), ("s", .stop),
    ("Z0,1000,1", .stop), ("z0,1000,1", .stop), ("M1000,1:00", .write), ("X1000,1:a", .write),
    ("P10=0000000000000000", .write), ("G00", .write), ("vKill;1", .write),
  ]

  @Test("each request needs its level, and a refusal changes nothing", arguments: needs)
  func authority(request: String, level: Authority) {
    for granted in [Authority.observe, .stop, .write] {
      var talk = StubConversation(authority: granted)
      let before = talk.machine.memory
      let told = talk.ask(request)
      #expect((told == ["E0d"]) == (granted < level), "\(request) with \(granted)")
      if granted < level {
        #expect(talk.machine.memory == before && talk.machine.planted.isEmpty)
        #expect(talk.stub.statistics.refused == 1)
      }
    }
  }

  @Test("a client that asks to be held to reading is, for good")
  func allow() {
    var talk = StubConversation()
    talk.ask("QAllow:WriteReg:0;WriteMem:0;InsertBreak:0;InsertTrace:0;InsertFastTrace:0;Stop:0")
    talk.ask("QAllow:WriteReg:1;WriteMem:1;InsertBreak:1;Stop:1")
    talk.ask("qSupported:error-message+")
    #expect(talk.ask("M1000,1:00")[0].hasPrefix("E.this client may not"))
    #expect(talk.hear(packet("k")) == nil)
  }

  @Test("leaving, killing, restarting")
  func leaving() {
    var talk = StubConversation()
    #expect(talk.hear(packet("D;1")) == .detach)
    #expect(talk.take() == ["OK"])
    #expect(talk.hear(packet("k")) == .kill)
    #expect(talk.hear(packet("R00")) == .restart)
    #expect(talk.take().isEmpty)
  }

  @Test("no sequence of bytes traps, and every packet gets an answer of bounded length")
  func torture() {
    var random = Xorshift(state: 0x9e37_79b9_7f4a_7c15)
    let seeds = StubTests.answers.map { packet($0.0) } + StubMotionTests.needs.map { packet($0.0) }
    var talk = looping()
    for round in 0..<20_000 {
      var piece = seeds[Int(random.next() % UInt64(seeds.count))]
      for _ in 0..<(random.next() % 3) where !piece.isEmpty {
        let place = Int(random.next() % UInt64(piece.count))
        switch random.next() % 4 {
        case 0: piece[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: piece.remove(at: place)
        case 2: piece.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        default: piece += piece[place...]
        }
      }
      talk.hear(piece)
      #expect(talk.stub.output.count < 400_000)
      if round % 16 == 0 { talk = looping() }
      talk.stub.output.removeAll()
    }
  }
}

/// Marsaglia's xorshift: numbers that are the same in every run.
private struct Xorshift {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
