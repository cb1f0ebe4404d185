import Bytes
import Expressions
import Inspect
import Session
import Symbols
import Testing

@Suite("Stepping")
struct SteppingTests {
  private let leaf = StopPoint(kind: .software, address: Address(0x1044))

  @Test("step enters a function with lines and stops after its prologue")
  func stepInto() throws {
    let (session, target, _) = Program.session(at: 0x1004)
    target.log = []
    let stop = try session.stop(.stepLine(1))
    #expect(stop?.place == "leaf:21")
    #expect(stop?.reason == .arrived)
    #expect(
      target.changes == [
        .resume(.stepRange(Address(0x1004)..<Address(0x100a))),
        .insert(StopPoint(kind: .software, address: Address(0x1009))), .insert(leaf),
        .resume(.cont),
        .remove(StopPoint(kind: .software, address: Address(0x1009))), .remove(leaf),
      ])
    #expect(target.planted.isEmpty)
  }

  @Test("next runs a call to its return, and leaves nothing planted")
  func nextOver() throws {
    let (session, target, _) = Program.session(at: 0x1004)
    let stop = try session.stop(.nextLine(1))
    #expect(stop?.place == "main:12")
    #expect(target.pc == 0x100a)
    #expect(target.planted.isEmpty)
    #expect(
      target.changes == [
        .resume(.stepRange(Address(0x1004)..<Address(0x100a))),
        .insert(StopPoint(kind: .software, address: Address(0x1009))), .resume(.cont),
        .remove(StopPoint(kind: .software, address: Address(0x1009))),
        .resume(.stepRange(Address(0x1004)..<Address(0x100a))),
      ])
  }

  @Test("returning into the middle of a line walks it to its end")
  func returning() throws {
    let (session, _, _) = Program.session(at: 0x1004)
    #expect(try session.stop(.stepLine(1))?.place == "leaf:21")
    #expect(try session.stop(.nextLine(1))?.place == "leaf:22")
    #expect(try session.stop(.nextLine(1))?.place == "main:12")
  }

  @Test("step enters an inlined call without moving; next passes it as part of its line")
  func inlined() throws {
    let (session, target, _) = Program.session(at: 0x1004)
    #expect(try session.stop(.nextLine(1))?.place == "main:12")
    target.log = []
    #expect(try session.stop(.stepLine(1))?.place == "twice:31")
    #expect(target.changes.isEmpty)
    #expect(try session.backtrace(limit: 2).map(\.line) == [31, 12])
    #expect(try session.stop(.stepLine(1))?.place == "twice:32")
    #expect(try session.stop(.stepLine(1))?.place == "main:13")

    let (other, second, _) = Program.session(at: 0x1004)
    #expect(try other.stop(.nextLine(2))?.place == "main:13")
    #expect(second.pc == 0x100e)
  }

  @Test("finish leaves an inlined call at its end")
  func finishInlined() throws {
    let (session, target, _) = Program.session(at: 0x100c)
    let stop = try session.stop(.finish)
    #expect(stop?.place == "main:13")
    #expect(target.pc == 0x100e)
  }

  @Test("finish runs to the caller and tells the returned value")
  func finish() throws {
    let (session, target, symbols) = Program.session()
    symbols.returns["leaf"] = ReturnType(name: "short", kind: .signed, size: 2)
    _ = try session.add(.location(.function("leaf")))
    #expect(try session.stop(.cont(ignore: 1))?.place == "leaf:21")
    let stop = try session.stop(.finish)
    let short = ValueType.integer(size: 2, isSigned: true)
    #expect(stop?.reason == .finished(returned: Value(1, as: short)))
    #expect(target.pc == 0x1009)
    #expect(target.planted == [leaf])
  }

  @Test("finish out of a function that returns nothing, or an aggregate, tells no value")
  func finishVoid() throws {
    for type in [nil, ReturnType(name: "struct pair", kind: nil, size: 16)] {
      let (session, _, symbols) = Program.session()
      symbols.returns["leaf"] = type
      _ = try session.add(.location(.function("leaf")))
      _ = try session.stop(.cont(ignore: 1))
      #expect(try session.stop(.finish)?.reason == .finished(returned: nil))
    }
  }

  @Test("next and finish in a recursion wait for their own activation")
  func recursion() throws {
    let (session, target, _) = Program.session(at: 0x1013)
    target.processors[0].registers["rdi"] = 3
    #expect(try session.stop(.stepLine(1))?.place == "fact:40")
    let depth = target.processors[0].registers["rsp"]
    #expect(try session.stop(.nextLine(1))?.place == "fact:41")
    #expect(try session.stop(.nextLine(1))?.place == "fact:42")
    #expect(target.processors[0].registers["rsp"] == depth)

    let (other, second, _) = Program.session(at: 0x1013)
    second.processors[0].registers["rdi"] = 3
    #expect(try other.stop(.stepLine(1))?.place == "fact:40")
    #expect(try other.stop(.finish)?.place == "main:14")
    #expect(second.pc == 0x1018)
  }

  @Test("a count repeats a step")
  func counted() throws {
    let (session, target, _) = Program.session(at: 0x1004)
    #expect(try session.stop(.stepLine(3))?.place == "main:12")
    let (other, second, _) = Program.session(at: 0x1000)
    #expect(try other.stop(.stepInstruction(2))?.place == "main:11")
    #expect(second.pc == 0x1004 && target.pc == 0x100a)
  }

  @Test("nexti runs a call to its return, stepi enters it")
  func instructions() throws {
    let (session, target, _) = Program.session(at: 0x1004)
    _ = try session.stop(.nextInstruction(1))
    #expect(target.pc == 0x1009)
    let (other, second, _) = Program.session(at: 0x1004)
    _ = try other.stop(.stepInstruction(1))
    #expect(second.pc == 0x1040)
  }

  @Test("step passes a function without lines")
  func withoutLines() throws {
    let (session, target, symbols) = Program.session(at: 0x1004)
    symbols.rows.removeAll { (20...22).contains($0.line) }
    #expect(try session.stop(.stepLine(1))?.place == "main:12")
    #expect(target.planted.isEmpty)
  }

  @Test("in a function without lines, step goes on until it is left")
  func fromWithoutLines() throws {
    let (session, _, _) = Program.session(at: 0x1080)
    // It returns to code without any symbol.
    let stop = try session.stop(.nextLine(1))
    #expect(stop?.place == "?:0")
    #expect(stop?.reason == .arrived)
  }

  @Test("until does not go back, and until or advance with a place goes there")
  func until() throws {
    let (session, target, _) = Program.session(at: 0x1000)
    #expect(try session.stop(.advance(.line(file: nil, 13)))?.place == "main:13")
    #expect(target.planted.isEmpty)
    #expect(try session.stop(.until(nil))?.place == "main:14")
  }

  @Test("a step onto a breakpoint is a hit of it")
  func stepOntoBreakpoint() throws {
    let (session, _, _) = Program.session(at: 0x1044)
    let point = try session.add(.location(.address(Address(0x1047))))
    let stop = try session.stop(.stepLine(1))
    #expect(stop?.reason == .breakpoint(number: point.number, isTemporary: false))
    #expect(session.breakpoints().first?.hits == 1)
  }

  @Test("a breakpoint within a call that is stepped over ends the motion there")
  func interrupted() throws {
    let (session, target, _) = Program.session(at: 0x1004)
    let point = try session.add(.location(.function("leaf")))
    let stop = try session.stop(.nextLine(1))
    #expect(stop?.place == "leaf:21")
    #expect(stop?.reason == .breakpoint(number: point.number, isTemporary: false))
    #expect(target.planted == [leaf])
  }

  @Test("an interrupt ends a step of a line that never does")
  func endless() throws {
    let (session, target, _) = Program.session(at: 0x1100)
    try session.start(.nextLine(1))
    #expect(try session.pump(milliseconds: 0) == nil)
    try session.interrupt()
    guard case .stopped(let summary) = try session.pump(milliseconds: 100) else {
      Issue.record("no stop")
      return
    }
    #expect(summary.reason == .interrupted)
    #expect(target.planted.isEmpty)
  }

  @Test("a target that exits or is cut off in a motion ends it")
  func endings() throws {
    let (session, _, _) = Program.session()
    #expect(try session.go(.cont(ignore: 1)) == .ended(.exited(status: 7)))
    #expect(throws: SessionError.self) { try session.start(.stepLine(1)) }

    let (other, target, _) = Program.session(at: 0x1100)
    try other.start(.cont(ignore: 1))
    target.cut()
    #expect(try other.pump(milliseconds: 0) == .lost("cut"))
  }

  @Test("a fault is reported as its signal")
  func fault() throws {
    let (session, _, _) = Program.session(at: 0x1100)
    let target = Program.target(at: 0x10fa)
    _ = target.memory.write([0x0f, 0x0b], Address(0x10fa))
    let faulty = Session(target: target, symbols: Program.symbols())
    guard case .stopped(let summary) = try faulty.go(.cont(ignore: 1)) else {
      Issue.record("no stop")
      return
    }
    #expect(summary.reason == .signal(4))
    #expect(summary.headline == ["Program received signal SIGILL, Illegal instruction."])
    _ = session
  }

  @Test("a step that ends takes at most three flights to the whole screen")
  func flights() throws {
    let (session, target, _) = Program.session(at: 0x1044)
    try session.refresh()
    try session.start(.nextLine(1))
    target.log = []
    guard case .stopped = try session.pump(milliseconds: 0) else {
      Issue.record("no stop")
      return
    }
    try session.refresh()
    #expect(target.log.count <= 3)
    #expect(session.snapshot.frames.first?.line == 22)
  }
}
