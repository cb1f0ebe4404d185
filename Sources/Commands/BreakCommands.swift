// break, tbreak, hbreak, thbreak: where to stop.

internal import Bytes
internal import Expressions
internal import JSON
internal import Session

enum BreakCommands {
  static let all: [Command] = [
    make(
      "break", ["b", "br", "bre", "brea"], "Stop when execution gets to a place",
      """
      LOCATION is a function (main, Heart.beat), FILE:LINE, a LINE of the current file, +N or -N
      lines from here, or *ADDRESS. Without one it is the next instruction of the selected frame.
      With a CONDITION execution stops only where that is not zero.

        break beat
        break Heartbeat.swift:40 if count > 3
        break *0x101234
      """),
    make(
      "tbreak", ["tb", "tbr"], "Stop at a place once: the breakpoint is deleted when it is hit",
      "Arguments are those of break."),
    make(
      "hbreak", ["hb"], "Stop at a place with the processor's breakpoint registers",
      "Works where memory cannot be written: ROM, code that checks or overwrites itself. There are\n"
        + "few of them (4 on x86). Arguments are those of break."),
    make(
      "thbreak", ["thb"], "Stop at a place once, with the processor's breakpoint registers",
      "Arguments are those of break."),
    Command(
      name: "dprintf", group: .breakpoints, usage: "dprintf LOCATION, \"FORMAT\", EXPRESSION...",
      summary: "Print something whenever execution gets to a place, and go on",
      manual: """
        LOCATION is that of break, what is printed that of printf. The agent of an instance prints it
        itself, without stopping, where it can (`info breakpoints` says); elsewhere the target stops
        for a moment each time. `condition` gives it a condition.

          dprintf beat, "beat %d\\n", count
        """, completes: .location, pauses: true, run: log),
  ]

  private static func make(
    _ name: String, _ aliases: [String], _ summary: String, _ manual: String
  ) -> Command {
    let isTemporary = name.hasPrefix("t")
    let isHardware = name.hasSuffix("hbreak")
    return Command(
      name: name, aliases: aliases, group: .breakpoints,
      usage: "\(name) [LOCATION] [if CONDITION]", summary: summary, manual: manual,
      completes: .location, pauses: true,
      run: { try add($0, isTemporary: isTemporary, isHardware: isHardware) })
  }

  private static func add(
    _ call: Invocation, isTemporary: Bool, isHardware: Bool
  ) throws {
    let (place, condition) = Words.condition(call.arguments)
    if let condition, condition.isEmpty { throw call.usage("The condition is missing.") }
    let location = try LocationSpecification.parse(place)
    let before = call.session.breakpoints()
    let made = try call.session.add(
      .location(location), condition: condition, isTemporary: isTemporary, isHardware: isHardware)
    note(made, before, call)
    call.session.values.set("bpnum", to: .init(UInt64(clamping: made.number), as: .int))
    call.line(BreakpointText.made(made, session: call.session))
    call.object(BreakpointText.object(made, session: call.session))
  }

  private static func log(_ call: Invocation) throws {
    // The location ends at the comma before the format.
    guard let quote = call.arguments.firstIndex(of: "\""),
      case let before = Words.trimmed(call.arguments[..<quote]), before.hasSuffix(",")
    else { throw call.usage("Format string required") }
    let location = try LocationSpecification.parse(Words.trimmed(before.dropLast()))
    let text = try FormattedText(parsing: String(call.arguments[quote...]))
    let earlier = call.session.breakpoints()
    let made = try call.session.add(.location(location), log: text)
    note(made, earlier, call)
    call.session.values.set("bpnum", to: .init(UInt64(clamping: made.number), as: .int))
    call.line(BreakpointText.made(made, session: call.session))
    call.object(BreakpointText.object(made, session: call.session))
  }

  /// gdb's note about breakpoints that are at the same place already.
  private static func note(
    _ made: BreakpointSnapshot, _ before: [BreakpointSnapshot], _ call: Invocation
  ) {
    for address in made.addresses {
      let same = before.filter {
        !$0.kind.hasSuffix("watchpoint") && $0.addresses.contains(address)
      }
      guard let last = same.last else { continue }
      var names = same.map { "\($0.number)" + ($0.isEnabled ? "" : " (disabled)") }
      let text: String
      if names.count == 1 {
        text = "breakpoint \(names[0])"
      } else {
        _ = names.popLast()
        text =
          "breakpoints " + names.joined(separator: ", ") + " and \(last.number)"
          + (last.isEnabled ? "" : " (disabled)")
      }
      call.line("Note: \(text) also set at pc \(address.hex).")
    }
  }
}
