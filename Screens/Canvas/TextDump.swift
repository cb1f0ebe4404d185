extension Canvas {
  /// The grid as text, a line a row, blanks at the ends of rows left out.
  public var text: String {
    (0..<size.rows).map(rowText).joined(separator: "\n")
  }

  /// Returns one row as text, blanks at its end left out.
  public func rowText(_ row: Int) -> String {
    var scalars = String.UnicodeScalarView()
    for column in 0..<size.columns {
      let cell = self[column, row]
      guard cell.width > 0 else { continue }
      scalars.append(cell.scalar)
      scalars.append(contentsOf: cell.marks)
    }
    while scalars.last == " " { scalars.removeLast() }
    return String(scalars)
  }

  /// The grid's styles as text: for each row, stretches of one style that is not plain.
  ///
  /// `3: 0-7 address, 9-20 name/selection` and `faded` where a style is; the cursor comes last.
  public var styleText: String {
    var lines: [String] = []
    for row in 0..<size.rows {
      var stretches: [String] = []
      var column = 0
      while column < size.columns {
        let style = self[column, row].style
        let start = column
        while column < size.columns, self[column, row].style == style { column += 1 }
        guard style != .plain else { continue }
        stretches.append("\(start)-\(column - 1) \(style.summary)")
      }
      if !stretches.isEmpty { lines.append("\(row): " + stretches.joined(separator: ", ")) }
    }
    if let cursor { lines.append("cursor \(cursor.column),\(cursor.row)") }
    return lines.joined(separator: "\n")
  }
}

extension Style {
  fileprivate var summary: String {
    var text = "\(role)"
    if surface != .base { text += "/\(surface)" }
    if isFaded { text += " faded" }
    return text
  }
}
