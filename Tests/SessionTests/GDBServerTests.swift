import Bytes
import Expressions
import Inspect
import RemoteTarget
import Session
import Symbols
import Testing

/// One walk through the tour's program: the commands of gdb that make it.
struct Walk: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var commands: [String]
  var flags = "-g -O0"
}

@Suite("Against gdb, on a process under gdbserver", .serialized)
struct GDBServerTests {
  static let walks: [Walk] = [
    Walk(testDescription: "next through main", commands: main + repeated("next", 12)),
    Walk(testDescription: "step through everything", commands: main + repeated("step", 40)),
    Walk(
      testDescription: "finish, from each depth of a recursion",
      commands: ["tbreak main", "run", "break fact", "continue", "continue", "continue", "finish"]),
    Walk(
      testDescription: "next within a recursion",
      commands: ["tbreak fact", "run"] + repeated("next", 6)),
    Walk(
      testDescription: "breakpoints on lines, and continue over them",
      commands: ["break tour.c:4", "run", "continue", "continue", "next", "next", "next"]),
    Walk(
      testDescription: "until leaves a loop",
      commands: ["tbreak tour.c:26", "run", "next", "next", "until", "until"]),
    Walk(
      testDescription: "advance goes to a line, or to where the frame returns",
      commands: main + ["advance 26", "advance 28", "tbreak leaf", "continue", "advance 27"]),
    Walk(
      testDescription: "an inlined function by name, and out of it",
      commands: ["break twice", "run", "next", "finish"]),
    Walk(
      testDescription: "instructions and calls",
      commands: main + repeated("nexti", 12) + repeated("stepi", 12)),
    Walk(
      testDescription: "a program that is loaded where it was linked",
      commands: main + repeated("next", 6), flags: "-g -O0 -no-pie -gdwarf-4"),
  ]
  static let main = ["tbreak main", "run"]
  static func repeated(_ command: String, _ count: Int) -> [String] {
    Array(repeating: command, count: count)
  }

  @Test("each command ends where it ends in gdb", arguments: walks)
  func walk(_ walk: Walk) throws {
    let program = Tour.build(walk.flags)
    let expected = Tour.walkOfGDB(program, walk.commands)
    #expect(expected.count > walk.commands.count / 2)
    let tour = try TourSession(program)
    var places: [String] = []
    for command in walk.commands {
      if let place = try tour.perform(command) { places.append(place) }
    }
    #expect(places == expected)
  }

  @Test("gdbserver decides conditions by our bytecode: on locals, registers and globals")
  func conditionInTarget() throws {
    let tour = try TourSession(Tour.build("-g -O0"))
    // The first stop relocates the program.
    _ = try tour.perform("tbreak main")
    _ = try tour.perform("run")
    let made = try tour.session.add(
      .location(.function("fact")), condition: "n == 2 && sink > 0 && $rsp != 0")
    #expect(made.decision == .target)
    let trips = tour.target.statistics.roundTrips
    #expect(try tour.perform("continue") == "fact:13")
    #expect(try tour.session.evaluate("n").signed == 2)
    #expect(tour.session.breakpoints().last?.hits == 1)
    // Two calls came by before: a stop costs the session a dozen round trips.
    #expect(tour.target.statistics.roundTrips - trips < 24)
    try tour.session.setCondition(made.number, "n == 1")
    #expect(try tour.perform("continue") == "fact:13")
    #expect(try tour.session.evaluate("n").signed == 1)
    // What no bytecode says is decided here, as ever.
    try tour.session.setCondition(made.number, "n == $wanted")
    guard case .session(let why)? = tour.session.breakpoints().last?.decision else {
      Issue.record("not decided here")
      return
    }
    #expect(why.contains("$wanted"))
  }

  @Test("a process is matched by its build id, and its registers, frames and locals are there")
  func snapshot() throws {
    let tour = try TourSession(Tour.build("-g -O0"))
    _ = try tour.perform("break fact")
    _ = try tour.perform("run")
    _ = try tour.perform("continue")
    let trips = tour.target.statistics.roundTrips
    try tour.session.refresh()
    #expect(tour.target.statistics.roundTrips - trips <= 3)
    let snapshot = tour.session.snapshot
    guard case .matched = snapshot.symbols else {
      Issue.record("\(snapshot.symbols)")
      return
    }
    #expect(snapshot.frames.prefix(3).map(\.function) == ["fact", "fact", "main"])
    #expect(snapshot.frames.first?.arguments == "n=3")
    #expect(snapshot.source?.lines.contains { $0.contains("if (n < 2)") } == true)
    #expect(snapshot.disassembly.contains { $0.isCurrent && $0.hasBreakpoint })
  }

  @Test("a condition on an argument, and a watchpoint on a global, against the real thing")
  func conditions() throws {
    let tour = try TourSession(Tour.build("-g -O0"))
    _ = try tour.session.add(.location(.function("fact")), condition: "n == 2")
    #expect(try tour.perform("run") == "fact:13")
    #expect(try tour.session.evaluate("n").signed == 2)
    #expect(try tour.session.backtrace(limit: 10).filter { $0.function == "fact" }.count == 3)
    _ = try tour.session.add(.watch(expression: "sink", .write))
    _ = try tour.perform("continue")
    #expect(try tour.session.backtrace(limit: 1).first?.function == "main")
  }

  @Test("an interrupt in the middle of a step stops, and the process lives on when let go")
  func interrupt() throws {
    let tour = try TourSession("/bin/sleep 20")
    tour.session.symbols = nil
    try tour.session.start(.cont(ignore: 1))
    #expect(try tour.session.pump(milliseconds: 50) == nil)
    try tour.session.interrupt()
    guard case .stopped(let summary) = try tour.session.pump(milliseconds: 2000) else {
      Issue.record("no stop")
      return
    }
    #expect(summary.reason == .interrupted)
    try tour.session.detach()
  }
}
