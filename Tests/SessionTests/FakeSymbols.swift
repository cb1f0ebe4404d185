// Symbols of a program that a test writes down: functions, lines, inlined calls, and how far the
// stack pointer is from the frame's canonical address at each instruction.

import Bytes
import Session
import Symbols

final class FakeSymbols: SymbolSource {
  struct Row {
    var start: UInt64
    var end: UInt64
    var line: Int
    /// Name and call line of the inlined calls the row is in, outermost first, with their starts.
    var inlined: [(name: String, start: UInt64, callLine: Int)] = []
  }

  let path = "/nonexistent/fake"
  var buildID: BuildID?
  let entry = Address(0)
  let isPositionIndependent = false
  var bias: UInt64 = 0
  var sections: [Section] = []
  var list: [Function] = []
  var bodies: [UInt64: UInt64] = [:]
  var rows: [Row] = []
  /// The distance from the stack pointer to the canonical frame address, by first address.
  var depths: [(start: UInt64, depth: UInt64)] = []
  var locals: [String: [Variable]] = [:]
  var globals: [DataSymbol] = []
  var places: [VariablePlace] = []

  func variablePlaces(at pc: Address) -> [VariablePlace] { places }

  func add(_ name: String, _ start: UInt64, _ size: UInt64, body: UInt64? = nil) {
    list.append(Function(name: name, linkageName: name, start: Address(start), size: size))
    bodies[start] = body ?? start
  }

  func function(at address: Address) -> Function? {
    list.first { address >= $0.start && address < $0.start.advanced(by: $0.size) }
  }

  private func row(_ address: Address) -> Row? {
    rows.first { $0.start <= address.value && address.value < $0.end }
  }

  func frames(at pc: Address) -> [SourceLocation] {
    guard let function = function(at: pc) else { return [] }
    let row = row(pc)
    var frames: [SourceLocation] = []
    var line = row?.line ?? 0
    for call in (row?.inlined ?? []).reversed() {
      frames.append(
        SourceLocation(
          function: call.name, linkageName: call.name, file: "/src/fake.swift", line: line,
          column: 1, isInlined: true, functionStart: Address(call.start)))
      line = call.callLine
    }
    frames.append(
      SourceLocation(
        function: function.name, linkageName: function.name,
        file: row == nil ? nil : "/src/fake.swift", line: line, column: 1, isInlined: false,
        functionStart: function.start))
    return frames
  }

  func functions(named name: String) -> [Function] { list.filter { $0.name == name } }
  func completions(of prefix: String, limit: Int) -> [String] {
    Array(list.map(\.name).filter { $0.hasPrefix(prefix) }.prefix(limit))
  }
  func breakpointAddress(of function: Function) -> Address {
    Address(bodies[function.start.value] ?? function.start.value)
  }
  func inlinedInstances(named name: String) -> [Address] {
    Set(rows.flatMap(\.inlined).filter { $0.name == name }.map { Address($0.start) }).sorted()
  }
  func locations(file: String, line: Int) -> (line: Int, addresses: [Address])? {
    guard "/src/fake.swift".hasSuffix(file) else { return nil }
    let lines = Set(rows.map(\.line)).filter { $0 >= line }
    guard let found = lines.min() else { return nil }
    return (found, rows.filter { $0.line == found }.map { Address($0.start) })
  }
  func statement(at address: Address) -> Range<Address>? {
    row(address).map { Address($0.start)..<Address($0.end) }
  }
  func data(named name: String) -> DataSymbol? { globals.first { $0.name == name } }
  func symbol(covering address: Address) -> (name: String, offset: UInt64)? {
    function(at: address).map { ($0.name, address.offset(from: $0.start)) }
  }
  func sourceFiles() -> [String] { ["/src/fake.swift"] }

  func unwind(_ frame: UnwindFrame, memory: MemoryReader) -> UnwindFrame? {
    guard function(at: frame.pc) != nil, let sp = frame.register(UnwindFrame.stackPointer),
      let depth = depths.last(where: { $0.start <= frame.pc.value })?.depth
    else { return nil }
    let cfa = sp &+ depth
    guard let bytes = memory(Address(cfa &- 8), 8), bytes.count >= 8 else { return nil }
    var back: UInt64 = 0
    for byte in bytes.prefix(8).reversed() { back = back << 8 | UInt64(byte) }
    guard back != 0 else { return nil }
    var registers = frame.registers
    registers[UnwindFrame.stackPointer] = cfa
    for lost in [0, 1, 2, 4, 5] { registers[lost] = nil }
    return UnwindFrame(pc: Address(back), registers: registers, isInterrupted: false)
  }

  var returns: [String: ReturnType] = [:]
  func returnType(at address: Address) -> ReturnType? {
    function(at: address).flatMap { returns[$0.name] }
  }

  func variables(
    at frame: UnwindFrame, inlineDepth: Int, memory: MemoryReader
  ) -> [Variable] {
    let chain = frames(at: frame.lookupPC)
    guard inlineDepth < chain.count else { return [] }
    return locals[chain[inlineDepth].function] ?? []
  }
}
