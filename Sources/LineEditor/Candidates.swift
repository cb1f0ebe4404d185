/// What to do with several completions.
enum Candidates {
  /// Returns the longest text with which all begin; `nil` if there is none of them.
  static func commonPrefix(_ all: [String]) -> String? {
    guard let first = all.first else { return nil }
    var length = first.count
    for other in all.dropFirst() {
      length = min(length, zip(first, other).prefix { $0 == $1 }.count)
    }
    return String(first.prefix(length))
  }

  /// Returns names in columns, sorted down, each line ended; at most 100 of them.
  static func columns(_ all: [String], width: Int) -> String {
    let shown = Array(all.prefix(100))
    let cell = (shown.map(\.count).max() ?? 0) + 2
    let columns = max(1, width / max(1, cell))
    let rows = (shown.count + columns - 1) / columns
    var text = ""
    for row in 0..<rows {
      var line = ""
      for index in stride(from: row, to: shown.count, by: rows) {
        while !line.isEmpty, line.count % cell != 0 { line += " " }
        line += shown[index]
      }
      text += line + "\n"
    }
    if all.count > shown.count { text += "(\(all.count - shown.count) more)\n" }
    return text
  }
}
