import Bytes
import Expressions
import Inspect
import Session
import Symbols
import Testing

@Suite("Looking at a stopped target")
struct LookingTests {
  @Test("a refresh takes at most three flights, and shows frames, lines and registers")
  func refresh() throws {
    let (session, target, _) = Program.session(at: 0x1044)
    // As if called from main: the return address, then the pushed frame pointer.
    target.memory = pushed(target.memory, [0, 0x1009, 0, 0x10f0], at: Program.stackTop - 24)
    target.processors[0].registers["rsp"] = Program.stackTop - 24
    target.log = []
    try session.refresh()
    #expect(target.log.count <= 3)
    let snapshot = session.snapshot
    #expect(snapshot.frames.map(\.function) == ["leaf", "main", nil])
    #expect(snapshot.frames.map(\.line) == [21, 11, 0])
    #expect(snapshot.source?.currentLine == 21)
    #expect(snapshot.source?.lines.contains("line 21") == true)
    #expect(snapshot.registers.first { $0.name == "rip" }?.value == "0x1044")
    #expect(snapshot.registers.first { $0.name == "rip" }?.note == "leaf+4")
    #expect(snapshot.disassembly.first { $0.isCurrent }?.text == "inc    %rax")
    #expect(snapshot.threads.map(\.location) == ["leaf"])
  }

  @Test("what was fetched once a stop is not fetched again")
  func cached() throws {
    let (session, target, _) = Program.session()
    try session.refresh()
    target.log = []
    try session.refresh()
    _ = try session.backtrace(limit: 10)
    _ = try session.evaluate("$pc")
    #expect(target.log.isEmpty)
  }

  @Test("the caller of a selected frame shows the registers unwinding recovered, and no others")
  func callerRegisters() throws {
    let (session, target, _) = Program.session()
    _ = try session.add(.location(.function("leaf")))
    _ = try session.go(.cont(ignore: 1))
    try session.select(frame: 1)
    try session.refresh()
    let registers = session.snapshot.registers
    #expect(registers.first { $0.name == "rip" }?.value == "0x1009")
    #expect(registers.first { $0.name == "rax" }?.value == "<not saved>")
    #expect(session.snapshot.source?.currentLine == 11)
    #expect(try session.evaluate("$sp").bits == Program.stackTop - 8)
    #expect(try session.evaluate("$rax").absence == "<not saved>")
    #expect(throws: SessionError.noFrame(7)) { try session.select(frame: 7) }
    _ = target
  }

  @Test("registers and memory that changed since the last stop are marked")
  func changes() throws {
    let (session, target, _) = Program.session(at: 0x1044)
    var interest = Session.Interest()
    interest.memory = (Address(0x3000), 16)
    try session.refresh(interest)
    #expect(!session.snapshot.registers.contains { $0.isChanged })
    _ = try session.go(.stepInstruction(1))
    _ = target.memory.write([9], Address(0x3004))
    try session.refresh(interest)
    let changed = session.snapshot.registers.filter(\.isChanged).map(\.name)
    #expect(changed.contains("rip") && changed.contains("rax") && !changed.contains("rbx"))
    #expect(session.snapshot.memory?.changed == [4])
  }

  @Test("without symbols there is the pc, the registers and the code at it")
  func noSymbols() throws {
    let session = Session(target: Program.target())
    try session.refresh()
    #expect(session.snapshot.frames.count == 1)
    #expect(session.snapshot.frames.first?.pc == Address(0x1000))
    #expect(session.snapshot.disassembly.first?.text == "push   %rbp")
    #expect(session.snapshot.disassembly.first?.isCurrent == true)
  }

  @Test(
    "the build id in memory decides whether the symbols belong to what runs",
    arguments: [true, false])
  func identity(isSame: Bool) throws {
    let (session, target, symbols) = Program.session()
    let note: [UInt8] = [4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0, 1, 2, 3, 4]
    target.memory.map(Address(0x700), note)
    symbols.sections = [
      Section(name: ".note.gnu.build-id", address: Address(0x700), size: 20, flags: "r--")
    ]
    symbols.buildID = BuildID(isSame ? [1, 2, 3, 4] : [1, 2, 3, 5])
    target.log = []
    try session.refresh()
    #expect(target.log.count <= 3)
    switch session.snapshot.symbols {
    case .matched(let id, _): #expect(isSame && id.hex == "01020304")
    case .mismatched(let there, let here, _):
      #expect(!isSame && there.hex == "01020304" && here.hex == "01020305")
    default: Issue.record("\(session.snapshot.symbols)")
    }
  }

  @Test("an image without symbols is named by the build id in its first page")
  func missing() throws {
    let target = Program.target()
    var page = [UInt8](repeating: 0xcc, count: 4096)
    page.replaceSubrange(
      64..<84, with: [4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0, 0xde, 0xad, 0, 1])
    target.memory.map(Address(0x100000), page)
    let session = Session(target: target)
    try session.refresh()
    #expect(BuildID([0xde, 0xad, 0, 1]).map { session.snapshot.symbols == .missing($0) } == true)
  }

  @Test("a running target keeps its last stop on the screen, marked as old")
  func stale() throws {
    let (session, _, _) = Program.session(at: 0x1100)
    try session.refresh()
    #expect(try session.go(.cont(ignore: 1)) == nil)
    try session.refresh()
    #expect(session.snapshot.state == .running)
    #expect(session.snapshot.link.isStale)
    #expect(session.snapshot.frames.first?.function == "spin")
    #expect(throws: SessionError.self) { try session.backtrace(limit: 1) }
  }

  @Test("a source file that is gone or newer than the image is said to be")
  func sourceNotes() throws {
    let target = Program.target()
    let session = Session(
      target: target, symbols: Program.symbols(), sources: SourceStore { _ in nil })
    try session.refresh()
    #expect(session.snapshot.source?.note == "no such file")
    #expect(session.snapshot.source?.lines.isEmpty == true)
  }

  private func pushed(_ memory: FakeMemory, _ words: [UInt64], at start: UInt64) -> FakeMemory {
    var memory = memory
    let bytes = words.flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
    }
    _ = memory.write(bytes, Address(start))
    return memory
  }
}
