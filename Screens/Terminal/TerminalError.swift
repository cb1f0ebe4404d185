/// Why a terminal cannot show screens; each text says what to do instead.
public enum TerminalError: Error, Equatable, Sendable {
  /// Input or output is no terminal.
  case noTerminal
  /// The terminal's type is unknown or cannot place its cursor.
  case unusable(type: String)

  /// What to tell a person.
  public var message: String {
    switch self {
    case .noTerminal:
      "the dashboard needs a terminal; `porthole repl` works without one"
    case .unusable(let type):
      "a terminal of type \"\(type)\" cannot show the dashboard: set TERM to what it is "
        + "(xterm-256color, say), or use `porthole repl`"
    }
  }
}

/// When colours are used.
public enum ColorChoice: String, CaseIterable, Sendable {
  /// If the terminal has them and NO_COLOR is not set.
  case auto
  case always
  case never
}
