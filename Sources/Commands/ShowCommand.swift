// show: what the prompt remembers and how it is set.

internal import Expressions
internal import Inspect
internal import JSON
internal import Session

enum ShowCommand {
  static let command = Command(
    name: "show", group: .status, usage: "show values|convenience|confirm|listsize|non-stop",
    summary: "Show earlier values, your variables, or a setting",
    manual: "values: the last ten. convenience: the variables that begin with $.", run: run)

  private static func run(_ call: Invocation) throws {
    let words = ["values", "convenience", "confirm", "listsize", "non-stop"]
    let (word, _) = Words.first(call.arguments)
    let matches = words.filter { !word.isEmpty && $0.hasPrefix(word) }
    switch matches.first {
    case "values" where matches.count == 1: values(call)
    case "convenience": convenience(call)
    case "confirm":
      let text = call.interpreter.state.confirms ? "on" : "off"
      call.line("Whether to confirm potentially dangerous operations is \(text).")
      setting("confirm", .bool(call.interpreter.state.confirms), call)
    case "listsize":
      let size = call.interpreter.state.listSize
      call.line("Number of source lines \"list\" will list by default is \(size).")
      setting("listsize", .integer(size), call)
    case "non-stop":
      let isNonStop = call.session.target.isNonStop
      call.line("Controlling the inferior in non-stop mode is \(isNonStop ? "on" : "off").")
      setting("non-stop", .bool(isNonStop), call)
    default:
      throw CommandError.message(
        word.isEmpty
          ? "\"show\" must be followed by one of \(words.joined(separator: ", "))."
          : "Undefined show command: \"\(word)\".  Try \"help show\".")
    }
  }

  private static func setting(_ name: String, _ value: JSONValue, _ call: Invocation) {
    var object = JSONObject(schema: "setting")
    object["name"] = .string(name)
    object["value"] = value
    call.object(object)
  }

  private static func values(_ call: Invocation) {
    let store = call.session.values
    for number in max(1, store.last - 9)...max(1, store.last) {
      guard let value = store.history(.number(number)) else { continue }
      let text = ValueText.text(value, support: call.support)
      call.line("$\(number) = \(text)")
      call.object(PrintCommands.object("value", value, text, "$\(number)", number: number))
    }
  }

  private static func convenience(_ call: Invocation) {
    let all = call.session.values.allVariables
    if all.isEmpty { call.line("No variables yet.  \"set $name = 1\" makes one.") }
    for (name, value) in all {
      let text = ValueText.text(value, support: call.support)
      call.line("$\(name) = \(text)")
      call.object(PrintCommands.object("value", value, text, "$" + name, number: nil))
    }
  }
}
