internal import Bytes
internal import Expressions
internal import JSON
internal import Session

/// One call of a command.
struct Invocation {
  let interpreter: Interpreter
  let command: Command
  /// What stands after the name, without blanks around it.
  var arguments: String
  /// Whether an empty line asked for it.
  var isRepeat = false

  var session: Session { interpreter.session }

  /// Says a line of text.
  func line(_ text: String) { interpreter.line(text) }

  /// Says an object in JSON mode.
  func object(_ object: @autoclosure () -> JSONObject) { interpreter.object(object()) }

  /// The same call with other arguments.
  func with(arguments: String, command: Command? = nil) -> Invocation {
    Invocation(
      interpreter: interpreter, command: command ?? self.command, arguments: arguments,
      isRepeat: isRepeat)
  }

  /// A missing or surplus argument.
  func usage(_ what: String) -> CommandError { .usage(command, what) }

  /// The arguments as a count: an expression, 1 if there is none. At most 2^32 either way, so that
  /// arithmetic with it is safe.
  func count(default fallback: Int = 1) throws -> Int {
    if arguments.isEmpty { return fallback }
    let value = try session.evaluate(arguments)
    guard value.type.isIntegral else {
      throw usage("\"\(arguments)\" is no number.")
    }
    return max(-(1 << 32), min(1 << 32, Int(clamping: value.signed)))
  }

  /// Asks a person, unless `set confirm off` was given.
  func confirmed(_ question: String) -> Bool {
    !interpreter.state.confirms || interpreter.confirm(question)
  }

  /// Symbols and memory for printing values.
  var support: ValueSupport {
    let session = session
    return ValueSupport(
      symbolize: { session.symbols?.symbol(covering: $0) },
      readMemory: { session.readMemory($0, $1) })
  }
}
