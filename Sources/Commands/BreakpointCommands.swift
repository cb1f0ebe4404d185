// delete, clear, enable, disable, condition, ignore: changing breakpoints.

internal import Bytes
internal import JSON
internal import Session
internal import Symbols

enum BreakpointCommands {
  static let all: [Command] = [
    Command(
      name: "delete", aliases: ["d", "del"], group: .breakpoints,
      usage: "delete [breakpoints] [NUMBER...]",
      summary: "Delete breakpoints, all of them if none is given",
      manual: "NUMBER may be a range: 2-5. Deleting all asks first.\nSee also: delete display.",
      repeats: .never, pauses: true, run: delete),
    Command(
      name: "clear", aliases: ["cl"], group: .breakpoints, usage: "clear [LOCATION]",
      summary: "Delete the breakpoints at a place",
      manual: "Without one, those at the selected frame's line.", completes: .location,
      pauses: true,
      run: clear),
    Command(
      name: "enable", aliases: ["en"], group: .breakpoints,
      usage: "enable [breakpoints|display|once|delete|count N] [NUMBER...]",
      summary: "Let breakpoints stop again, all of them if none is given",
      manual: """
        once: each is disabled again when it has stopped the target. count N: after N stops.
        delete: it is deleted when it has stopped the target.
        """, pauses: true, run: enable),
    Command(
      name: "disable", aliases: ["dis", "disa"], group: .breakpoints,
      usage: "disable [breakpoints|display] [NUMBER...]",
      summary: "Keep breakpoints but do not stop at them, all of them if none is given",
      pauses: true, run: { try toggle($0, isEnabled: false) }),
    Command(
      name: "condition", group: .breakpoints, usage: "condition NUMBER [EXPRESSION]",
      summary: "Stop at a breakpoint only where an expression is not zero",
      manual: "Without an expression it stops always again.", completes: .expression,
      pauses: true, run: condition),
    Command(
      name: "ignore", group: .breakpoints, usage: "ignore NUMBER COUNT",
      summary: "Let a breakpoint pass COUNT times", pauses: true, run: ignore),
  ]

  private static func delete(_ call: Invocation) throws {
    let (first, rest) = Words.first(call.arguments)
    if first == "display" {
      return try DisplayCommands.undisplay(call.with(arguments: rest))
    }
    let list = "breakpoints".hasPrefix(first) && !first.isEmpty ? rest : call.arguments
    if list.isEmpty {
      let all = call.session.breakpoints()
      if all.isEmpty || !call.confirmed("Delete all breakpoints?") { return }
      for breakpoint in all { try call.session.removeBreakpoint(breakpoint.number) }
      return deleted(all.map(\.number), call)
    }
    let numbers = try Words.numbers(list)
    for number in numbers { try call.session.removeBreakpoint(number) }
    deleted(numbers, call)
  }

  private static func deleted(_ numbers: [Int], _ call: Invocation) {
    for number in numbers {
      call.object(
        {
          var object = JSONObject(schema: "deleted")
          object["number"] = .integer(number)
          return object
        }())
    }
  }

  private static func clear(_ call: Invocation) throws {
    let session = call.session
    let location = try LocationSpecification.parse(call.arguments)
    let places = try session.addresses(of: location)
    // As gdb does, a place is its whole source line.
    let lines = Set(places.compactMap { session.symbols?.frames(at: $0).first.map(Line.init) })
    let found = session.breakpoints().filter { breakpoint in
      !BreakpointText.isWatchpoint(breakpoint)
        && breakpoint.addresses.contains { address in
          places.contains(address)
            || session.symbols?.frames(at: address).first.map { lines.contains(Line($0)) } ?? false
        }
    }
    guard !found.isEmpty else {
      throw CommandError.message(
        "No breakpoint at \(call.arguments.isEmpty ? "this line" : call.arguments).")
    }
    let numbers = found.map { "\($0.number)" }.joined(separator: " ")
    call.line("Deleted breakpoint\(found.count == 1 ? "" : "s") \(numbers)")
    for breakpoint in found { try session.removeBreakpoint(breakpoint.number) }
    deleted(found.map(\.number), call)
  }

