// monitor, detach, kill, quit: the target as a whole.

internal import Inspect
internal import JSON
internal import Session
internal import TerminalText

enum TargetCommands {
  static let all: [Command] = [
    Command(
      name: "monitor", aliases: ["mon"], group: .session, usage: "monitor COMMAND",
      summary: "Give a command to the target's own monitor",
      manual: "On QEMU this is its monitor: monitor info registers, monitor help.", repeats: .never,
      completes: .monitor, run: monitor),
    Command(
      name: "detach", group: .session, usage: "detach",
      summary: "Remove all breakpoints, let the target run on, and close the link", repeats: .never,
      run: { call in
        try call.session.detach()
        call.line("Detached from \(call.session.target.profile.name); it runs on.")
        throw CommandError.outcome(.detached)
      }),
    Command(
      name: "kill", aliases: ["k"], group: .session, usage: "kill",
      summary: "End the target itself; asks first", repeats: .never, run: kill),
    Command(
      name: "quit", aliases: ["q", "exit"], group: .session, usage: "quit",
      summary: "Leave; the target runs on", repeats: .never,
      run: { _ in throw CommandError.outcome(.quit) }),
  ]

  private static func monitor(_ call: Invocation) throws {
    if call.arguments.isEmpty { throw call.usage("The command is missing.") }
    let bytes = try call.session.monitor(call.arguments)
    if call.arguments == "help" {
      call.interpreter.state.monitorPhrases = MonitorHelp.phrases(bytes)
    }
    for line in Sanitizer.visibleLines(bytes) { call.line(line) }
    call.object(
      {
        var object = JSONObject(schema: "monitor")
        object["command"] = .string(call.arguments)
        object["text"] = .string(String(decoding: bytes, as: UTF8.self))
        return object
      }())
  }

  private static func kill(_ call: Invocation) throws {
    guard call.confirmed("Kill the target \(call.session.target.profile.name)?") else {
      throw CommandError.message("Not confirmed.")
    }
    try call.session.kill()
    call.line("[\(call.session.target.profile.name) killed]")
    let reason: EndReason = .killed(signal: 9)
    call.object(Interpreter.object(of: reason))
    throw CommandError.outcome(.ended(reason))
  }
}
