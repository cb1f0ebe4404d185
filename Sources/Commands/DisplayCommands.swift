// display, undisplay: expressions shown at every stop.

internal import Expressions
internal import JSON
internal import Session

enum DisplayCommands {
  static let all: [Command] = [
    Command(
      name: "display", aliases: ["disp"], group: .data, usage: "display[/FMT] [EXPRESSION]",
      summary: "Show an expression now and at every stop",
      manual: """
        With a format of x (i, s, a size or a count) memory there is shown: display/i $pc.
        Without arguments all displays are shown. See also: info display, undisplay.
        """, completes: .expression, run: display),
    Command(
      name: "undisplay", aliases: ["und"], group: .data, usage: "undisplay [NUMBER...]",
      summary: "Delete displays, all of them if none is given", repeats: .never, run: undisplay),
  ]

  private static func display(_ call: Invocation) throws {
    if call.arguments.isEmpty { return showAll(call.interpreter) }
    let (format, expression) = Words.format(call.arguments)
    guard !expression.isEmpty else { throw call.usage("The expression is missing.") }
    let number = call.interpreter.state.lastDisplay + 1
    let display = PromptState.Display(
      number: number, format: format.map { "/" + $0 } ?? "", expression: expression)
    // An expression without a value now is refused, as in gdb, rather than failing at each stop.
    try show(display, call.interpreter)
    call.interpreter.state.lastDisplay = number
    call.interpreter.state.displays.append(display)
  }

  /// Whether a format is one of memory (`x`) rather than of a value (`print`).
  private static func examines(_ format: String) -> Bool {
    format.contains { $0 == "i" || $0 == "s" || $0.isNumber || "bhwg".contains($0) }
  }

  static func show(_ display: PromptState.Display, _ interpreter: Interpreter) throws {
    if examines(display.format) {
      interpreter.line("\(display.number): x\(display.format) \(display.expression)")
      return try interpreter.nested("x\(display.format) \(display.expression)")
    }
    let format = ValueFormat(rawValue: String(display.format.dropFirst()))
    if format == nil, display.format.count > 1 {
      throw CommandError.message(
        "Undefined output format \"\(display.format.dropFirst())\".  Formats are x d u o t z a c f s i."
      )
    }
    let value = try interpreter.session.evaluate(display.expression)
    let support = Invocation(interpreter: interpreter, command: all[0], arguments: "").support
    let shown = ValueText.text(value, format: format, support: support)
    let letter = display.format.isEmpty ? "" : display.format + " "
    interpreter.line("\(display.number): \(letter)\(display.expression) = \(shown)")
    interpreter.object(
      PrintCommands.object("display", value, shown, display.expression, number: display.number))
  }

  /// Shows every enabled display; one that fails says so and is skipped.
  static func showAll(_ interpreter: Interpreter) {
    for display in interpreter.state.displays where display.isEnabled {
      do { try show(display, interpreter) } catch {
        if case .failed(let text) = Interpreter.outcome(of: error) {
          interpreter.line("\(display.number): \(display.expression) = <error: \(text)>")
        }
      }
    }
  }

  static func undisplay(_ call: Invocation) throws {
    if call.arguments.isEmpty {
      guard !call.interpreter.state.displays.isEmpty,
        call.confirmed("Delete all auto-display expressions?")
      else { return }
      return call.interpreter.state.displays.removeAll()
    }
    let numbers = try known(call)
    call.interpreter.state.displays.removeAll { numbers.contains($0.number) }
  }

  static func toggle(_ call: Invocation, isEnabled: Bool) throws {
    let numbers = try known(call)
    for index in call.interpreter.state.displays.indices
    where numbers.isEmpty || numbers.contains(call.interpreter.state.displays[index].number) {
      call.interpreter.state.displays[index].isEnabled = isEnabled
    }
  }

  private static func known(_ call: Invocation) throws -> [Int] {
    let numbers = try Words.numbers(call.arguments)
    for number in numbers
    where !call.interpreter.state.displays.contains(where: { $0.number == number }) {
      throw CommandError.message("No display number \(number).  Try \"info display\".")
    }
    return numbers
  }

  static func list(_ call: Invocation) {
    let displays = call.interpreter.state.displays
    if displays.isEmpty { return call.line("There are no auto-display expressions now.") }
    call.line("Auto-display expressions now in effect:")
    call.line("Num Enb Expression")
    for display in displays {
      call.line(
        "\(display.number):   \(display.isEnabled ? "y" : "n")  "
          + (display.format.isEmpty ? "" : display.format + " ") + display.expression)
      call.object(
        {
          var object = JSONObject(schema: "display-setting")
          object["number"] = .integer(display.number)
          object["expression"] = .string(display.expression)
          object["format"] = .string(display.format)
          object["enabled"] = .bool(display.isEnabled)
          return object
        }())
    }
  }
}
