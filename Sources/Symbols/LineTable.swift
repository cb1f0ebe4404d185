// A unit's line table, as rows sorted by address.
//
// Rows are kept the way gdb 13 keeps them, so that lines, ranges and breakpoints agree with its:
// rows of line 0 belong to the line before, a row that ends where it begins is dropped when the
// file changes, and end markers close every sequence.

/// One row: from its address to the next row's, code belongs to this line.
struct LineRow {
  var address: UInt64
  /// 0 marks the end of a sequence.
  var line: UInt32
  /// An index for `LineTable.path`.
  var file: UInt32
  var column: UInt16
  var isStatement: Bool
  /// Whether the compiler says that a function's prologue ends here.
  var endsPrologue = false
  /// Whether the row began before, and another ended here that had hidden it.
  var isContinued = false
  var isEnd: Bool { line == 0 }
}

/// The rows and files of one line program.
final class LineTable {
  let header: LineHeader
  let rows: [LineRow]
  private let directory: String
  private var paths: [UInt32: String] = [:]

  /// Runs the program at an offset of `.debug_line`.
  init(
    _ debug: DebugInfo, at offset: UInt64, directory: String, name: String,
    budget: inout ReadingBudget
  ) {
    self.directory = directory
    header = LineHeader(debug, at: offset, unitName: name, budget: &budget.files)
    var program = LineProgram(header)
    program.run(image: debug.image, budget: &budget.rows)
    rows = LineMerger.merge(program.lists)
  }

  /// The index of the row that an address belongs to; a statement if one begins at the same place.
  func index(at address: UInt64) -> Int? {
    let index = rows.partitioningIndex { $0.address > address } &- 1
    guard index >= 0, !rows[index].isEnd else { return nil }
    var best = index
    while !rows[best].isStatement, best > 0, rows[best &- 1].address == rows[index].address,
      !rows[best &- 1].isEnd, rows[best &- 1].file == rows[index].file
    { best &-= 1 }
    return rows[best].isStatement ? best : index
  }

  /// The first file with the same path as another: files are compared by it.
  func canonical(_ file: UInt32) -> UInt32 {
    Int(file) < header.canonical.count ? header.canonical[Int(file)] : file
  }

  /// Where the code of a row ends: the next address with a row or an end marker.
  func end(of index: Int) -> UInt64 {
    let address = rows[index].address
    let next = rows[index...].partitioningIndex { $0.address > address }
    return next < rows.count ? rows[next].address : address
  }

  /// The path of a file, made whole with the folders that the table names.
  func path(_ file: UInt32) -> String? {
    if let known = paths[file] { return known }
    guard let path = header.path(file, compilationDirectory: directory) else { return nil }
    paths[file] = path
    return path
  }
}
