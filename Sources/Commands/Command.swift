/// One command of the prompt. Its texts are its manual.
struct Command: Sendable {
  /// Its full name.
  let name: String
  /// Further names, and abbreviations that would be ambiguous by themselves.
  var aliases: [String] = []
  let group: Group
  /// `break [LOCATION] [if CONDITION]`
  let usage: String
  /// One line, without a full stop.
  let summary: String
  /// What else `help` says: arguments, examples.
  var manual = ""
  /// What an empty line does after it.
  var repeats = RepeatRule.same
  /// What its arguments are completed from.
  var completes = CompletionKind.nothing
  /// Its subcommands, if its first word is one; they have usages and manuals of their own.
  var subcommands: [Command] = []
  /// Whether a freely running target is stopped for a moment for it, instead of it being refused.
  var pauses = false
  /// Does it. Throws `CommandError`, `SessionError`, `InspectError` or `ExpressionError`.
  let run: @Sendable (Invocation) throws -> Void

  /// The headings of `help`.
  enum Group: String, CaseIterable, Sendable {
    case execution = "Running"
    case breakpoints = "Breakpoints"
    case stack = "Stack"
    case data = "Data"
    case source = "Source and code"
    case status = "Status"
    case session = "Session"
  }

  /// What an empty line does after a command, as in gdb.
  enum RepeatRule: Sendable {
    /// The same again.
    case same
    /// The name again without its arguments: `x` and `list` go on where they ended.
    case bare
    case never
  }

  /// What arguments are completed from.
  enum CompletionKind: Sendable {
    case nothing, location, expression, file, command, register, monitor
  }
}
