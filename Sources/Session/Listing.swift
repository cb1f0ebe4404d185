// Source and disassembly around a frame.

public import Bytes
internal import Disassembly
internal import Inspect
internal import Symbols

extension Session {
  /// Where to begin to decode so that instructions before `pc` come out right: the function's
  /// start, or a statement's not too far back.
  func codeStart(before pc: Address) -> Address {
    guard let symbols else { return pc }
    if let function = symbols.function(at: pc), pc.offset(from: function.start) <= 256 {
      return function.start
    }
    for distance: UInt64 in [96, 64, 32, 16] {
      let guess = pc.retreated(by: distance)
      if let statement = symbols.statement(at: guess), statement.lowerBound <= pc,
        pc.offset(from: statement.lowerBound) <= 512
      {
        return statement.lowerBound
      }
    }
    return pc
  }

  /// The instructions around a frame's pc, the current one about a third from the top.
  func listing(of frame: LogicalFrame, count: Int) -> [InstructionSnapshot] {
    guard count > 0 else { return [] }
    let pc = frame.frame.pc
    var start = codeStart(before: pc)
    var decoded = instructions(
      at: start, bytes: Int(clamping: pc.offset(from: start)) + count * 8 + 16)
    if !decoded.contains(where: { $0.address == pc }) {
      start = pc
      decoded = instructions(at: pc, bytes: count * 8 + 16)
    }
    let current = decoded.firstIndex { $0.address == pc } ?? 0
    let first = max(0, current - count / 3)
    return decoded[first...].prefix(count).map { describe($0, current: pc) }
  }

  /// Decodes `count` instructions at an address of a stopped target.
  public func disassemble(
    at address: Address, count: Int
  ) throws(SessionError) -> [InstructionSnapshot] {
    try requireStopped("disassemble")
    let pc = try currentFrame().frame.pc
    let found = instructions(at: address, bytes: min(max(1, count), 4096) * 15)
    if found.isEmpty { throw .inspect(.unreadable(address)) }
    return found.prefix(count).map { describe($0, current: pc) }
  }

  /// Decodes all instructions that begin in a range of at most 64 KiB.
  public func disassemble(_ range: Range<Address>) throws(SessionError) -> [InstructionSnapshot] {
    try requireStopped("disassemble")
    let pc = try currentFrame().frame.pc
    let size = Int(clamping: range.upperBound.offset(from: range.lowerBound))
    let found = instructions(at: range.lowerBound, bytes: min(size, 1 << 16))
    if found.isEmpty { throw .inspect(.unreadable(range.lowerBound)) }
    return found.map { describe($0, current: pc) }
  }

  private func instructions(at address: Address, bytes count: Int) -> [Instruction] {
    let bytes =
      stop.memory.read(address, count)
      ?? (try? target.readMemory(at: address, count: count)) ?? []
    if bytes.isEmpty { return [] }
    stop.memory.store(bytes, at: address)
    return disassembler?.disassemble(bytes, at: address, limit: count) ?? []
  }

  private func describe(_ instruction: Instruction, current: Address) -> InstructionSnapshot {
    var text = instruction.mnemonic
    if !instruction.operands.isEmpty {
      let padding = max(1, 7 - text.utf8.count)
      text += String(repeating: " ", count: padding) + instruction.operands
    }
    if let target = instruction.target {
      let name = symbolic(target)
      if instruction.kind == .other {
        text += "        # \(target.hex)" + (name.isEmpty ? "" : " <\(name)>")
      } else if !name.isEmpty {
        text += " <\(name)>"
      }
    }
    return InstructionSnapshot(
      address: instruction.address, bytes: instruction.bytes, text: text,
      location: symbolic(instruction.address), isCurrent: instruction.address == current,
      hasBreakpoint: points.items.contains {
        $0.isEnabled && $0.watch == nil && $0.addresses.contains(instruction.address)
      })
  }

  /// The source lines around a frame's line.
  func excerpt(of frame: LogicalFrame, count: Int) -> SourceExcerpt? {
    guard count > 0, let place = frame.location, let path = place.file, place.line > 0 else {
      return nil
    }
    return excerpt(path: path, around: place.line, count: count)
  }

  /// Source lines around a line of a file, with the lines that have breakpoints.
  public func excerpt(path: String, around line: Int, count: Int) -> SourceExcerpt {
    guard let file = sources.file(path) else {
      return SourceExcerpt(
        path: path, firstLine: line, lines: [], currentLine: line, note: "no such file")
    }
    let first = max(1, min(line - count / 2, file.lines.count - count + 1))
    let last = min(file.lines.count, first + count - 1)
    let lines = first <= last ? Array(file.lines[(first - 1)..<last]) : []
    var note = lines.isEmpty ? "the file has only \(file.lines.count) lines" : ""
    if let built = imageTime, file.modified > built { note = "newer than the image" }
    return SourceExcerpt(
      path: path, firstLine: first, lines: lines, currentLine: line,
      breakpointLines: breakpointLines(in: path).filter { $0 >= first && $0 <= last }, note: note)
  }

  private func breakpointLines(in path: String) -> [Int] {
    guard let symbols else { return [] }
    var lines: Set<Int> = []
    for item in points.items where item.isEnabled && item.watch == nil {
      for address in item.addresses {
        if let place = symbols.frames(at: address).first, place.file == path {
          lines.insert(place.line)
        }
      }
    }
    return lines.sorted()
  }
}
