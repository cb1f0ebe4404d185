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
