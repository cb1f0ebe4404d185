// The lines given before, kept across runs. Every run appends to one file, so that several at once
// merge; the file is rewritten only when it has grown well past its bound.

internal import Glibc

/// The lines given before, oldest first, at most 10,000.
///
/// Used by the line editor and, without any terminal, by the dashboard's prompt.
public final class History {
  /// How many lines are kept.
  public static let limit = 10_000

  /// The lines, oldest first.
  public private(set) var lines: [String] = []
  /// Where they are kept; `nil` for a history of this run alone.
  public let path: String?
  private var linesInFile = 0

  /// Reads a history file, creating its folder; an unreadable one is an empty history.
  public init(path: String? = History.defaultPath) {
    self.path = path
    guard let path else { return }
    HistoryFile.makeFolder(of: path)
    let all = HistoryFile.read(path)
    linesInFile = all.count
    for line in all { keep(line) }
  }

  /// `$XDG_STATE_HOME/porthole/history`, or in `~/.local/state`; `nil` without a home.
  public static var defaultPath: String? {
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") {
      return state + "/porthole/history"
    }
    return environment("HOME").map { $0 + "/.local/state/porthole/history" }
  }

  private static func environment(_ name: String) -> String? {
    // Safety: `getenv` returns a terminated string that nobody changes while it is copied here.
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// Remembers a line; empty ones, ones like the last, and ones with control characters are not
  /// kept. Whether it was kept.
  @discardableResult
  public func append(_ line: String) -> Bool {
    guard keep(line) else { return false }
    guard let path else { return true }
    HistoryFile.append(line, to: path)
    linesInFile += 1
    if linesInFile > Self.limit + Self.limit / 4 {
      HistoryFile.shorten(path, to: Self.limit)
      linesInFile = Self.limit
    }
    return true
  }

  /// The nearest older line that begins with `prefix`: its index and text. `index` is that of the
  /// line shown now, `lines.count` for a fresh one.
  public func older(than index: Int, prefix: String = "") -> (index: Int, line: String)? {
    var next = min(index, lines.count) - 1
    while next >= 0 {
      if lines[next].hasPrefix(prefix) { return (next, lines[next]) }
      next -= 1
    }
    return nil
  }

  /// The nearest newer line that begins with `prefix`, as `older`.
  public func newer(than index: Int, prefix: String = "") -> (index: Int, line: String)? {
    var next = max(-1, index) + 1
    while next < lines.count {
      if lines[next].hasPrefix(prefix) { return (next, lines[next]) }
      next += 1
    }
    return nil
  }

  @discardableResult
  private func keep(_ line: String) -> Bool {
    guard !line.isEmpty, line.utf8.count <= 4096, line != lines.last,
      !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f })
    else { return false }
    lines.append(line)
    if lines.count > Self.limit { lines.removeFirst(lines.count - Self.limit) }
    return true
  }
}
