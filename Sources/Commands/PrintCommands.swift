// print, output, whatis: values of expressions.

internal import Bytes
internal import Expressions
internal import JSON
internal import Session

enum PrintCommands {
  static let all: [Command] = [
    Command(
      name: "print", aliases: ["p", "inspect"], group: .data, usage: "print[/F] [EXPRESSION]",
      summary: "Evaluate an expression and show its value",
      manual: """
        Expressions are C's: $rax, $pc, counter, &counter, *(int *)0x1000, {char[8]} $sp, x = 3,
        pointer@4 for elements in a row. $1, $ and $$ are earlier values, $name is a variable of
        your own. F is one letter: x hex, d decimal, u unsigned, o octal, t binary, z hex with
        zeros, a address, c character, f float, s string.

          print/x $rflags
          print *(long *)$sp@8
        """, completes: .expression, pauses: true, run: show),
    Command(
      name: "output", group: .data, usage: "output[/F] EXPRESSION",
      summary: "Show a value without a number and without a line end", completes: .expression,
      run: output),
    Command(
      name: "whatis", aliases: ["ptype", "wha", "what"], group: .data, usage: "whatis EXPRESSION",
      summary: "Show the type of an expression", completes: .expression, run: whatis),
  ]

  /// Cuts a format off the arguments and checks that it suits a single value.
  static func format(_ call: Invocation) throws -> (format: ValueFormat?, text: String) {
    var (letters, rest) = Words.format(call.arguments)
    // `print -pretty -- x`: gdb's options say how to lay out structures; there are none here.
    if letters == nil, rest.hasPrefix("-"), let end = rest.firstRange(of: " -- ")?.upperBound {
      (letters, rest) = Words.format(Words.trimmed(rest[end...]))
    }
    guard let letters, !letters.isEmpty else { return (nil, rest) }
    var format: ValueFormat?
    for letter in letters {
      if letter.isNumber || letter == "-" {
        throw CommandError.message(
          "Item count other than 1 is meaningless in \"\(call.command.name)\" command.")
      }
      if "bhwg".contains(letter) {
        throw CommandError.message(
          "Size letters are meaningless in \"\(call.command.name)\" command.  Try \"x/\(letters)\"."
        )
      }
      guard let known = ValueFormat(rawValue: String(letter)) else {
        throw CommandError.message(
          "Undefined output format \"\(letter)\".  Formats are x d u o t z a c f s.")
      }
      if known == .instruction {
        throw CommandError.message(
          "Format letter \"i\" is meaningless in \"\(call.command.name)\" command.  Try \"x/i\".")
      }
      format = known
    }
    return (format, rest)
  }

  private static func show(_ call: Invocation) throws {
    let (format, text) = try format(call)
    let value = text.isEmpty ? last(call.session) : try call.session.evaluate(text)
    if let format, format != .raw { call.interpreter.state.examine.format = format }
    let shown = ValueText.text(value, format: format, support: call.support)
    let number = call.session.values.record(value)
    call.line("$\(number) = \(shown)")
    call.object(object("value", value, shown, text, number: number))
  }

  private static func last(_ session: Session) -> Value {
    session.values.history(.back(0)) ?? .void
  }

  private static func output(_ call: Invocation) throws {
    let (format, text) = try format(call)
    if text.isEmpty { throw call.usage("Argument required (expression to compute).") }
    let value = try call.session.evaluate(text)
    let shown = ValueText.text(value, format: format, support: call.support)
    if !call.interpreter.isJSON { call.interpreter.say(.text(call.interpreter.clean(shown))) }
    call.object(object("value", value, shown, text, number: nil))
  }

  private static func whatis(_ call: Invocation) throws {
    if call.arguments.isEmpty { throw call.usage("The expression is missing.") }
    let type =
      try Expression.parseType(call.arguments) ?? call.session.locate(call.arguments).type
    call.line("type = \(type.name)")
    call.object(
      {
        var object = JSONObject(schema: "type")
        object["expression"] = .string(call.arguments)
        object["type"] = .string(type.name)
        object["size"] = .integer(type.size)
        return object
      }())
  }

  static func object(
    _ schema: String, _ value: Value, _ shown: String, _ expression: String, number: Int?
  ) -> JSONObject {
    var object = JSONObject(schema: schema)
    object["number"] = number.map { .integer($0) } ?? .null
    object["expression"] = .string(expression)
    object["type"] = .string(value.type.name)
    object["text"] = .string(shown)
    if value.absence == nil, value.size <= 8, value.type != .void {
      object["bits"] = .string("0x" + String(value.bits, radix: 16))
    }
    object["address"] = value.address.map { .string($0.hex) } ?? .null
    return object
  }
}
