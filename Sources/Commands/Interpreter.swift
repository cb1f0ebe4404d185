// The prompt's language: one line in gdb's grammar in, text or JSON objects out. It owns no
// terminal: the caller shows what it says and answers what it asks.

public import Session
internal import Expressions
internal import Inspect
internal import JSON
internal import TerminalText

/// Runs lines of gdb's grammar against a session, on the session's thread.
public final class Interpreter {
  /// What commands act on.
  public let session: Session
  /// Whether commands say JSON objects instead of text.
  public var isJSON: Bool
  /// Whether `continue` and the like return only when the target has stopped. Without it they
  /// return `.running`, and the owner pumps the session and hands its events to `report`.
  public var waitsForStops: Bool
  /// Whether tabs become spaces, for an output that has no tab stops.
  public var expandsTabs = false

  var state = PromptState()
  /// Whether a line is being run, at whose end the lists of breakpoints are.
  private(set) var isBusy = false
  /// Whether the latest line failed because the session, or the target, does not allow it.
  public private(set) var wasRefused = false
  private let output: (CommandOutput) -> Void
  let confirm: (String) -> Bool
  let shouldInterrupt: () -> Bool

  /// Creates an interpreter.
  ///
  /// `output` receives all that is said, in order. `confirm` asks a person a question that ends in
  /// a question mark. `shouldInterrupt` is polled while a command waits for a stop, and answers
  /// true once for each Ctrl-C.
  public init(
    session: Session, output: @escaping (CommandOutput) -> Void,
    confirm: @escaping (String) -> Bool, shouldInterrupt: @escaping () -> Bool = { false },
    isJSON: Bool = false, waitsForStops: Bool = true
  ) {
    self.session = session
    self.output = output
    self.confirm = confirm
    self.shouldInterrupt = shouldInterrupt
    self.isJSON = isJSON
    self.waitsForStops = waitsForStops
  }

  /// Runs one line; an empty one repeats the last command where gdb does.
  public func run(_ line: String) -> CommandOutcome {
    let text = Words.trimmed(line.prefix(1 << 16))
    if isCollecting { return outcome(of: text, isRepeat: false) }
    if text.hasPrefix("#") { return .done }
    if text.isEmpty {
      guard let last = state.repeatable else { return .done }
      return outcome(of: last, isRepeat: true)
    }
    return outcome(of: text, isRepeat: false)
  }

  /// Runs a line and words what it throws.
  private func outcome(of text: String, isRepeat: Bool) -> CommandOutcome {
    let refusals = session.refusals
    let before = session.target.state
    do {
      wasRefused = false
      if try collect(text) { return .done }
      state.wasInterrupted = false
      isBusy = true
      defer { isBusy = false }
      try execute(text, isRepeat: isRepeat)
      try runDueScripts()
      // A command may have made do with what had come before the link broke.
      if case .lost(let why) = session.target.state, why != "detached", before != .lost(why) {
        return .lost(Self.harmless(why))
      }
      return .done
    } catch {
      var outcome = Self.outcome(of: error)
      wasRefused = session.refusals > refusals || Self.isRefusal(error)
      // Whatever the command made of it, a link that is gone is what the caller must know.
      if case .failed = outcome, case .lost(let why) = session.target.state {
        outcome = .lost(Self.harmless(why))
      }
      if case .failed(let message) = outcome, isJSON {
        var object = JSONObject(schema: "error")
        object["command"] = .string(text)
        object["message"] = .string(message)
        say(.object(object.text))
      }
      return outcome
    }
  }

  /// Finds and runs a command, and remembers what an empty line will do next.
  func execute(_ text: String, isRepeat: Bool, isNested: Bool = false) throws {
    let line = CommandLine(text)
    guard !line.name.isEmpty else {
      throw CommandError.message(
        "Undefined command: \"\(Words.first(text).word)\".  Try \"help\".")
    }
    let command = try CommandTable.command(line.name)
    if !isNested, !isRepeat {
      switch command.repeats {
      case .same: state.repeatable = text
      case .bare: state.repeatable = command.name
      case .never: state.repeatable = nil
      }
    }
    let invocation = Invocation(
      interpreter: self, command: command, arguments: line.arguments, isRepeat: isRepeat)
    session.freshen()
    if command.pauses { return try paused { try command.run(invocation) } }
    try command.run(invocation)
  }

  /// Does what needs a target that stands still; one that runs freely is stopped for the moment that
  /// it takes.
  func paused(_ body: () throws -> Void) throws {
    guard session.isRunningFreely else { return try body() }
    if let event = try session.pause() {
      let outcome = report(event)
      guard case .stopped = event else { throw CommandError.outcome(outcome) }
      return try body()
    }
    // What the command throws is told first; a target that cannot go on is told in any case.
    let result = Result(catching: body)
    if case .stopped = session.target.state { try session.start(.cont(ignore: 0)) }
    try result.get()
  }

  /// Whether an error says that the session, or the target, does not allow what was asked for.
  private static func isRefusal(_ error: any Error) -> Bool {
    switch error {
    case SessionError.readOnly, InspectError.forbidden, SessionError.inspect(.forbidden):
      return true
    default: return false
    }
  }

  /// What an error means to the caller.
  static func outcome(of error: any Error) -> CommandOutcome {
    switch error {
    case CommandError.outcome(let outcome): return outcome
    case CommandError.message(let text): return .failed(harmless(text))
    case SessionError.inspect(.lost(let text)), InspectError.lost(let text):
      return .lost(harmless(text))
    case let error as SessionError: return .failed(harmless(error.message))
    case let error as InspectError: return .failed(harmless(error.message))
    case let error as ExpressionError: return .failed(harmless(error.message))
    default: return .failed(harmless("\(error)"))
    }
  }

  /// Text of one or more lines, without anything that acts on a terminal.
  static func harmless(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Sanitizer.visible(String($0), tabWidth: 8) }.joined(separator: "\n")
  }

  // MARK: Saying things

  func say(_ what: CommandOutput) { output(what) }

  /// Says a line of text, unless objects are wanted.
  func line(_ text: String) {
    guard !isJSON else { return }
    for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
      output(.line(clean(part)))
    }
  }

  /// Sanitizes a line. The tabs that gdb's own columns have stay, unless they are to be expanded.
  func clean(_ text: some StringProtocol) -> String {
    if expandsTabs { return Sanitizer.visible(String(text), tabWidth: 8) }
    return text.split(separator: "\t", omittingEmptySubsequences: false)
      .map { Sanitizer.visible(String($0)) }.joined(separator: "\t")
  }

  /// Says an object, if objects are wanted.
  func object(_ object: @autoclosure () -> JSONObject) {
    if isJSON { output(.object(object().text)) }
  }
}

extension Interpreter {
  /// Runs a line that another command contains; what an empty line repeats does not change.
  func nested(_ line: String) throws {
    guard state.depth < 16 else {
      throw CommandError.message("Commands are nested too deeply (16 levels).")
    }
    if try collect(Words.trimmed(line)) { return }
    state.depth += 1
    defer { state.depth -= 1 }
    state.hasMoved = false
    try execute(line, isRepeat: false, isNested: true)
  }
}
