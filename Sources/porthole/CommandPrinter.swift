// What the prompt's language says, on standard output; and what its outcomes mean to the exit
// status.

internal import Commands
internal import Inspect

/// Prints what an interpreter says, line by line.
final class CommandPrinter {
  private var isInsideLine = false
  /// Lines that are kept instead, for who shows them above the line that is being typed.
  private var kept: [String]?

  /// What `body` says, line by line, instead of printing it.
  func keeping(_ body: () -> Void) -> [String] {
    kept = []
    defer { kept = nil }
    body()
    return kept ?? []
  }

  func received(_ output: CommandOutput) {
    if kept != nil {
      switch output {
      case .line(let text), .object(let text), .text(let text), .console(let text):
        kept? += text.split(separator: "\n").map(String.init)
      }
      return
    }
    switch output {
    case .line(let text), .object(let text): Output.text(text + "\n")
    case .text(let text), .console(let text):
      Output.text(text)
      isInsideLine = !(text.last == "\n" || (text.isEmpty && !isInsideLine))
      return
    }
    isInsideLine = false
  }

  /// Ends a line that was left open.
  func finish() {
    if isInsideLine { Output.text("\n") }
    isInsideLine = false
  }
}

extension Failure {
  /// What an outcome means to the exit status; `nil` if it is no failure.
  init?(_ outcome: CommandOutcome) {
    switch outcome {
    case .done, .running, .quit, .detached, .ended(.exited(status: 0)): return nil
    case .failed(let message): self.init(.no, message)
    case .ended(.exited(let status)):
      self.init(.targetDied, "the target ended with status \(status)")
    case .ended(.killed(let signal)):
      self.init(.targetDied, "the target was ended by signal \(signal)")
    case .lost(let text): self.init(.targetDied, "the link is gone: \(text)")
    }
  }
}