  private static func enable(_ call: Invocation) throws {
    let (first, rest) = Words.first(call.arguments)
    let (second, others) = Words.first(rest)
    // `enable breakpoints once 1` is gdb's long form.
    let hasPrefix = first.count > 1 && "breakpoints".hasPrefix(first)
    let (word, list) = hasPrefix ? (second, others) : (first, rest)
    switch word {
    case "once", "on", "o": try enable(call, list) { try $0.enableBreakpoint($1, stops: 1) }
    case "delete", "del": try enable(call, list) { try $0.enableBreakpointUntilHit($1) }
    case "count", "cou":
      let (number, list) = Words.first(list)
      guard !number.isEmpty else { throw call.usage("Argument required (hit count).") }
      let count = try call.with(arguments: number).count()
      if count < 1 { return try toggle(call.with(arguments: list), isEnabled: false) }
      try enable(call, list) { try $0.enableBreakpoint($1, stops: count) }
    default: try toggle(call, isEnabled: true)
    }
  }

  private static func enable(
    _ call: Invocation, _ list: String, _ body: (Session, Int) throws -> Void
  ) throws {
    let numbers =
      list.isEmpty ? call.session.breakpoints().map(\.number) : try Words.numbers(list)
    for number in numbers { try body(call.session, number) }
    for breakpoint in call.session.breakpoints() where numbers.contains(breakpoint.number) {
      call.object(BreakpointText.object(breakpoint, session: call.session))
    }
  }

  private static func toggle(_ call: Invocation, isEnabled: Bool) throws {
    let (first, rest) = Words.first(call.arguments)
    if first == "display" {
      return try DisplayCommands.toggle(call.with(arguments: rest), isEnabled: isEnabled)
    }
    let list = "breakpoints".hasPrefix(first) && !first.isEmpty ? rest : call.arguments
    let numbers =
      list.isEmpty ? call.session.breakpoints().map(\.number) : try Words.numbers(list)
    for number in numbers { try call.session.setBreakpoint(number, enabled: isEnabled) }
    for breakpoint in call.session.breakpoints() where numbers.contains(breakpoint.number) {
      call.object(BreakpointText.object(breakpoint, session: call.session))
    }
  }

  private static func condition(_ call: Invocation) throws {
    let (word, expression) = Words.first(call.arguments)
    guard let number = Int(word) else {
      throw call.usage(
        word.isEmpty
          ? "Argument required (breakpoint number)." : "Bad breakpoint argument: '\(word)'.")
    }
    try call.session.setCondition(number, expression.isEmpty ? nil : expression)
    if expression.isEmpty { call.line("Breakpoint \(number) now unconditional.") }
    for breakpoint in call.session.breakpoints() where breakpoint.number == number {
      call.object(BreakpointText.object(breakpoint, session: call.session))
    }
  }

  private static func ignore(_ call: Invocation) throws {
    let (word, rest) = Words.first(call.arguments)
    guard let number = Int(word) else {
      throw call.usage("Argument required (a breakpoint number).")
    }
    if rest.isEmpty { throw call.usage("Second argument (specified ignore-count) is missing.") }
    let count = max(0, try call.with(arguments: rest).count())
    try call.session.setIgnoreCount(number, count)
    call.line(ignoreText(number, count))
    call.object(
      {
        var object = JSONObject(schema: "ignore")
        object["number"] = .integer(number)
        object["count"] = .integer(count)
        return object
      }())
  }

  static func ignoreText(_ number: Int, _ count: Int) -> String {
    switch count {
    case 0: "Will stop next time breakpoint \(number) is reached."
    case 1: "Will ignore next crossing of breakpoint \(number)."
    default: "Will ignore next \(count) crossings of breakpoint \(number)."
    }
  }

  /// One source line, to tell whether two addresses share it.
  private struct Line: Hashable {
    var file: String?
    var line: Int

    init(_ place: SourceLocation) {
      file = place.file
      line = place.line
    }
  }
}
