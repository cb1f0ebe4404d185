// Where the tool writes: data to standard output, talk to standard error.

internal import Glibc
internal import JSON
internal import Launcher
internal import TerminalText

/// Standard output: what was asked for.
enum Output {
  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(1) == 1 }

  /// Writes text as it is.
  static func text(_ text: String) { bytes(Array(text.utf8)) }

  /// Writes one line.
  static func line(_ text: String) { bytes(Array(text.utf8) + [0x0a]) }

  /// Writes one JSON object as a line.
  static func json(_ object: JSONObject) { line(object.text) }

  /// Writes bytes. A reader that went away ends the tool quietly, as it ends any filter.
  static func bytes(_ bytes: [UInt8]) {
    if !Files.write(bytes, to: 1), errno == EPIPE { exit(ExitStatus.done.rawValue) }
  }
}

/// Standard error: what is said about it.
enum Talk {
  /// Whether standard error is a terminal.
  static var isTerminal: Bool { isatty(2) == 1 }

  /// Writes one or more lines, made harmless for the terminal.
  static func line(_ text: String) {
    let lines = Sanitizer.visibleLines(text)
    _ = Files.write(Array(lines.joined(separator: "\n").utf8) + [0x0a], to: 2)
  }
}
