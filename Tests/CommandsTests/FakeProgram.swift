// The program at the prompt of these tests, in real machine code for the fake processor:
//
//    10  main: push %rbp; mov %rsp,%rbp     0x1000
//    11    call Heart.beat(count:)          0x1004
//    12    inlined `twice`: lines 31, 32    0x1009
//    13    pop %rbp; ret                    0x100d
//
//    20  Heart.beat(count:): push; mov      0x1040
//    21    inc %rax                         0x1044
//    22    pop %rbp; ret                    0x1047
//
//  What main returns to is the call exit(7). `bare` has no lines.

internal import Bytes
internal import Inspect
internal import Session
internal import Symbols

enum FakeProgram {
  static let stack: UInt64 = 0x9000

  static func memory() -> FakeMemory {
    var code = [UInt8](repeating: 0x90, count: 0x200)
    func put(_ at: Int, _ bytes: [UInt8]) {
      code.replaceSubrange(at..<(at + bytes.count), with: bytes)
    }
    put(0x00, [0x55, 0x48, 0x89, 0xe5, 0xe8, 0x37, 0, 0, 0, 0x90, 0x90, 0x90, 0x90, 0x5d, 0xc3])
    put(0x40, [0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xc0, 0x5d, 0xc3])
    put(0x80, [0x90, 0xeb, 0xfe])
    put(0xf0, [0xbf, 7, 0, 0, 0, 0x0f, 0x05])
    var memory = FakeMemory()
    memory.map(Address(0x1000), code)
    memory.map(
      Address(0x3000),
      [42, 0, 0, 0, 0, 0, 0, 0] + Array("hello\u{1b}[31m\0".utf8) + [UInt8](repeating: 0, count: 48)
    )
    memory.map(Address(0x8000), [UInt8](repeating: 0, count: 0x2000))
    _ = memory.write([0xf0, 0x10, 0, 0, 0, 0, 0, 0], Address(stack))
    return memory
  }

  static func session(at pc: UInt64 = 0x1004, cores: Int = 1) -> (Session, FakeTarget) {
    var first = FakeProcessor(pc: Address(pc), sp: Address(stack))
    if pc > 0x1000, pc < 0x100e {
      first.registers["rsp"] = stack - 8
      first.registers["rbp"] = stack - 8
    }
    let others = (1..<max(1, cores)).map { _ in
      FakeProcessor(pc: Address(0x1080), sp: Address(0x8800))
    }
    let target = FakeTarget(memory: memory(), processors: [first] + others)
    let sources = SourceStore { path in
      guard path == "/src/heart.swift" else { return nil }
      let text = (1...40).map { "  line \($0)\n" }.joined()
      return SourceFile(path: path, text: text, modified: 0)
    }
    return (Session(target: target, symbols: FakeSymbols(), sources: sources), target)
  }
}

/// The program's symbols.
final class FakeSymbols: SymbolSource {
  let path = "/src/heart"
  var buildID: BuildID? { nil }
  let entry = Address(0x1000)
  let isPositionIndependent = false
  var bias: UInt64 = 0
  let sections = [
    Section(name: ".text", address: Address(0x1000), size: 0x200, flags: "r-x"),
    Section(name: ".data", address: Address(0x3000), size: 64, flags: "rw-"),
  ]
  private let list = [
    Function(name: "main", linkageName: "main", start: Address(0x1000), size: 0xf),
    Function(
      name: "Heart.beat(count:)", linkageName: "$e5Heart4beatyySi_tF", start: Address(0x1040),
      size: 9),
    Function(name: "bare", linkageName: "bare", start: Address(0x1080), size: 3),
  ]
  private let data = [
    DataSymbol(
      name: "counter", linkageName: "counter", address: Address(0x3000), size: 4, typeName: "Int32",
      kind: .signed),
    DataSymbol(
      name: "text", linkageName: "text", address: Address(0x3008), size: 16, typeName: "", kind: nil
    ),
  ]
  private let rows: [(range: Range<UInt64>, line: Int, inlined: Bool)] = [
    (0x1000..<0x1004, 10, false), (0x1004..<0x1009, 11, false), (0x1009..<0x100b, 31, true),
    (0x100b..<0x100d, 32, true), (0x100d..<0x100f, 13, false), (0x1040..<0x1044, 20, false),
    (0x1044..<0x1047, 21, false), (0x1047..<0x1049, 22, false),
  ]
  private static let file = "/src/heart.swift"

