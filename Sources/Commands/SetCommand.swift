// set: variables, registers, memory, and the prompt's few settings.

internal import Expressions
internal import JSON
internal import Session

enum SetCommand {
  static let command = Command(
    name: "set", group: .data, usage: "set [var] PLACE = EXPRESSION | set SETTING VALUE",
    summary: "Change a register, memory, a variable or a setting",
    manual: """
      PLACE is $register, $name (a variable of your own), a variable, {type} address, *pointer.
      Settings: confirm on|off, listsize N, and, on our agent, non-stop on|off: threads stop one by
      one then, and the others run on. "continue" and steps move the selected thread; "info threads"
      shows who stands. What cannot stop alone stops with everything, and it is said why.

      Settings of gdb's that say how its pager and its terminal behave (pagination, height, width,
      style, print, ...) are taken and change nothing, so that its scripts run.

        set $rax = 1
        set {char}0x1000 = 0x90
        set var counter = counter + 1
      """, completes: .expression, run: run)

  /// gdb's settings that have no meaning here.
  private static let ignored: Set<String> = [
    "pagination", "height", "width", "style", "print", "verbose", "history", "prompt", "logging",
    "language", "architecture", "disassembly-flavor", "breakpoint", "remotetimeout", "osabi",
    "startup-with-shell", "debuginfod", "auto-load", "trace-commands", "can-use-hw-watchpoints",
  ]

  private static func run(_ call: Invocation) throws {
    let (word, rest) = Words.first(call.arguments)
    if word.isEmpty {
      throw call.usage("Argument required (expression to compute).")
    }
    if word == "var" || word == "variable" { return try assign(call.with(arguments: rest)) }
    if rest.hasPrefix("="), !rest.hasPrefix("==") { return try assign(call) }
    switch word {
    case "confirm":
      call.interpreter.state.confirms = try isOn(rest, call)
    case "listsize":
      let size = try call.with(arguments: rest).count()
      guard (1...10000).contains(size) else {
        throw CommandError.message("listsize is 1 to 10000.")
      }
      call.interpreter.state.listSize = size
    case "non-stop":
      let isWanted = try isOn(rest, call)
      try call.interpreter.paused { try call.session.setNonStop(isWanted) }
    case _ where ignored.contains(word): break
    default: try assign(call)
    }
  }

  private static func isOn(_ text: String, _ call: Invocation) throws -> Bool {
    switch text {
    case "on", "1", "yes", "enable", "": true
    case "off", "0", "no", "disable": false
    default: throw CommandError.message("\"on\" or \"off\" expected.")
    }
  }

  private static func assign(_ call: Invocation) throws {
    if call.arguments.isEmpty { throw call.usage("Argument required (expression to compute).") }
    let value = try call.session.evaluate(call.arguments)
    call.object(
      PrintCommands.object(
        "value", value, ValueText.text(value, support: call.support), call.arguments, number: nil))
  }
}
