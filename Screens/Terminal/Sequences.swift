// What is sent to the terminal beside drawing: mouse, pastes, synchronized updates; and what undoes
// all of it.

internal import CNcurses
internal import Canvas

/// Control sequences for one terminal.
struct Sequences {
  /// Sent after curses has taken the terminal.
  let enter: String
  /// Sent before curses gives it back.
  let leave: String
  /// Undoes everything, curses' part too.
  let restore: [UInt8]
  let beginUpdate: String
  let endUpdate: String
  /// Keys of this terminal that are not everybody's.
  let keys: [[UInt8]: Key]

  /// Finds the sequences for a terminal whose terminfo entry is loaded.
  init(type: String) {
    // Mouse buttons, drags, SGR coordinates; brackets around pastes. Terminals that lack one of
    // them ignore it, but for the oldest, which have no mouse either.
    let isModern = terminfo("kmous") != nil || type.hasPrefix("xterm") || type.hasPrefix("tmux")
    let modes = isModern ? ["1000", "1002", "1006", "2004"] : []
    enter = modes.map { "\u{1b}[?\($0)h" }.joined()
    leave = modes.reversed().map { "\u{1b}[?\($0)l" }.joined()
    // Synchronized updates (mode 2026): terminfo's Sync is rarely filled in; terminals with the
    // modern modes know the mode or ignore it.
    beginUpdate = isModern ? "\u{1b}[?2026h" : ""
    endUpdate = isModern ? "\u{1b}[?2026l" : ""
    let own = ["sgr0", "op", "cnorm", "rmcup"].compactMap(terminfo).joined()
    restore = Array((endUpdate + leave + withoutDelays(own)).utf8)
    keys = Self.terminfoKeys()
  }

  private static func terminfoKeys() -> [[UInt8]: Key] {
    let names: [(String, Key)] =
      [
        ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home),
        ("kend", .end), ("kpp", .pageUp), ("knp", .pageDown), ("kdch1", .delete),
        ("kcbt", .backTab),
        ("kich1", .insert),
      ] + (1...12).map { ("kf\($0)", Key.function($0)) }
    var keys: [[UInt8]: Key] = [:]
    for (name, key) in names {
      guard let text = terminfo(name), text.utf8.count > 1, text.utf8.first == 0x1b else {
        continue
      }
      keys[Array(text.utf8)] = key
    }
    return keys
  }
}

/// Returns a string of the terminal's terminfo entry.
private func terminfo(_ name: String) -> String? {
  // Safety: a literal in, and the entry's own string is copied at once.
  unsafe cnc_string(name).map { unsafe String(cString: $0) }
}

/// Returns a terminfo string without its padding marks, `$<5>`.
private func withoutDelays(_ text: String) -> String {
  var result = ""
  var rest = text[...]
  while let character = rest.first {
    if rest.hasPrefix("$<"), let end = rest.firstIndex(of: ">") {
      rest = rest[rest.index(after: end)...]
    } else {
      result.append(character)
      rest = rest.dropFirst()
    }
  }
  return result
}
