// info: what is known of the target and of the session. Each part has a file by its subject.

internal import JSON
internal import Session

enum InfoCommands {
  static let all: [Command] = [
    Command(
      name: "info", aliases: ["i", "inf"], group: .status, usage: "info SUBJECT",
      summary: "Show what is known of a subject", subcommands: parts, run: run)
  ]

  /// The subjects. To add one: add its line in its file's list.
  static let parts: [Command] =
    [
      part(
        "breakpoints", ["b"], "info breakpoints [NUMBER...]", "Breakpoints and watchpoints",
        run: { try breakpoints($0, onlyWatchpoints: false) }),
      part(
        "watchpoints", ["wat"], "info watchpoints [NUMBER...]", "Watchpoints",
        run: { try breakpoints($0, onlyWatchpoints: true) }),
      part(
        "display", ["d"], "info display", "Expressions shown at every stop",
        run: DisplayCommands.list),
      part(
        "threads", ["th"], "info threads", "Threads, cores of a machine", run: ThreadCommands.list),
      part(
        "stack", ["s"], "info stack", "The stack, as backtrace shows it",
        run: StackCommands.backtrace),
    ] + InfoValues.parts + InfoSymbols.parts + InfoTarget.parts

  static func part(
    _ name: String, _ aliases: [String], _ usage: String, _ summary: String, manual: String = "",
    completes: Command.CompletionKind = .nothing,
    run: @escaping @Sendable (Invocation) throws -> Void
  ) -> Command {
    Command(
      name: name, aliases: aliases, group: .status, usage: usage, summary: summary, manual: manual,
      completes: completes, run: run)
  }

  private static func run(_ call: Invocation) throws {
    let line = CommandLine(call.arguments)
    if line.name.isEmpty {
      call.line("List of info subcommands:")
      call.line("")
      for part in parts { call.line("info \(part.name) -- \(part.summary).") }
      return
    }
    let part = try CommandTable.command(line.name, in: parts, prefix: "info ")
    try part.run(call.with(arguments: line.arguments, command: part))
  }

  private static func breakpoints(_ call: Invocation, onlyWatchpoints: Bool) throws {
    var all = call.session.breakpoints()
    if onlyWatchpoints { all = all.filter(BreakpointText.isWatchpoint) }
    let kind = onlyWatchpoints ? "watchpoint" : "breakpoint or watchpoint"
    if !call.arguments.isEmpty {
      let numbers = try Words.numbers(call.arguments)
      all = all.filter { numbers.contains($0.number) }
      if all.isEmpty {
        throw CommandError.message("No \(kind) matching '\(call.arguments)'.")
      }
    }
    if all.isEmpty {
      call.line(onlyWatchpoints ? "No watchpoints." : "No breakpoints or watchpoints.")
      return
    }
    for line in BreakpointText.table(
      all, session: call.session, scripts: call.interpreter.state.scripts.lines)
    { call.line(line) }
    for breakpoint in all {
      call.object(
        BreakpointText.object(
          breakpoint, session: call.session,
          script: call.interpreter.state.scripts.lines[breakpoint.number] ?? []))
    }
  }
}
