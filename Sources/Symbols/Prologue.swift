// Where a breakpoint on a function belongs: behind its prologue, at the very address gdb takes.
//
// gdb trusts the line table of clang's code, and of the second row of a function in particular;
// for other compilers, Swift's among them, it takes the row that is marked as the prologue's end, or
// looks at the instructions and then moves on to the next row (amd64_skip_prologue,
// skip_prologue_using_sal and skip_prologue_sal of gdb 13).

public import Bytes

extension SymbolFile {
  /// The address for a breakpoint on a function: the first instruction behind its prologue.
  public func breakpointAddress(of function: Function) -> Address {
    let start = function.start.value &- bias
    if let (unit, index) = scope(at: start) {
      let scope = unit.scopes.scopes[Int(index)]
      if scope.low == start || scope.entryPC == start {
        return Address(afterPrologue(of: scope, in: unit) &+ bias)
      }
    }
    guard line(at: start) == nil else { return function.start }
    return Address(analyzedPrologueEnd(start) &+ bias)
  }

  /// The file address behind the prologue of a function.
  func afterPrologue(of scope: Scope, in unit: Unit) -> UInt64 {
    let start = scope.entryPC
    guard let lines = unit.lines, unit.language != Self.assembler else { return start }
    var pc = start
    if unit.producer.hasPrefix("clang ") {
      let byLines = prologueEndByLines(start, scope, unit, lines)
      pc = byLines == 0 ? analyzedPrologueEnd(start) : max(start, byLines)
    } else {
      pc = markedPrologueEnd(start, scope, lines) ?? analyzedPrologueEnd(start)
    }
    // In the middle of a row: the next one, if it still belongs to the function.
    if let row = lines.index(at: pc),
      lines.rows[row].address != pc || lines.rows[row].isContinued
    {
      let end = lines.end(of: row)
      if end > scope.low && end < scope.high { pc = end }
    }
    return pc
  }

  /// skip_prologue_using_linetable: where the compiler marked the prologue's end, in the file that
  /// the function begins in.
  private func markedPrologueEnd(_ start: UInt64, _ scope: Scope, _ lines: LineTable) -> UInt64? {
    guard let first = lines.index(at: start) else { return nil }
    let rows = lines.rows
    var index = rows.partitioningIndex { $0.address >= start }
    while index < rows.count, rows[index].address < scope.high {
      if rows[index].endsPrologue, !rows[index].isContinued, rows[index].file == rows[first].file {
        return rows[index].address
      }
      index += 1
    }
    return nil
  }

  /// DW_LANG_Mips_Assembler: code that people wrote has no prologue to skip.
  private static let assembler: UInt64 = 0x8001

  /// skip_prologue_using_sal: the end of the function's first row, or of the first rows that are
  /// followed by smaller line numbers; 0 if one row covers the function.
  private func prologueEndByLines(
    _ start: UInt64, _ scope: Scope, _ unit: Unit, _ lines: LineTable
  ) -> UInt64 {
    guard var row = lines.index(at: start) else { return 0 }
    let rows = lines.rows
    let first = rows.partitioningIndex { $0.address >= rows[row].address }
    let own = rows[first...].firstIndex { !$0.isEnd } ?? first
    // Two rows of one file at the entry: a prologue without instructions.
    if own + 1 < rows.count, !rows[own + 1].isEnd, rows[own + 1].address == start,
      rows[own + 1].file == rows[own].file
    {
      return start
    }
    var end = lines.end(of: row)
    if end >= scope.high { return 0 }
    for _ in 0..<10_000 where end < scope.high {
      guard let next = lines.index(at: end) else { break }
      let nextEnd = lines.end(of: next)
      if rows[next].line >= rows[row].line && nextEnd <= scope.high { break }
      if rows[next].file != rows[row].file || isInlined(end, in: unit) { break }
      row = next
      end = nextEnd
    }
    return end < scope.high ? end : rows[row].address
  }

  private func isInlined(_ address: UInt64, in unit: Unit) -> Bool {
    guard let function = unit.scopes.functions.first(covering: address) else { return false }
    return unit.scopes.chain(at: address, in: function).contains {
      unit.scopes.scopes[Int($0)].kind == .inlined
    }
  }

  /// How much of a frame's set-up has run.
  enum PrologueProgress { case nothing, pushed, complete }

  /// The lengths of `endbr64`, `push %rbp` and `mov %rsp,%rbp` at a function's start; 0 where one
  /// is missing.
  private func frameSetUp(_ start: UInt64) -> (landing: UInt64, push: UInt64, move: UInt64) {
    guard machine == 62 else { return (0, 0, 0) }
    var code = image.prefix(at: start, limit: 9)[...]
    var landing: UInt64 = 0
    if code.starts(with: [0xf3, 0x0f, 0x1e, 0xfa]) {
      landing = 4
      code = code.dropFirst(4)
    }
    guard code.first == 0x55 else { return (landing, 0, 0) }
    code = code.dropFirst()
    for move in [[0x48, 0x89, 0xe5], [0x48, 0x8b, 0xec], [0x89, 0xe5], [0x8b, 0xec]] as [[UInt8]]
    where code.starts(with: move) { return (landing, 1, UInt64(move.count)) }
    return (landing, 1, 0)
  }

  /// amd64_analyze_prologue: behind `endbr64`, `push %rbp`, `mov %rsp,%rbp` if all of the latter
  /// two are there, else the start.
  private func analyzedPrologueEnd(_ start: UInt64) -> UInt64 {
    let setUp = frameSetUp(start)
    return setUp.move > 0 ? start &+ setUp.landing &+ setUp.push &+ setUp.move : start
  }

  /// What has run of a function's frame set-up when it is `done` bytes in.
  func prologueProgress(_ start: UInt64, _ done: UInt64) -> PrologueProgress {
    let setUp = frameSetUp(start)
    let pushed = setUp.landing &+ setUp.push
    if setUp.push == 0 || done < pushed { return .nothing }
    if setUp.move == 0 || done < pushed &+ setUp.move { return .pushed }
    return .complete
  }
}
