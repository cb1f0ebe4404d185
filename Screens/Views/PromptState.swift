internal import TerminalText

/// One line that the prompt's pane shows above the input.
public struct OutputLine: Equatable, Sendable {
  /// What the line is.
  public enum Kind: Sendable {
    /// A command as it was typed.
    case command
    case output
    case error
    /// What the target printed.
    case console
    /// What the dashboard itself says.
    case notice
  }
  public var kind: Kind
  /// Sanitized text, tabs expanded.
  public var text: String

  /// Creates a line; the text is made harmless here.
  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = Sanitizer.visible(String(text.prefix(4000)), tabWidth: 8)
  }
}

/// What the input line is for at the moment.
public enum PromptMode: Equatable, Sendable {
  case command
  /// An address, symbol or expression to look at in memory.
  case goTo
  /// A pattern to look for in the pane that had the keys.
  case find(PaneID)
  /// A search backwards in the history for what is typed.
  case history
}

/// The prompt: the line being edited, its history, completions and the output above it.
public struct PromptState: Equatable, Sendable {
  public var mode = PromptMode.command
  /// The line being edited.
  public internal(set) var text: [Character] = []
  /// Where typing goes, 0 to `text.count`.
  public internal(set) var cursor = 0
  /// Commands entered, oldest first.
  public internal(set) var history: [String] = []
  /// Which entry of the history is shown; `nil` for a line of one's own.
  var historyIndex: Int?
  /// The line that was being typed when the history was entered.
  var draft: [Character] = []
  /// What was cut last.
  var cut: [Character] = []
  /// Candidates on show; empty if there is no popup.
  public internal(set) var completions: [String] = []
  public internal(set) var completionIndex: Int?
  /// Where in `text` the candidates go.
  var completionStart = 0
  /// The output, oldest first, bounded.
  public internal(set) var output: [OutputLine] = []
  /// Rows scrolled back from the end.
  public var scrollback = 0
  /// Rows of output since the last command, so that the pane can grow for them.
  var freshLines = 0
  /// Whether a command runs and has not answered yet.
  public internal(set) var isBusy = false

  /// The most lines of output kept.
  static let maximumOutput = 5000
  /// The most characters of a line being edited.
  static let maximumLine = 4000

  /// Creates an empty prompt.
  public init() {}

  /// The line being edited, as text.
  public var line: String { String(text) }

  /// Takes up the history of earlier runs, oldest first.
  public mutating func loaded(history lines: [String]) { history = Array(lines.suffix(2000)) }

  /// Adds lines of output.
  public mutating func received(_ lines: [OutputLine]) {
    output.append(contentsOf: lines)
    if output.count > Self.maximumOutput {
      output.removeFirst(output.count - Self.maximumOutput)
    }
    freshLines = min(freshLines + lines.count, Self.maximumOutput)
    if scrollback > 0 { scrollback += lines.count }
  }

  /// Notes that the last command has ended.
  public mutating func commandEnded() { isBusy = false }

  /// Puts a line into the prompt for a person to confirm with Enter.
  mutating func propose(_ line: String) {
    mode = .command
    replace(with: Array(line))
  }

  mutating func replace(with line: [Character]) {
    text = Array(line.prefix(Self.maximumLine))
    cursor = text.count
    closeCompletions()
  }

  mutating func closeCompletions() {
    completions = []
    completionIndex = nil
  }
}
