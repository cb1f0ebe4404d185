// The program most tests step through, in real machine code:
//
//    10  main: push %rbp; mov %rsp,%rbp            0x1000
//    11    a call of `leaf`, then a nop            0x1004
//    12    inlined `twice`: lines 31 and 32        0x100a (line 12 itself has no code of its own)
//    13    a call of `fact` with rdi = 3           0x100e
//    14    pop %rbp; ret                           0x1018
//
//    20  leaf: push %rbp; mov %rsp,%rbp            0x1040
//    21    inc %rax                                0x1044
//    22    pop %rbp; ret                           0x1047
//
//    40  fact(n): dec %rdi, ends the recursion at 0  0x1060
//    41    a call of `fact`                        0x1065
//    42    inc %rax; ret                           0x106a
//
//  bare: nop; call leaf; ret, without lines        0x1080

import Bytes
import Inspect
import Session
import Symbols

enum Program {
  static let stackTop: UInt64 = 0x9000

  static func code() -> [UInt8] {
    var bytes = [UInt8](repeating: 0x90, count: 0x200)
    func put(_ at: UInt64, _ code: [UInt8]) {
      for (index, byte) in code.enumerated() { bytes[Int(at - 0x1000) + index] = byte }
    }
    func call(_ from: UInt64, _ to: UInt64) -> [UInt8] {
      let distance = UInt32(truncatingIfNeeded: to &- (from + 5))
      return [0xe8] + (0..<4).map { UInt8(truncatingIfNeeded: distance >> UInt32($0 * 8)) }
    }
    put(0x1000, [0x55, 0x48, 0x89, 0xe5])
    put(0x1004, call(0x1004, 0x1040) + [0x90])
    put(0x100a, [0x90, 0x90, 0x90, 0x90])
    put(0x100e, [0xbf, 3, 0, 0, 0])
    put(0x1013, call(0x1013, 0x1060))
    put(0x1018, [0x5d, 0xc3])
    put(0x1040, [0x55, 0x48, 0x89, 0xe5])
    put(0x1044, [0x48, 0xff, 0xc0])
    put(0x1047, [0x5d, 0xc3])
    put(0x1060, [0x48, 0xff, 0xcf])  // dec %rdi
    put(0x1063, [0x75, 0x00 + 1, 0xc3])  // jnz over the ret
    put(0x1066, call(0x1066, 0x1060))
    put(0x106b, [0x48, 0xff, 0xc0, 0xc3])
    put(0x1080, [0x90] + call(0x1081, 0x1040) + [0xc3])
    // Where main returns to: exit(7).
    put(0x10f0, [0xbf, 7, 0, 0, 0, 0x0f, 0x05])
    // A line that never ends.
    put(0x1100, [0xeb, 0xfe])
    return bytes
  }

  static func symbols() -> FakeSymbols {
    let symbols = FakeSymbols()
    symbols.add("main", 0x1000, 0x1a, body: 0x1004)
    symbols.add("leaf", 0x1040, 9, body: 0x1044)
    symbols.add("fact", 0x1060, 0xf)
    symbols.add("bare", 0x1080, 7)
    symbols.add("spin", 0x1100, 2)
    symbols.rows = [
      .init(start: 0x1000, end: 0x1004, line: 10), .init(start: 0x1004, end: 0x100a, line: 11),
      .init(start: 0x100a, end: 0x100c, line: 31, inlined: [("twice", 0x100a, 12)]),
      .init(start: 0x100c, end: 0x100e, line: 32, inlined: [("twice", 0x100a, 12)]),
      .init(start: 0x100e, end: 0x1018, line: 13), .init(start: 0x1018, end: 0x101a, line: 14),
      .init(start: 0x1040, end: 0x1044, line: 20), .init(start: 0x1044, end: 0x1047, line: 21),
      .init(start: 0x1047, end: 0x1049, line: 22), .init(start: 0x1060, end: 0x1066, line: 40),
      .init(start: 0x1066, end: 0x106b, line: 41), .init(start: 0x106b, end: 0x106f, line: 42),
      .init(start: 0x1100, end: 0x1102, line: 50),
    ]
    symbols.depths = [
      (0x1000, 8), (0x1001, 16), (0x1019, 8), (0x1040, 8), (0x1041, 16), (0x1048, 8), (0x1060, 8),
      (0x1080, 8), (0x1100, 8),
    ]
    symbols.globals = [
      DataSymbol(
        name: "counter", linkageName: "counter", address: Address(0x3000), size: 8, typeName: "Int",
        kind: .signed)
    ]
    return symbols
  }

  /// A machine about to execute at `pc`, in a frame that returns to the program's exit.
  static func target(at pc: UInt64 = 0x1000) -> FakeTarget {
    var memory = FakeMemory()
    memory.map(Address(0x1000), code())
    memory.map(Address(0x3000), [UInt8](repeating: 0, count: 64))
    memory.map(Address(0x8000), [UInt8](repeating: 0, count: 0x2000))
    let word: UInt64 = 0x10f0
    _ = memory.write(
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }, Address(stackTop))
    return FakeTarget(
      memory: memory, processors: [FakeProcessor(pc: Address(pc), sp: Address(stackTop))])
  }

  static func session(at pc: UInt64 = 0x1000) -> (Session, FakeTarget, FakeSymbols) {
    let target = target(at: pc)
    let symbols = symbols()
    let sources = SourceStore { path in
      SourceFile(
        path: path, text: (1...60).map { "line \($0)\n" }.joined(), modified: 0)
    }
    return (Session(target: target, symbols: symbols, sources: sources), target, symbols)
  }
}

extension Session {
  /// Does a motion to its end; the event it ends with.
  func go(_ motion: Motion) throws -> SessionEvent? {
    try start(motion)
    return try pump(milliseconds: 1000)
  }

  /// Does a motion that has to end in a stop: `function:line`, and the reason.
  func stop(_ motion: Motion) throws -> (place: String, reason: StopSummary.Reason)? {
    guard case .stopped(let summary) = try go(motion), let frame = summary.frame else { return nil }
    return ("\(frame.function ?? "?"):\(frame.line)", summary.reason)
  }
}

extension FakeTarget {
  var pc: UInt64 { processors[0].registers["rip"] ?? 0 }

  /// What was asked for that changes the target, without the reads in between.
  var changes: [Action] {
    log.filter {
      switch $0 {
      case .threads, .overview, .readRegisters, .readMemory: false
      default: true
      }
    }
  }
}
