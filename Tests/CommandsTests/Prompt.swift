internal import Commands
internal import Inspect
internal import JSON
internal import Session

/// An interpreter whose output is kept as a terminal would show it.
final class Prompt {
  let session: Session
  let target: FakeTarget
  private(set) var shown = ""
  private(set) var objects: [String] = []
  var answer = true
  private(set) var questions: [String] = []
  /// Whether Ctrl-C is pressed when a command waits.
  var interrupts = false
  private var interpreterStorage: Interpreter?

  var interpreter: Interpreter {
    if let known = interpreterStorage { return known }
    let made = Interpreter(
      session: session, output: { [unowned self] in self.take($0) },
      confirm: { [unowned self] question in
        self.questions.append(question)
        return self.answer
      },
      shouldInterrupt: { [unowned self] in
        defer { self.interrupts = false }
        return self.interrupts
      })
    interpreterStorage = made
    return made
  }

  init(_ made: (Session, FakeTarget) = FakeProgram.session()) {
    (session, target) = made
  }

  private func take(_ output: CommandOutput) {
    switch output {
    case .line(let text): shown += text + "\n"
    case .text(let text), .console(let text): shown += text
    case .object(let text): objects.append(text)
    }
  }

  /// Runs a line; what it showed, and its error or outcome in brackets.
  @discardableResult
  func run(_ line: String) -> String {
    shown = ""
    switch interpreter.run(line) {
    case .done: break
    case .failed(let message): shown += message + "\n"
    case let outcome: shown += "[\(outcome)]\n"
    }
    return shown
  }

  /// Runs lines; what a person would have seen.
  func transcript(_ lines: [String]) -> String {
    lines.map { line in
      let answer = run(line)
      let isOpen = !answer.isEmpty && answer.last != "\n"
      return "(gdb) \(line)\n" + answer + (isOpen ? "\n" : "")
    }.joined()
  }

  /// Runs a line in JSON mode; the objects it said.
  func json(_ line: String) throws -> [JSONValue] {
    interpreter.isJSON = true
    objects = []
    _ = run(line)
    return try objects.map { try JSONValue.parse(Array($0.utf8)) }
  }
}
