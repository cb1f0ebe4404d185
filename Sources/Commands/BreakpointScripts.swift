// commands: what is done each time a breakpoint stops the target, as gdb 13 does it.

internal import JSON
internal import Session

/// Command lists of breakpoints, and the one that is being typed.
struct BreakpointScripts {
  /// The lines for each breakpoint, by its number.
  var lines: [Int: [String]] = [:]
  /// The list that `commands` has begun and `end` will end.
  var open: (numbers: [Int], lines: [String])?
  /// The lists of the stops that have been reported, to be run when the command is over.
  var due: [[String]] = []
  /// The most lines of one list.
  static let limit = 1000
}

enum ScriptCommands {
  static let command = Command(
    name: "commands", group: .breakpoints, usage: "commands [NUMBER...]",
    summary: "Say what to do each time a breakpoint stops the target",
    manual: """
      The lines that follow, up to one that says `end`, are run after each stop of the breakpoint,
      without a NUMBER of the one made last. If the first is `silent` the stop itself is not shown.
      A command that lets the target go on ends the list. No lines take the list away.

        break beat
        commands
        silent
        print count
        continue
        end
      """, repeats: .never, run: begin)

  private static func begin(_ call: Invocation) throws {
    let known = call.session.breakpoints().map(\.number)
    let numbers =
      call.arguments.isEmpty ? known.max().map { [$0] } ?? [] : try Words.numbers(call.arguments)
    guard !numbers.isEmpty else {
      throw CommandError.message("No breakpoints specified.")
    }
    for number in numbers where !known.contains(number) {
      throw CommandError.message("No breakpoint number \(number).")
    }
    let names = numbers.map { "\($0)" }.joined(separator: ", ")
    call.line("Type commands for breakpoint(s) \(names), one per line.")
    call.line("End with a line saying just \"end\".")
    call.interpreter.state.scripts.open = (numbers, [])
  }

  /// The list of the breakpoint that stopped the target; `nil` if there is none.
  static func lines(for reason: StopSummary.Reason, _ scripts: BreakpointScripts) -> [String]? {
    switch reason {
    case .breakpoint(let number, _), .watchpoint(let number, _, _, _): scripts.lines[number]
    default: nil
    }
  }

  /// Whether a list begins by asking that the stop be not shown.
  static func isSilent(_ lines: [String]?) -> Bool { lines?.first == "silent" }
}

extension Interpreter {
  /// Whether lines are being collected for `commands`, so that a prompt shows `>`.
  public var isCollecting: Bool { state.scripts.open != nil }

  /// Drops a list that is being typed.
  public func stopCollecting() { state.scripts.open = nil }

  /// Keeps a line for the list that is being typed; `false` if there is none.
  func collect(_ line: String) throws -> Bool {
    guard var open = state.scripts.open else { return false }
    if line == "end" {
      state.scripts.open = nil
      for number in open.numbers {
        state.scripts.lines[number] = open.lines.isEmpty ? nil : open.lines
      }
    } else if !line.isEmpty, !line.hasPrefix("#") {
      guard open.lines.count < BreakpointScripts.limit else {
        throw CommandError.message("A list has at most \(BreakpointScripts.limit) commands.")
      }
      open.lines.append(line)
      state.scripts.open = open
    }
    return true
  }

  /// Runs the lists of the stops that were reported. Each may let the target go on, and a stop of
  /// that adds another; Ctrl-C ends it.
  func runDueScripts() throws {
    defer { state.scripts.due = [] }
    while !state.scripts.due.isEmpty {
      let lines = state.scripts.due.removeFirst()
      if shouldInterrupt() { throw CommandError.message("Quit") }
      for line in lines where line != "silent" {
        try nested(line)
        if state.wasInterrupted { throw CommandError.message("Quit") }
        // What let the target go on was the last of its list.
        if !state.scripts.due.isEmpty || state.hasMoved { break }
      }
    }
  }
}
