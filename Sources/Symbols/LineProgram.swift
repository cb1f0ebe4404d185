// The machine that line programs are written for (DWARF 5, section 6.2.5).

/// Runs one line program and collects the rows of each file.
struct LineProgram {
  private let header: LineHeader
  /// The rows of the sequence being run, by file, in the order of the program.
  private(set) var lists: [[LineRow]] = []
  private var listOfFile: [UInt32: Int] = [:]
  private var isRecording = true
  private var hasRows = false

  // The machine's registers.
  private var address: UInt64 = 0
  private var file: UInt32 = 1
  private var line: UInt32 = 1
  private var column: UInt16 = 0
  private var isStatement = true
  private var endsPrologue = false

  // What gdb remembers between rows: the file of the row before or, after a change of files, the
  // one that was left. A row of line 0 does not count as a row, so that a file that is left by way
  // of one stays open: its last line goes on where no other file has one.
  private var lastFile: UInt32?
  private var lastAddress = UInt64.max
  private var hasStatementAtAddress = false

  init(_ header: LineHeader) {
    self.header = header
    reset()
  }

  private mutating func reset() {
    address = 0
    file = canonical(1)
    line = 1
    column = 0
    isStatement = header.defaultIsStatement
    endsPrologue = false
    lastFile = nil
    lastAddress = .max
    hasStatementAtAddress = false
    isRecording = true
    hasRows = false
  }

  /// Runs to the end. Every row costs the program at least a byte, and `budget` rows are the most
  /// for all programs together.
  mutating func run(image: ELFImage, budget: inout Int) {
    var cursor = ByteCursor(header.program)
    let base = header.opcodeBase
    guard base > 0, header.lineRange > 0 else { return }
    let addressOf255 = header.minimumLength &* UInt64((255 &- base) / header.lineRange)
    while !cursor.isAtEnd, budget > 0 {
      let opcode = cursor.u8()
      if opcode >= base {
        let adjusted = opcode &- base
        address = address &+ header.minimumLength &* UInt64(adjusted / header.lineRange)
        advanceLine(Int64(header.lineBase) &+ Int64(adjusted % header.lineRange))
        record(image, &budget)
        continue
      }
      switch opcode {
      case 0: runExtended(&cursor, image, &budget)
      case 1: record(image, &budget)
      case 2: address = address &+ cursor.uleb() &* header.minimumLength
      case 3: advanceLine(cursor.sleb())
      case 4:
        lastFile = file
        file = canonical(cursor.uleb())
      case 5: column = UInt16(truncatingIfNeeded: cursor.uleb())
      case 6: isStatement.toggle()
      case 7, 11: break
      case 10: endsPrologue = true
      case 8: address = address &+ addressOf255
      case 9: address = address &+ UInt64(cursor.u16())
      case 12: _ = cursor.uleb()
      default:
        let index = Int(opcode) &- 1
        guard index < header.operandCounts.count else { return }
        for _ in 0..<header.operandCounts[index] { _ = cursor.uleb() }
      }
    }
  }

  private func canonical(_ number: UInt64) -> UInt32 {
    number < UInt64(header.canonical.count)
      ? header.canonical[Int(number)] : UInt32(truncatingIfNeeded: number)
  }

  private mutating func advanceLine(_ count: Int64) {
    line = UInt32(truncatingIfNeeded: Int64(line) &+ count)
  }

  private mutating func runExtended(
    _ cursor: inout ByteCursor, _ image: ELFImage, _ budget: inout Int
  ) {
    guard let contents = cursor.take(cursor.uleb()) else { return }
    var operand = ByteCursor(contents)
    switch operand.u8() {
    case 1: endSequence(&budget)
    case 2: address = operand.address(size: UInt8(truncatingIfNeeded: operand.remaining))
    default: break
    }
  }

  private mutating func record(_ image: ELFImage, _ budget: inout Int) {
    budget &-= 1
    defer { endsPrologue = false }
    if !hasRows {
      // What the linker discarded is somewhere else than code.
      hasRows = true
      isRecording = image.isCode(address)
    }
    let changed = file != lastFile
    let isAlien =
      changed && lastAddress == address && !isStatement && hasStatementAtAddress
    if !isAlien && line != 0 {
      if changed { closeLastFile() }
      append(
        LineRow(
          address: address, line: line, file: file, column: column, isStatement: isStatement,
          endsPrologue: endsPrologue),
        to: file)
      lastFile = file
    }
    if lastAddress != address {
      hasStatementAtAddress = false
      lastAddress = address
    }
    if isStatement { hasStatementAtAddress = true }
  }

  private mutating func append(_ row: LineRow, to file: UInt32) {
    guard isRecording else { return }
    if let index = listOfFile[file] {
      lists[index].append(row)
    } else {
      listOfFile[file] = lists.count
      lists.append([row])
    }
  }

  /// Ends the last row of the file that is being left; rows that would cover no code go.
  private mutating func closeLastFile() {
    guard isRecording, let lastFile, let index = listOfFile[lastFile] else { return }
    while let last = lists[index].last, last.address == address { lists[index].removeLast() }
    if lists[index].isEmpty { return }
    lists[index].append(
      LineRow(address: address, line: 0, file: lastFile, column: 0, isStatement: true))
  }

  private mutating func endSequence(_ budget: inout Int) {
    budget &-= 1
    closeLastFile()
    reset()
  }
}
