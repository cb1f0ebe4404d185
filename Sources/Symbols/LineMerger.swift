// One table from the rows of each file: at every address the line that gdb's look-up finds.

/// Merges the rows of several files.
///
/// gdb keeps a table for each file and takes, at an address, the row that begins last of those that
/// no end marker of the same file closed.
struct LineMerger {
  private var merged: [LineRow] = []
  /// Rows that may go on, the one that began last at the end, with the change of their file's
  /// state that they belong to.
  private var open: [(row: LineRow, state: Int)] = []
  private var states: [UInt32: Int] = [:]

  /// Returns all rows by address; the last of those at one address is the one that holds there.
  static func merge(_ lists: [[LineRow]]) -> [LineRow] {
    if lists.count == 1 { return ordered(lists[0]) }
    var all: [LineRow] = []
    all.reserveCapacity(lists.reduce(0) { $0 &+ $1.count })
    for list in lists { all.append(contentsOf: list) }
    var merger = LineMerger()
    merger.run(ordered(all))
    return merger.merged
  }

  /// Sorts rows by address, end markers first; rows of one address keep their order.
  private static func ordered(_ rows: [LineRow]) -> [LineRow] {
    func precedes(_ left: LineRow, _ right: LineRow) -> Bool {
      left.address != right.address
        ? left.address < right.address : left.line == 0 && right.line != 0
    }
    for index in rows.indices.dropFirst() where precedes(rows[index], rows[index &- 1]) {
      return rows.sorted(by: precedes)
    }
    return rows
  }

  private mutating func run(_ rows: [LineRow]) {
    merged.reserveCapacity(rows.count)
    var index = 0
    while index < rows.count {
      let address = rows[index].address
      var hasRow = false
      while index < rows.count, rows[index].address == address {
        let row = rows[index]
        let state = states[row.file, default: 0] &+ 1
        states[row.file] = state
        if !row.isEnd {
          merged.append(row)
          open.append((row, state))
          hasRow = true
        }
        index &+= 1
      }
      if hasRow { continue }
      while let last = open.last, states[last.row.file] != last.state { open.removeLast() }
      if var row = open.last?.row {
        row.address = address
        row.isStatement = false
        row.isContinued = true
        merged.append(row)
      } else {
        merged.append(
          LineRow(address: address, line: 0, file: 0, column: 0, isStatement: true))
      }
    }
  }
}
