internal import TerminalText

/// Text in columns.
enum Table {
  /// A header and rows, each column as wide as its widest cell, two spaces between them.
  static func text(header: [String], _ rows: [[String]]) -> String {
    let visible = rows.map { $0.map { Sanitizer.visible($0) } }
    var widths = header.map { cells($0) }
    for row in visible {
      for (column, cell) in row.enumerated() where column < widths.count {
        widths[column] = max(widths[column], cells(cell))
      }
    }
    return ([header] + visible).map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        guard column + 1 < row.count, column < widths.count else { continue }
        line += String(repeating: " ", count: widths[column] - cells(cell) + 2)
      }
      return line + "\n"
    }.joined()
  }
}