  private func row(_ address: Address) -> (range: Range<UInt64>, line: Int, inlined: Bool)? {
    rows.first { $0.range.contains(address.value) }
  }

  func function(at address: Address) -> Function? {
    list.first { address >= $0.start && address.offset(from: $0.start) < $0.size }
  }

  func frames(at pc: Address) -> [SourceLocation] {
    guard let function = function(at: pc) else { return [] }
    func place(_ name: String, _ line: Int, _ isInlined: Bool, _ start: Address) -> SourceLocation {
      SourceLocation(
        function: name, linkageName: name, file: line == 0 ? nil : Self.file, line: line,
        column: 1, isInlined: isInlined, functionStart: start)
    }
    guard let row = row(pc) else { return [place(function.name, 0, false, function.start)] }
    if row.inlined {
      return [
        place("twice", row.line, true, Address(0x1009)), place("main", 12, false, function.start),
      ]
    }
    return [place(function.name, row.line, false, function.start)]
  }

  func functions(named name: String) -> [Function] {
    list.filter { $0.name == name || $0.linkageName == name || base($0.name) == name }
  }

  private func base(_ name: String) -> String { name == "Heart.beat(count:)" ? "beat" : name }

  func breakpointAddress(of function: Function) -> Address {
    function.name == "bare" ? function.start : function.start.advanced(by: 4)
  }

  func inlinedInstances(named name: String) -> [Address] {
    name == "twice" ? [Address(0x1009)] : []
  }

  func locations(file: String, line: Int) -> (line: Int, addresses: [Address])? {
    guard Self.file.hasSuffix(file), let found = rows.map(\.line).filter({ $0 >= line }).min()
    else { return nil }
    return (found, rows.filter { $0.line == found }.map { Address($0.range.lowerBound) })
  }

  func statement(at address: Address) -> Range<Address>? {
    row(address).map { Address($0.range.lowerBound)..<Address($0.range.upperBound) }
  }

  func data(named name: String) -> DataSymbol? { data.first { $0.name == name } }

  func symbol(covering address: Address) -> (name: String, offset: UInt64)? {
    if let function = function(at: address) {
      return (function.name, address.offset(from: function.start))
    }
    let found = data.first {
      address >= $0.address && address.offset(from: $0.address) < $0.size
    }
    return found.map { ($0.name, address.offset(from: $0.address)) }
  }

  func completions(of prefix: String, limit: Int) -> [String] {
    Array((list.map(\.name) + data.map(\.name)).filter { $0.hasPrefix(prefix) }.prefix(limit))
  }

  func sourceFiles() -> [String] { [Self.file] }

  /// Frames by the frame pointer once it is set up.
  func unwind(_ frame: UnwindFrame, memory: MemoryReader) -> UnwindFrame? {
    guard let function = function(at: frame.pc), let sp = frame.register(UnwindFrame.stackPointer)
    else { return nil }
    let offset = frame.pc.offset(from: function.start)
    let isSetUp = function.name != "bare" && offset > 0 && offset < function.size - 1
    let cfa = sp &+ (isSetUp ? 16 : 8)
    guard let bytes = memory(Address(cfa &- 8), 8), bytes.count >= 8 else { return nil }
    let back = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard back != 0 else { return nil }
    var registers = frame.registers
    registers[UnwindFrame.stackPointer] = cfa
    return UnwindFrame(pc: Address(back), registers: registers, isInterrupted: false)
  }

  func returnType(at address: Address) -> ReturnType? {
    function(at: address)?.name == "bare" ? nil : ReturnType(name: "Int", kind: .signed, size: 8)
  }

  func variablePlaces(at pc: Address) -> [VariablePlace] { [] }

  func variables(at frame: UnwindFrame, inlineDepth: Int, memory: MemoryReader) -> [Variable] {
    guard frames(at: frame.lookupPC).dropFirst(inlineDepth).first?.function != "main" else {
      return [Variable(name: "total", typeName: "Int", isArgument: false, value: .optimizedOut)]
    }
    return [
      Variable(
        name: "count", typeName: "Int", isArgument: true,
        value: .scalar(.signed, bits: UInt64(bitPattern: -3), size: 8)),
      Variable(
        name: "isAlive", typeName: "Bool", isArgument: false,
        value: .scalar(.boolean, bits: 1, size: 1)),
    ]
  }
}
