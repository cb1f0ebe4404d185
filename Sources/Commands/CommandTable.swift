// All commands, and how a word finds one: an exact name or alias, else the only command whose name
// begins with it, as in gdb.

/// The commands by name.
enum CommandTable {
  /// Every command. To add one: write its file, add its line here.
  static let all: [Command] =
    BreakCommands.all + WatchCommands.all + BreakpointCommands.all + MotionCommands.all
    + StackCommands.all + ThreadCommands.all + PrintCommands.all + DisplayCommands.all
    + TargetCommands.all + InfoCommands.all
    + [
      ExamineCommand.command, SetCommand.command, ShowCommand.command, EchoCommand.command,
      DisassembleCommand.command, ListCommand.command, SymbolFileCommand.command,
      SourceCommand.command, HelpCommand.command, ScriptCommands.command, PrintfCommand.command,
    ]

  /// What a word stands for.
  enum Match {
    case one(Command)
    case ambiguous([String])
    case none
  }

  /// Finds the command that a word means, among `commands`.
  static func find(_ word: String, in commands: [Command] = all) -> Match {
    if let exact = commands.first(where: { $0.name == word || $0.aliases.contains(word) }) {
      return .one(exact)
    }
    let begins = commands.filter { $0.name.hasPrefix(word) }
    if begins.count == 1 { return .one(begins[0]) }
    if begins.isEmpty {
      let aliases = commands.filter { $0.aliases.contains { $0.hasPrefix(word) } }
      if aliases.count == 1 { return .one(aliases[0]) }
      return aliases.isEmpty ? .none : .ambiguous(aliases.map(\.name).sorted())
    }
    return .ambiguous(begins.map(\.name).sorted())
  }

  /// Finds a command or says in gdb's words why there is none; `prefix` is `info ` for its parts.
  static func command(
    _ word: String, in commands: [Command] = all, prefix: String = ""
  ) throws -> Command {
    switch find(word, in: commands) {
    case .one(let command): return command
    case .ambiguous(let names):
      throw CommandError.message(
        "Ambiguous \(prefix)command \"\(prefix)\(word)\": \(names.joined(separator: ", ")).")
    case .none:
      let names = commands.flatMap { command in
        [command.name] + command.aliases.filter { !command.name.hasPrefix($0) }
      }
      let hint = Nearest.hint(to: word, among: names)
      throw CommandError.message(
        "Undefined \(prefix)command: \"\(word)\".  Try \"help\(prefix.isEmpty ? "" : " " + Words.trimmed(prefix))\"."
          + hint)
    }
  }
}
