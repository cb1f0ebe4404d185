// continue, step, next, stepi, nexti, finish, until, advance, interrupt: how the target goes on.

internal import Inspect
internal import Session

enum MotionCommands {
  static let all: [Command] = [
    Command(
      name: "continue", aliases: ["c", "cont", "fg"], group: .execution,
      usage: "continue [N | -a]", summary: "Let the target run on",
      manual: """
        Ctrl-C stops it again. With N, the breakpoint it stands at is passed N-1 more times. Where
        threads stop one by one ("help set"), the selected one goes on, with -a all of them.
        """, run: resume),
    counted(
      "step", ["s"], "Step to another source line, into functions with debug information",
      Motion.stepLine),
    counted(
      "next", ["n"], "Step to another source line of this function, over calls", Motion.nextLine),
    counted("stepi", ["si"], "Execute one instruction", Motion.stepInstruction),
    counted("nexti", ["ni"], "Execute one instruction, over calls", Motion.nextInstruction),
    Command(
      name: "finish", aliases: ["fin"], group: .execution, usage: "finish",
      summary: "Run until the selected frame returns, and show what it returned", run: finish),
    Command(
      name: "until", aliases: ["u"], group: .execution, usage: "until [LOCATION]",
      summary: "Run until a later line of this function: out of a loop, not around it again",
      manual: "With a LOCATION, until that is reached or the selected frame returns.",
      completes: .location,
      run: { call in
        let place = call.arguments
        try go(call, .until(place.isEmpty ? nil : LocationSpecification.parse(place)))
      }),
    Command(
      name: "advance", aliases: ["adv"], group: .execution, usage: "advance LOCATION",
      summary: "Run until a location, or until the selected frame returns", completes: .location,
      run: { call in
        if call.arguments.isEmpty { throw call.usage("Argument required (a location).") }
        try go(call, .advance(LocationSpecification.parse(call.arguments)))
      }),
    Command(
      name: "interrupt", aliases: ["int"], group: .execution, usage: "interrupt [-a]",
      summary: "Stop the running target",
      manual: """
        Where threads stop one by one, -a stops all of them although the selected one stands.
        """, repeats: .never, run: interrupt),
  ]

  private static func counted(
    _ name: String, _ aliases: [String], _ summary: String,
    _ motion: @escaping @Sendable (Int) -> Motion
  ) -> Command {
    Command(
      name: name, aliases: aliases, group: .execution, usage: "\(name) [N]",
      summary: summary, manual: "With N, so many times, or until something else stops it.",
      run: { call in
        let count = try call.count()
        if count > 0 { try go(call, motion(count)) }
      })
  }

  private static func resume(_ call: Invocation) throws {
    if call.arguments == "-a" {
      return try go(call, .cont(ignore: 1), all: true, saying: "Continuing.")
    }
    let count = try call.count()
    let number = count > 1 ? standing(call.session) : nil
    let note = number.map { BreakpointCommands.ignoreText($0, count - 1) + "  " } ?? ""
    try go(call, .cont(ignore: max(1, count)), saying: note + "Continuing.")
  }

  /// The number of the breakpoint that the target stands at.
  private static func standing(_ session: Session) -> Int? {
    guard let frame = try? session.backtrace(limit: 1).first else { return nil }
    return session.breakpoints().first {
      $0.isEnabled && !BreakpointText.isWatchpoint($0) && $0.addresses.contains(frame.pc)
    }?.number
  }

  private static func finish(_ call: Invocation) throws {
    if !call.arguments.isEmpty { throw call.usage("The \"finish\" command takes no arguments.") }
    let frames = try call.session.backtrace(limit: call.session.selectedFrame + 2)
    let index = call.session.selectedFrame
    guard frames.indices.contains(index + 1) else {
      throw CommandError.message(
        "\"finish\" not meaningful in the outermost frame.  Try \"continue\" or \"until\".")
    }
    let inner = index > 0 ? frames[index - 1] : nil
    let frame = FrameText.numbered(frames[index], inner: inner, session: call.session)
    try go(call, .finish, saying: "Run till exit from " + frame)
  }

  private static func interrupt(_ call: Invocation) throws {
    if !call.arguments.isEmpty, call.arguments != "-a" {
      throw call.usage("It takes -a, or nothing.")
    }
    if call.arguments == "-a", call.session.target.isNonStop {
      if call.session.target.standsWhole {
        throw CommandError.message("All threads stand already.")
      }
      try call.session.interruptAll()
      return try wait(call)
    }
    guard case .running = call.session.target.state else {
      throw CommandError.message("The target is not running.  \"continue\" lets it run.")
    }
    try call.session.interrupt()
    try wait(call)
  }

  /// Starts a motion and, unless stops arrive as events, waits until it is over.
  static func go(
    _ call: Invocation, _ motion: Motion, all: Bool = false, saying text: String? = nil
  ) throws {
    call.interpreter.state.hasMoved = true
    try call.session.start(motion, all: all)
    if let text { call.line(text) }
    try wait(call)
  }

  private static func wait(_ call: Invocation) throws {
    let interpreter = call.interpreter
    guard interpreter.waitsForStops else { throw CommandError.outcome(.running) }
    while true {
      if interpreter.shouldInterrupt() {
        interpreter.state.wasInterrupted = true
        try call.session.interrupt()
      }
      guard let event = try call.session.pump(milliseconds: 50) else { continue }
      switch interpreter.report(event) {
      case .running: continue
      case .done: return
      case let outcome: throw CommandError.outcome(outcome)
      }
    }
  }
}
