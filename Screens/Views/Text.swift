// Small helpers for text measured in cells.

internal import TerminalText

/// Returns the cells that a text takes once it is sanitized.
func width(_ text: String) -> Int {
  var count = 0
  Sanitizer.scan(text, maximumBytes: 4096) { _, cells in count += cells }
  return count
}

/// Returns so many blanks; none for a negative number.
func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

/// Returns the text with blanks after it, `columns` cells wide at least.
func padded(_ text: String, _ columns: Int) -> String {
  let missing = columns - width(text)
  return missing > 0 ? text + String(repeating: " ", count: missing) : text
}

/// Returns the text with blanks before it, `columns` cells wide at least.
func aligned(_ text: String, _ columns: Int) -> String {
  let missing = columns - width(text)
  return missing > 0 ? String(repeating: " ", count: missing) + text : text
}

/// Returns the end of a text, after a mark, where it is wider than `columns` cells.
func tail(_ text: String, _ columns: Int, mark: String = "…") -> String {
  let visible = Sanitizer.visible(text)
  guard width(visible) > columns, columns > 0 else { return columns > 0 ? visible : "" }
  var kept: [Character] = []
  var room = columns - width(mark)
  for character in visible.reversed() {
    let cells = TerminalText.cells(character)
    guard cells <= room else { break }
    room -= cells
    kept.append(character)
  }
  return mark + String(kept.reversed())
}

/// Returns the part of a path after its last slash.
func baseName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// Returns a number with a unit that keeps it short: `14 B`, `2.5 MB`, in powers of 1024.
func size(_ bytes: UInt64) -> String {
  var unit = 0
  var value = bytes
  var rest: UInt64 = 0
  let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  while value >= 1024, unit < units.count - 1 {
    rest = value % 1024
    value /= 1024
    unit += 1
  }
  let tenth = rest * 10 / 1024
  return value < 10 && tenth > 0 ? "\(value).\(tenth) \(units[unit])" : "\(value) \(units[unit])"
}

/// Returns a duration as a person says it: `0.3 s`, `12 s`, `4 min`, `2 h`.
func age(milliseconds: Int) -> String {
  let value = max(0, milliseconds)
  switch value {
  case ..<10_000: return "\(value / 1000).\(value % 1000 / 100) s"
  case ..<100_000: return "\(value / 1000) s"
  case ..<6_000_000: return "\(value / 60_000) min"
  default: return "\(value / 3_600_000) h"
  }
}

/// Returns a round trip's time: `85 µs`, `1.2 ms`, `300 ms`.
func duration(microseconds: Int) -> String {
  let value = max(0, microseconds)
  switch value {
  case ..<1000: return "\(value) us"
  case ..<10_000: return "\(value / 1000).\(value % 1000 / 100) ms"
  case ..<10_000_000: return "\(value / 1000) ms"
  default: return "\(value / 1_000_000) s"
  }
}
