public import Inspect

/// Something a command says. Text is harmless for a terminal already.
public enum CommandOutput: Equatable, Sendable {
  /// A whole line, without its end.
  case line(String)
  /// Text that continues on the same line: `output`, `echo`.
  case text(String)
  /// What the target wrote to its console: text that may end inside a line.
  case console(String)
  /// One JSON object, on a line of its own.
  case object(String)
}

/// What became of a line given to the interpreter.
public enum CommandOutcome: Equatable, Sendable {
  case done
  /// It could not be done; the message is harmless text that says what to try next.
  case failed(String)
  /// A motion began, and its stop arrives as an event (`waitsForStops` is false).
  case running
  /// The user wants to leave the prompt. The target has not been told.
  case quit
  /// The target was let go; the link is closed.
  case detached
  /// The target ended, by itself or by `kill`.
  case ended(EndReason)
  /// The link is gone; the text says why.
  case lost(String)
}

/// How a command fails or ends the prompt.
enum CommandError: Error {
  /// A message for the user.
  case message(String)
  /// An outcome other than `.done`.
  case outcome(CommandOutcome)

  /// A missing or surplus argument, with the command's usage.
  static func usage(_ command: Command, _ what: String) -> CommandError {
    .message("\(what) Usage: \(command.usage)")
  }
}
