// The prompt's loop: scripts first, then lines from the editor, until the target or the user is
// done.

internal import Commands
internal import Glibc
internal import Inspect
internal import LineEditor
internal import Session

/// Runs lines of the prompt's language for a person or a script.
final class Prompt {
  private let target: OpenTarget
  private let isBatch: Bool
  private let printer = CommandPrinter()
  private let editor: LineEditor
  private let interpreter: Interpreter
  private var firstFailure: Failure?

  init(target: OpenTarget, isBatch: Bool, isJSON: Bool) {
    self.target = target
    self.isBatch = isBatch
    let isInteractive = !isBatch && isatty(0) == 1
    let editor = LineEditor(
      prompt: isInteractive ? "(porthole) " : "",
      history: History(path: isInteractive ? History.defaultPath : nil))
    self.editor = editor
    interpreter = Interpreter(
      session: target.session, output: printer.received,
      confirm: { question in isInteractive ? Self.ask(question) : true },
      // Asked many times a second while the target runs.
      shouldInterrupt: {
        target.serveDesk()
        return Interrupts.take()
      }, isJSON: isJSON)
  }

  /// Runs `lines`, then what is typed; throws the failure that is the exit status.
  func run(_ lines: [String]) throws {
    if !isBatch { greet() }
    for line in lines {
      if line.allSatisfy({ $0 == " " }) { continue }
      guard try perform(line) else { return }
    }
    guard !isBatch else {
      if let firstFailure { throw firstFailure }
      return
    }
    attachEditor()
    let prompt = editor.prompt
    while true {
      printer.finish()
      // It may have come with the answer to something else.
      for line in news() { Output.line(line) }
      editor.prompt = interpreter.isCollecting && !prompt.isEmpty ? ">" : prompt
      switch editor.readLine() {
      case .line(let line): guard try perform(line) else { return }
      case .interrupted: interpreter.stopCollecting()
      case .end: return
      }
    }
  }

  /// Runs one line; `false` if it was the last.
  private func perform(_ line: String) throws -> Bool {
    Interrupts.begin()
    defer { Interrupts.end() }
    let outcome = interpreter.run(line)
    printer.finish()
    switch outcome {
    case .done, .running: return true
    case .failed(let message):
      // Objects say their failures themselves, on standard output.
      Talk.line(message)
      if firstFailure == nil { firstFailure = Failure(interpreter.wasRefused ? .refused : .no, "") }
      return true
    case .quit, .detached:
      if isBatch, let firstFailure { throw firstFailure }
      return false
    case .ended, .lost:
      if let failure = Failure(outcome) { throw failure }
      return false
    }
  }

  /// Shows where the target stands, as gdb does after attaching.
  private func greet() {
    if !interpreter.isJSON { Talk.line(greeting) }
    _ = interpreter.run("frame")
    printer.finish()
  }

  private var greeting: String {
    let profile = target.supervised.profile
    let limits = profile.isReadOnly ? ", only looking" : ""
    return "attached to \(profile.name) (\(profile.kind)\(limits)); help lists the commands"
  }

  private func attachEditor() {
    editor.completer = { [interpreter] line, cursor in
      let completion = interpreter.complete(line, cursor: cursor)
      return LineCompletion(start: completion.start, candidates: completion.candidates)
    }
    editor.eventDescriptors = [target.supervised.eventDescriptor, target.deskDescriptor]
      .compactMap { $0 }
    editor.eventHandler = { [target, unowned self] in
      target.serveDesk()
      return news()
    }
  }

  /// What the target says unasked while the prompt waits: its end, or, where threads stop one by one,
  /// a stop.
  private func news() -> [String] {
    var lines: [String] = []
    while let event = try? target.session.pump(milliseconds: 0) {
      switch event {
      case .lost(let text): return lines + ["The link is gone: \(text)."]
      case .ended: return lines + ["The target has ended."]
      case .stopped where target.session.target.isNonStop:
        lines += printer.keeping { _ = interpreter.report(event) }
      case .stopped, .console: break
      }
    }
    return lines
  }

  private static func ask(_ question: String) -> Bool {
    Output.text(question + " (y or n) ")
    guard let answer = Swift.readLine() else { return false }
    return answer.lowercased().hasPrefix("y")
  }
}
