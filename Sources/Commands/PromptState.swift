internal import Bytes
internal import Expressions

/// What the prompt remembers from one command to the next.
struct PromptState {
  /// What an empty line runs.
  var repeatable: String?
  var examine = Examine()
  var listing = Listing()
  var displays: [Display] = []
  var lastDisplay = 0
  /// The commands of the target's own monitor, word by word, once its `help` was.
  var monitorPhrases: [[String]]?
  /// Lines that `list` shows.
  var listSize = 10
  /// Whether `kill` and the like ask.
  var confirms = true
  /// How deep `source` is nested.
  var depth = 0
  var scripts = BreakpointScripts()
  /// Whether the command under way has let the target go on.
  var hasMoved = false
  /// Whether Ctrl-C came while the command under way waited.
  var wasInterrupted = false

  /// Where `x` goes on, and with what.
  struct Examine {
    var next: Address?
    var format = ValueFormat.hex
    /// Bytes of an element.
    var size = 4
    /// How many it showed last.
    var count = 1
  }

  /// Where `list` goes on.
  struct Listing {
    var file: String?
    /// The range it last showed.
    var first = 0
    var last = 0
    /// The stop or frame whose line is the middle of the next list; `nil` once it was shown.
    var isCentred = true
    var centre = 0
  }

  /// An expression shown at each stop.
  struct Display {
    var number: Int
    /// The format with its slash, or empty.
    var format: String
    var expression: String
    var isEnabled = true
  }
}
