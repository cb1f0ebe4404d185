// info registers, all-registers, locals, args: values of the selected frame.

internal import Bytes
internal import Expressions
internal import JSON
internal import Session
internal import Symbols

enum InfoValues {
  static let parts: [Command] = [
    InfoCommands.part(
      "registers", ["r", "reg"], "info registers [NAME...|GROUP...|all]",
      "Registers of the selected frame",
      manual: "Groups: general (what is shown without a name), float, vector, system, all.",
      completes: .register, run: { try registers($0, "general") }),
    InfoCommands.part(
      "all-registers", ["al"], "info all-registers", "All registers, vectors included",
      completes: .register, run: { try registers($0, "all") }),
    InfoCommands.part(
      "locals", ["lo"], "info locals", "Local variables of the selected frame",
      run: { try variables($0, areArguments: false) }),
    InfoCommands.part(
      "args", ["ar"], "info args", "Arguments of the selected frame",
      run: { try variables($0, areArguments: true) }),
  ]

  private static let groups: Set<String> = ["general", "float", "vector", "system", "all"]

  private static func registers(_ call: Invocation, _ fallback: String) throws {
    let all = try call.session.registers(frame: call.session.selectedFrame)
    var words = Words.split(call.arguments)
    if words.isEmpty { words = [fallback] }
    for word in words {
      if groups.contains(word) {
        let isGeneral = word == "general"
        for register in all
        where word == "all" || register.group == word || isGeneral && register.group == "system" {
          show(register.name, register, call)
        }
        continue
      }
      let name = word.hasPrefix("$") ? String(word.dropFirst()) : word
      let register = all.first { $0.name == name }
      if register == nil, (try? call.session.evaluate("$" + name))?.type ?? .void == .void {
        let hint = Nearest.hint(to: name, among: all.map(\.name))
        throw CommandError.message("Invalid register `\(name)'." + hint)
      }
      show(name, register, call)
    }
  }

  /// One line: the name, the raw value, the value as its type reads it.
  private static func show(_ name: String, _ register: RegisterSnapshot?, _ call: Invocation) {
    let value = (try? call.session.evaluate("$" + name)) ?? .absent("<unavailable>")
    let text = ValueText.text(value, support: call.support)
    var line = BreakpointText.padded(name, 15)
    switch value.type {
    case _ where value.absence != nil: line += text
    case .vector: line += ValueText.text(value, format: .hex, support: call.support)
    case .float:
      let raw = Hex.encode(value.bytes.reversed())
      line += BreakpointText.padded(text, 20) + "(raw 0x\(raw))"
    case .pointer(.void), .pointer(.code):
      let address = value.asAddress
      line += BreakpointText.padded(address.hex, 20) + call.support.text(of: address)
    default:
      let raw = ValueText.text(value, format: .hex)
      line += BreakpointText.padded(raw, 19) + " " + text
    }
    call.line(line)
    call.object(
      {
        var object = JSONObject(schema: "register")
        object["name"] = .string(name)
        object["group"] = .string(register?.group ?? "")
        object["raw"] =
          value.absence == nil ? .string("0x" + Hex.encode(value.bytes.reversed())) : .null
        object["text"] = .string(text)
        object["note"] = .string(register?.note ?? "")
        return object
      }())
  }

  private static func variables(_ call: Invocation, areArguments: Bool) throws {
    let all = try call.session.variables(frame: call.session.selectedFrame)
    let wanted = all.filter { $0.isArgument == areArguments }
    if wanted.isEmpty { call.line(areArguments ? "No arguments." : "No locals.") }
    for variable in wanted {
      call.line("\(variable.name) = \(text(variable, call))")
      call.object(
        {
          var object = JSONObject(schema: "variable")
          guard case .object(let fields) = Self.object(variable) else { return object }
          for member in fields.members { object[member.name] = member.value }
          return object
        }())
    }
  }

  /// A variable as gdb shows one of its type.
  private static func text(_ variable: Variable, _ call: Invocation) -> String {
    if variable.tree != nil { return Variables.text(variable) }
    if case .bytes = variable.value { return Variables.text(variable) }
    return ValueText.text(Variables.value(variable), support: call.support)
  }

  static func object(_ variable: Variable) -> JSONValue {
    var object = JSONObject()
    object["name"] = .string(variable.name)
    object["type"] = .string(variable.typeName)
    object["argument"] = .bool(variable.isArgument)
    object["value"] = .string(Variables.text(variable))
    return .object(object)
  }
}
