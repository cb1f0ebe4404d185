// The machine that line programs are written for (DWARF 5, section 6.2.5).

/// Runs one line program.
struct LineProgram {
  private let header: LineHeader
  private var rows: [LineRow] = []
  /// Where each finished sequence begins in `rows`.
  private var sequences: [Range<Int>] = []
  private var sequenceStart = 0

  // The machine's registers.
  private var address: UInt64 = 0
  private var file: UInt32 = 1
  private var line: UInt32 = 1
  private var column: UInt16 = 0
  private var isStatement = true

  // What gdb remembers between rows.
  private var lastFile = UInt32.max
  private var lastAddress = UInt64.max
  private var hasStatementAtAddress = false

  init(_ header: LineHeader) {
    self.header = header
    reset()
  }

  private mutating func reset() {
    address = 0
    file = 1
    line = 1
    column = 0
    isStatement = header.defaultIsStatement
    lastFile = .max
    lastAddress = .max
    hasStatementAtAddress = false
    sequenceStart = rows.count
  }

  /// Runs to the end. Every row costs the program at least a byte, and `budget` rows are the most
  /// for all programs together.
  mutating func run(image: ELFImage, budget: inout Int) {
    var cursor = ByteCursor(header.program)
    let base = header.opcodeBase
    let addressOf255 = header.minimumLength &* UInt64((255 &- base) / header.lineRange)
    while !cursor.isAtEnd, budget > 0 {
      let opcode = cursor.u8()
      if opcode >= base {
        let adjusted = opcode &- base
        address = address &+ header.minimumLength &* UInt64(adjusted / header.lineRange)
        advanceLine(Int64(header.lineBase) &+ Int64(adjusted % header.lineRange))
        record(&budget)
        continue
      }
      switch opcode {
      case 0: runExtended(&cursor, image, &budget)
      case 1: record(&budget)
      case 2: address = address &+ cursor.uleb() &* header.minimumLength
      case 3: advanceLine(cursor.sleb())
      case 4: file = canonical(cursor.uleb())
      case 5: column = UInt16(truncatingIfNeeded: cursor.uleb())
      case 6: isStatement.toggle()
      case 7, 10, 11: break
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
    case 1: endSequence(image, &budget)
    case 2: address = operand.address(size: UInt8(truncatingIfNeeded: operand.remaining))
    default: break
    }
  }

  private mutating func record(_ budget: inout Int) {
    budget &-= 1
    let changed = file != lastFile
    let isAlien =
      changed && lastAddress == address && !isStatement && hasStatementAtAddress
    if !isAlien && line != 0 {
      if changed { dropEmptyRows() }
      rows.append(
        LineRow(
          address: address, line: line, file: file, column: column, isStatement: isStatement))
      lastFile = file
    }
    if lastAddress != address {
      hasStatementAtAddress = false
      lastAddress = address
    }
    if isStatement { hasStatementAtAddress = true }
  }

  /// Drops rows of the file that is being left which would cover no code.
  private mutating func dropEmptyRows() {
    while rows.count > sequenceStart, let last = rows.last, last.address == address,
      last.file == lastFile
    { rows.removeLast() }
  }

  private mutating func endSequence(_ image: ELFImage, _ budget: inout Int) {
    budget &-= 1
    dropEmptyRows()
    if rows.count > sequenceStart, image.isCode(rows[sequenceStart].address) {
      rows.append(LineRow(address: address, line: 0, file: 0, column: 0, isStatement: true))
      sequences.append(sequenceStart..<rows.count)
    } else {
      rows.removeSubrange(sequenceStart...)
    }
    reset()
  }

  /// All rows by address. Sequences that a compiler wrote are in order already and do not overlap.
  func sortedRows() -> [LineRow] {
    var isOrdered = true
    for index in rows.indices.dropFirst() where rows[index].address < rows[index &- 1].address {
      isOrdered = false
      break
    }
    if isOrdered && rows.count == sequenceStart { return rows }
    var sorted: [LineRow] = []
    sorted.reserveCapacity(rows.count)
    for range in sequences.sorted(by: { rows[$0.lowerBound].address < rows[$1.lowerBound].address })
    {
      sorted.append(contentsOf: rows[range])
    }
    for index in sorted.indices.dropFirst()
    where sorted[index].address < sorted[index &- 1].address {
      // The standard library's sort is stable, which keeps the last row of an address last.
      sorted.sort { $0.address < $1.address }
      break
    }
    return sorted
  }
}
