import Bytes
import Expressions
import Inspect
import Session
import Testing

@Suite("Breakpoints")
struct BreakpointTests {
  private func point(_ address: UInt64) -> StopPoint {
    StopPoint(kind: .software, address: Address(address))
  }

  @Test("a breakpoint on a function stops after its prologue, and counts")
  func function() throws {
    let (session, target, _) = Program.session()
    let made = try session.add(.location(.function("leaf")))
    #expect(made.number == 1 && made.addresses == [Address(0x1044)])
    let stop = try session.stop(.cont(ignore: 1))
    #expect(stop?.place == "leaf:21")
    #expect(stop?.reason == .breakpoint(number: 1, isTemporary: false))
    #expect(session.breakpoints().map(\.hits) == [1])
    #expect(target.planted == [point(0x1044)])
  }

  @Test("continuing from a breakpoint steps off it and puts it back")
  func stepOff() throws {
    let (session, target, _) = Program.session()
    _ = try session.add(.location(.function("leaf")))
    _ = try session.go(.cont(ignore: 1))
    target.log = []
    #expect(try session.go(.cont(ignore: 1)) == .ended(.exited(status: 7)))
    #expect(
      target.changes == [
        .remove(point(0x1044)), .resume(.step), .insert(point(0x1044)), .resume(.cont),
      ])
  }

  @Test("a condition that does not hold resumes by itself and is no hit")
  func condition() throws {
    let (session, _, _) = Program.session(at: 0x1013)
    let target = try #require(session.target as? FakeTarget)
    target.processors[0].registers["rdi"] = 4
    _ = try session.add(.location(.address(Address(0x1060))), condition: "$rdi == 2")
    let stop = try session.stop(.cont(ignore: 1))
    #expect(stop?.place == "fact:40")
    #expect(target.processors[0].registers["rdi"] == 2)
    #expect(session.breakpoints().map(\.hits) == [1])
  }

  @Test("a condition that cannot be evaluated stops and says so")
  func badCondition() throws {
    let (session, _, _) = Program.session()
    _ = try session.add(.location(.function("leaf")), condition: "nothing == 1")
    guard case .conditionFailed(1, let message)? = try session.stop(.cont(ignore: 1))?.reason
    else {
      Issue.record("no such stop")
      return
    }
    #expect(message.contains("nothing"))
    #expect(throws: SessionError.self) {
      try session.add(.location(.function("leaf")), condition: "1 +")
    }
  }

  @Test("a target that decides conditions is told them, and of changes of them")
  func conditionInTarget() throws {
    let (session, _, _) = Program.session(at: 0x1013)
    let target = try #require(session.target as? FakeTarget)
    target.profile.evaluatesConditions = true
    let place = point(0x1060)
    let made = try session.add(.location(.address(Address(0x1060))), condition: "$rdi == 2")
    #expect(made.decision == .target)
    // reg 5 (rdi), const8 2, equal, end, by the numbers of gdb's ax.def.
    let code: [UInt8] = [0x26, 0, 5, 0x22, 2, 0x13, 0x27]
    #expect(target.scripts == [place: PointScript(conditions: [code])])
    // Another condition at the same place: one of them has to hold.
    _ = try session.add(.location(.address(Address(0x1060))), condition: "$rdi == 3")
    var other = code
    other[4] = 3
    #expect(target.scripts == [place: PointScript(conditions: [code, other])])
    // Without one it stops always.
    try session.setCondition(2, nil)
    #expect(target.scripts.isEmpty && target.planted == [place])
    try session.removeBreakpoint(2)
    #expect(target.scripts == [place: PointScript(conditions: [code])])
    // A motion's landing has to stop there, whatever the condition says.
    target.log = []
    _ = try session.go(.advance(.address(Address(0x1060))))
    #expect(target.changes.first == .insert(place))
    #expect(target.scripts == [place: PointScript(conditions: [code])])
    // What the target cannot say is decided here, with a word about it.
    try session.setCondition(1, "$rdi == $wanted")
    #expect(target.scripts.isEmpty)
    #expect(session.breakpoints()[0].decision == .session(why: "$wanted is the debugger's own"))
  }

  @Test("a target that has no room for a condition leaves it to the session")
  func conditionRefused() throws {
    let (session, _, _) = Program.session(at: 0x1013)
    let target = try #require(session.target as? FakeTarget)
    target.profile.evaluatesConditions = true
    target.processors[0].registers["rdi"] = 4
    target.failures = [.refused("no room")]
    let made = try session.add(.location(.address(Address(0x1060))), condition: "$rdi == 2")
    #expect(made.decision == .session(why: "no room"))
    #expect(try session.stop(.cont(ignore: 1))?.place == "fact:40")
    #expect(target.processors[0].registers["rdi"] == 2)
  }

  @Test("a log point prints and goes on, here or in the target")
  func logPoint() throws {
    let (session, _, _) = Program.session()
    let text = try FormattedText(parsing: #""rdi %d of %x%%\n", $rdi, 255"#)
    let made = try session.add(.location(.address(Address(0x1060))), log: text)
    #expect(made.kind == "dprintf" && made.decision == .session(why: ""))
    try session.start(.cont(ignore: 1))
    var printed: [UInt8] = []
    var end: SessionEvent?
    while end == nil {
      switch try session.pump(milliseconds: 1000) {
      case .console(let text)?: printed += text
      case let event?: end = event
      case nil: break
      }
    }
    #expect(end == .ended(.exited(status: 7)))
    #expect(
      String(decoding: printed, as: UTF8.self) == "rdi 3 of ff%\nrdi 2 of ff%\nrdi 1 of ff%\n")
    #expect(session.breakpoints()[0].hits == 3)
    let wrong = [#""%d""#, #""%d", 1, 2"#, #"%d"#, #""a"#, #""%q", 1"#, #""%d", 1 +"#]
    for wrong in wrong {
      #expect(throws: SessionError.self) { try FormattedText(parsing: wrong) }
    }
  }

  @Test("a target that prints is told the format with its sizes, and the values last first")
  func logPointInTarget() throws {
    let (session, _, _) = Program.session(at: 0x1013)
    let target = try #require(session.target as? FakeTarget)
    target.profile.evaluatesConditions = true
    target.profile.printsLogPoints = true
    let text = try FormattedText(parsing: #""%d%%\n", $rdi"#)
    let made = try session.add(.location(.address(Address(0x1060))), log: text)
    #expect(made.decision == .target)
    let code: [UInt8] =
      [0x26, 0, 5, 0x22, 0, 0x22, 0, 0x34, 1, 0, 7] + Array("%ld%%\n".utf8) + [0, 0x27]
    #expect(target.scripts == [point(0x1060): PointScript(commands: [code])])
    // Hits that are counted are counted here.
    try session.setIgnoreCount(1, 2)
    #expect(target.scripts.isEmpty)
    try session.setIgnoreCount(1, 0)
    try session.setCondition(1, "$rdi == 1")
    #expect(target.scripts[point(0x1060)]?.conditions.count == 1)
  }

  @Test("text in an array ends with the array, which need not have a 0")
  func logPointOfArray() throws {
    let (session, _, _) = Program.session(at: 0x1013)
    let target = try #require(session.target as? FakeTarget)
    target.profile.evaluatesConditions = true
    target.profile.printsLogPoints = true
    let bounded = try FormattedText(
      parsing:
        #""%s %.2s %.9s %s\n", {char [4]} $rdi, {char [4]} $rdi, {char [4]} $rdi, (char *) $rdi"#)
    let made = try session.add(.location(.address(Address(0x1060))), log: bounded)
    let code = try #require(target.scripts[point(0x1060)]?.commands.first)
    #expect(String(decoding: code, as: UTF8.self).contains("%.4s %.2s %.4s %s\n"))
    // Who prints where nobody is told of it, does not count.
    #expect(made.knownHits == nil && made.decision == .target)
    let wide = try FormattedText(parsing: #""%s", {char [300]} $rdi"#)
    let other = try session.add(.location(.function("leaf")), log: wide)
    #expect(other.decision == .session(why: "text of 300 bytes") && other.knownHits == 0)
  }

  @Test("a temporary breakpoint is gone after its hit")
  func temporary() throws {
    let (session, target, _) = Program.session()
    _ = try session.add(.location(.function("leaf")), isTemporary: true)
    let stop = try session.stop(.cont(ignore: 1))
    #expect(stop?.reason == .breakpoint(number: 1, isTemporary: true))
    #expect(session.breakpoints().isEmpty && target.planted.isEmpty)
  }

  @Test("continue N lets the breakpoint it stands at pass by")
  func ignoring() throws {
    let (session, _, _) = Program.session(at: 0x1013)
    let target = try #require(session.target as? FakeTarget)
    target.processors[0].registers["rdi"] = 5
    _ = try session.add(.location(.address(Address(0x1060))))
    _ = try session.go(.cont(ignore: 1))
    _ = try session.go(.cont(ignore: 3))
    #expect(target.processors[0].registers["rdi"] == 2)
    #expect(session.breakpoints().map(\.hits) == [4])
  }

  @Test("two breakpoints share one place; deleting one leaves the other planted")
  func sharing() throws {
    let (session, target, _) = Program.session()
    _ = try session.add(.location(.function("leaf")))
    _ = try session.add(.location(.line(file: "fake.swift", 21)))
    #expect(target.planted == [point(0x1044)])
    #expect(target.changes == [.insert(point(0x1044))])
    try session.removeBreakpoint(1)
    #expect(target.planted == [point(0x1044)])
    try session.setBreakpoint(2, enabled: false)
    #expect(target.planted.isEmpty)
    try session.setBreakpoint(2, enabled: true)
    #expect(target.planted == [point(0x1044)])
    #expect(throws: SessionError.noBreakpoint(1)) { try session.removeBreakpoint(1) }
  }

  @Test("a name that was inlined stops where it was inlined, and shows the inlined frame")
  func inlined() throws {
    let (session, _, _) = Program.session()
    let made = try session.add(.location(.function("twice")))
    #expect(made.addresses == [Address(0x100a)])
    #expect(try session.stop(.cont(ignore: 1))?.place == "twice:31")
  }

  @Test("a breakpoint that the target refuses does not stay behind")
  func refused() throws {
    let (session, target, _) = Program.session()
    try session.refresh()
    target.failures = [.refused("E22")]
    #expect(throws: SessionError.inspect(.refused("E22"))) {
      try session.add(.location(.function("leaf")), isHardware: true)
    }
    #expect(session.breakpoints().isEmpty)
    #expect(try session.add(.location(.function("leaf"))).number == 1)
  }

  @Test("a watchpoint reports the old and the new value, and passes by unchanged ones")
  func watchpoint() throws {
    let target = Program.target(at: 0x1100)
    // movabs %rax,0x3000 twice with the same value, then with another one.
    let store: [UInt8] = [0x48, 0xa3, 0, 0x30, 0, 0, 0, 0, 0, 0]
    let code = store + store + [0x48, 0xff, 0xc0] + store + [0xeb, 0xfe]
    target.memory.map(Address(0x2000), code)
    target.processors[0].registers["rip"] = 0x2000
    let session = Session(target: target, symbols: Program.symbols())
    let made = try session.add(.watch(expression: "counter", .write))
    #expect(made.kind == "hw watchpoint")
    let stop = try session.stop(.cont(ignore: 1))
    #expect(
      stop?.reason == .watchpoint(number: 1, expression: "counter", old: "0", new: "1"))
    #expect(target.pc == 0x2021)
    #expect(throws: SessionError.self) { try session.add(.watch(expression: "1 + 1", .write)) }
  }

  @Test("detaching leaves nothing planted, also from a running target")
  func detach() throws {
    let (session, target, _) = Program.session(at: 0x1100)
    _ = try session.add(.location(.function("leaf")))
    try session.start(.cont(ignore: 1))
    #expect(try session.pump(milliseconds: 0) == nil)
    try session.detach()
    #expect(target.planted.isEmpty)
    #expect(target.log.last == .detach)
  }

  @Test("an error in the middle of a motion leaves nothing of the motion planted")
  func failing() throws {
    let (session, target, _) = Program.session(at: 0x1004)
    try session.start(.nextLine(1))
    // Registers, the stack, the landing: then the resume fails.
    target.failures = [nil, nil, nil, .timedOut("resume")]
    #expect(throws: InspectError.timedOut("resume")) { try session.pump(milliseconds: 100) }
    #expect(target.planted.isEmpty)
  }

  @Test("a session that only looks refuses to stop, step and write, and says why")
  func readOnly() throws {
    let (session, target, _) = Program.session()
    target.profile.isReadOnly = true
    target.profile.readOnlyAdvice = "Ask process 7."
    #expect(throws: SessionError.readOnly("`break`", advice: "Ask process 7.")) {
      try session.add(.location(.function("leaf")))
    }
    #expect(throws: SessionError.readOnly("`run`", advice: "Ask process 7.")) {
      try session.start(.cont(ignore: 1))
    }
    #expect(throws: SessionError.self) { try session.evaluate("$rax = 1") }
    #expect(target.changes.isEmpty)
  }

  @Test("a breakpoint in one thread is stepped off by that thread while the other runs on")
  func threads() throws {
    let target = Program.target(at: 0x1100)
    target.processors.append(FakeProcessor(pc: Address(0x1004), sp: Address(0x8800)))
    target.memory.map(Address(0), [])
    let session = Session(target: target, symbols: Program.symbols())
    _ = try session.add(.location(.function("leaf")))
    let stop = try session.stop(.cont(ignore: 1))
    #expect(stop?.place == "leaf:21")
    #expect(session.selectedThread == ThreadID(thread: 2))
    try session.select(thread: ThreadID(thread: 1))
    #expect(try session.backtrace(limit: 1).map(\.function) == ["spin"])
  }
}

