/// Guesses what a mistyped word was meant to be.
public enum Suggestion {
  /// The candidate nearest to `word`, if it is near: at most two edits away and no more than half of it,
  /// or a candidate that `word` begins. Case does not count. Ties go to the first in order.
  public static func nearest(to word: String, among candidates: [String]) -> String? {
    let lowered = word.lowercased()
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let other = candidate.lowercased()
      var edits = distance(Array(lowered.utf8.prefix(64)), Array(other.utf8.prefix(64)))
      if lowered.utf8.count >= 2, other.hasPrefix(lowered) { edits = min(edits, 1) }
      guard edits <= min(2, max(1, lowered.utf8.count / 2)) else { continue }
      if edits < best?.distance ?? .max { best = (candidate, edits) }
    }
    return best?.candidate
  }

  /// `; did you mean X?` or nothing.
  public static func text(for word: String, among candidates: [String]) -> String {
    nearest(to: word, among: candidates).map { "; did you mean \($0)?" } ?? ""
  }

  /// Insertions, deletions, replacements and swaps of neighbours between two words.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var least = min(last[column + 1] + 1, current[column] + 1)
        least = min(least, last[column] + (byte == other ? 0 : 1))
        if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
          least = min(least, beforeLast[column - 1] + 1)
        }
        current.append(least)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
