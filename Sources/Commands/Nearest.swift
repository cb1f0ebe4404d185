/// Names close to one that does not exist.
enum Nearest {
  /// Returns at most three names within two edits of `word`, nearest first.
  static func names(to word: String, among names: some Sequence<String>) -> [String] {
    let word = Array(word.utf8.prefix(32))
    let limit = word.count <= 3 ? 1 : 2
    var found: [(distance: Int, name: String)] = []
    for name in Set(names) {
      let distance = distance(word, Array(name.utf8))
      if distance <= limit { found.append((distance, name)) }
    }
    return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
  }

  /// Returns ` Did you mean "a" or "b"?`, or nothing.
  static func hint(to word: String, among names: some Sequence<String>) -> String {
    let close = Self.names(to: word, among: names)
    if close.isEmpty { return "" }
    return "  Did you mean " + close.map { "\"\($0)\"" }.joined(separator: " or ") + "?"
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    if abs(left.count - right.count) > 2 { return 3 }
    var rows = [Array(0...right.count)]
    for (i, a) in left.enumerated() {
      var row = [i + 1]
      for (j, b) in right.enumerated() {
        var best = min(rows[i][j] + (a == b ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