@Suite("Names, places and values")
struct PlaceTests {
  @Test(
    "the grammar of places",
    arguments: [
      ("main", LocationSpecification.function("main")), ("12", .line(file: nil, 12)),
      ("a/b.swift:7", .line(file: "a/b.swift", 7)), ("*0x10", .address(Address(16))),
      ("*$pc+4", .expression("$pc+4")), ("+2", .offset(2)), ("-3", .offset(-3)), ("  ", .here),
      ("Type.init(a:b:)", .function("Type.init(a:b:)")),
    ] as [(String, LocationSpecification)])
  func grammar(text: String, expected: LocationSpecification) throws {
    #expect(try LocationSpecification.parse(text) == expected)
  }

  @Test("places that make no sense are refused in words", arguments: ["*", "0", "f:0", "+x"])
  func nonsense(text: String) {
    #expect(throws: SessionError.self) { try LocationSpecification.parse(text) }
  }

  @Test("a place resolves to the address it means")
  func resolve() throws {
    let (session, _, _) = Program.session(at: 0x1044)
    #expect(try session.resolve("leaf") == Address(0x1040))
    #expect(try session.resolve("fake.swift:13") == Address(0x100e))
    #expect(try session.resolve("counter") == Address(0x3000))
    #expect(try session.resolve("4096") == Address(4096))
    #expect(try session.resolve("$pc + 1") == Address(0x1045))
    #expect(throws: SessionError.self) { try session.resolve("nowhere") }
  }

  @Test("registers and memory are assigned, and read back anew")
  func assign() throws {
    let (session, target, _) = Program.session()
    _ = try session.assign("0x1122334455667788", to: "$rax")
    #expect(target.processors[0].registers["rax"] == 0x1122_3344_5566_7788)
    _ = try session.assign("1", to: "$ah")
    #expect(try session.evaluate("$rax").bits == 0x1122_3344_5566_0188)
    _ = try session.assign("-2", to: "counter")
    #expect(try session.evaluate("counter").signed == -2)
    #expect(throws: SessionError.self) { try session.assign("1", to: "nothing") }
  }

  @Test("every error says something, and most what to try next")
  func messages() {
    let errors: [SessionError] = [
      .noSymbol("x"), .noSymbolFile, .noFrame(3), .noThread(ThreadID(thread: 9)),
      .noLine(file: "f", line: 3), .noBreakpoint(1), .noRegister("r"),
      .ambiguous("f", [Address(1), Address(2)]), .readOnly("`set`", advice: "m"),
      .inspect(.timedOut("m")),
    ]
    for error in errors { #expect(error.message.count > 20) }
  }
}
