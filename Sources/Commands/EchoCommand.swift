internal import JSON

enum EchoCommand {
  static let command = Command(
    name: "echo", group: .session, usage: "echo TEXT",
    summary: "Print a text; \\n, \\t and \\\" mean what they mean in C", run: run)

  private static func run(_ call: Invocation) {
    var text = ""
    var rest = call.arguments[...]
    while let character = rest.popFirst() {
      guard character == "\\", let next = rest.popFirst() else {
        text.append(character)
        continue
      }
      switch next {
      case "n": text += "\n"
      case "t": text += "\t"
      case "\\", "\"", " ": text.append(next)
      default: text += "\\" + String(next)
      }
    }
    if call.interpreter.isJSON { return call.object(object(text, schema: "echo")) }
    show(text, call)
  }

  static func object(_ text: String, schema: String) -> JSONObject {
    var object = JSONObject(schema: schema)
    object["text"] = .string(text)
    return object
  }

  /// Shows a text that may end inside a line.
  static func show(_ text: String, _ call: Invocation) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let clean = call.interpreter.clean(line)
      if index < lines.count - 1 {
        call.interpreter.say(.line(clean))
      } else if !clean.isEmpty {
        call.interpreter.say(.text(clean))
      }
    }
  }
}
