// watch, rwatch, awatch: stop when memory is touched.

internal import Bytes
internal import Expressions
internal import Inspect
internal import Session

enum WatchCommands {
  static let all: [Command] = [
    make(
      "watch", ["wa", "wat"], .write, "Stop when the value of an expression changes",
      """
      EXPRESSION is something in memory: a global, a local, *(int *)0x1000. With -l (-location) what
      is watched is the memory it is in now, even when the expression would mean another later.
      A watchpoint on a local variable ends with its frame.

        watch counter
        watch -l *pointer if $rax == 3
      """),
    make(
      "rwatch", ["rw"], .read, "Stop when memory is read",
      "Arguments are those of watch. x86 cannot watch reads alone and stops for writes too."),
    make(
      "awatch", ["aw"], .access, "Stop when memory is read or written",
      "Arguments are those of watch."),
  ]

  private static func make(
    _ name: String, _ aliases: [String], _ kind: StopPoint.Kind, _ summary: String,
    _ manual: String
  ) -> Command {
    Command(
      name: name, aliases: aliases, group: .breakpoints,
      usage: "\(name) [-l] EXPRESSION [if CONDITION]", summary: summary, manual: manual,
      completes: .expression, pauses: true, run: { try add($0, kind) })
  }

  private static func add(_ call: Invocation, _ kind: StopPoint.Kind) throws {
    var (text, condition) = Words.condition(call.arguments)
    let (first, rest) = Words.first(text)
    if ["-l", "-location"].contains(first) {
      let value = try call.session.locate(rest)
      guard let address = value.address else {
        throw CommandError.message("Cannot watch constant value `\(rest)'.")
      }
      text = "*(\(value.type.name) *) \(address.hex)"
    }
    if text.isEmpty { throw call.usage("There is nothing to watch.") }
    let made = try call.session.add(
      .watch(expression: text, kind), condition: condition, isTemporary: false, isHardware: true)
    let name =
      switch kind {
      case .read: "Hardware read watchpoint"
      case .access: "Hardware access (read/write) watchpoint"
      default: "Hardware watchpoint"
      }
    call.session.values.set("bpnum", to: .init(UInt64(clamping: made.number), as: .int))
    let shown = ["-l", "-location"].contains(first) ? "-location \(rest)" : text
    call.line("\(name) \(made.number): \(shown)")
    call.object(BreakpointText.object(made, session: call.session))
  }
}
