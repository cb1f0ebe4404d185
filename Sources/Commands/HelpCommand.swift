// help: the manual, from the commands' own texts.

internal import JSON

enum HelpCommand {
  static let command = Command(
    name: "help", aliases: ["h"], group: .status, usage: "help [COMMAND]",
    summary: "Show what a command does, or list all",
    manual: "Commands can be abbreviated where that is not ambiguous.", repeats: .never,
    completes: .command, run: run)

  private static func run(_ call: Invocation) throws {
    let (word, rest) = Words.first(call.arguments)
    if word.isEmpty || word == "all" { return list(call) }
    let command = try CommandTable.command(word)
    if !rest.isEmpty, !command.subcommands.isEmpty {
      let part = try CommandTable.command(
        Words.first(rest).word, in: command.subcommands, prefix: command.name + " ")
      return show(part, prefix: command.name + " ", call)
    }
    show(command, prefix: "", call)
  }

  private static func list(_ call: Invocation) {
    for group in Command.Group.allCases {
      call.line("\(group.rawValue):")
      for command in CommandTable.all.filter({ $0.group == group }) {
        let names = names(of: command)
        call.line("  " + BreakpointText.padded(names, 24) + " " + command.summary)
        call.object(object(command, prefix: ""))
      }
      call.line("")
    }
    call.line("\"help NAME\" says more. An empty line repeats the last command. TAB completes.")
  }

  private static func names(of command: Command) -> String {
    ([command.name] + command.aliases.prefix(1)).joined(separator: ", ")
  }

  private static func show(_ command: Command, prefix: String, _ call: Invocation) {
    call.line(([command.name] + command.aliases).map { prefix + $0 }.joined(separator: ", "))
    call.line(command.summary + ".")
    call.line("Usage: \(command.usage)")
    if !command.manual.isEmpty {
      call.line("")
      call.line(command.manual)
    }
    if !command.subcommands.isEmpty {
      call.line("")
      for part in command.subcommands {
        call.line(
          "  " + BreakpointText.padded("\(command.name) \(part.name)", 24) + " " + part.summary)
      }
    }
    call.object(object(command, prefix: prefix))
  }

  private static func object(_ command: Command, prefix: String) -> JSONObject {
    var object = JSONObject(schema: "help")
    object["name"] = .string(prefix + command.name)
    object["aliases"] = .array(command.aliases.map { .string($0) })
    object["group"] = .string(command.group.rawValue)
    object["usage"] = .string(command.usage)
    object["summary"] = .string(command.summary)
    object["manual"] = .string(command.manual)
    object["subcommands"] = .array(command.subcommands.map { .string($0.name) })
    return object
  }
}
