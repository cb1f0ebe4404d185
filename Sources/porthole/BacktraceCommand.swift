internal import ArgumentParser
internal import Commands
internal import JSON
internal import Launcher

/// `porthole bt`.
struct BacktraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bt",
    abstract: "Print the stacks of all threads, and let the target run on.",
    discussion: """
      Stops the target for the few milliseconds that this takes. One that stood
      still before stands still afterwards.

        porthole bt heartbeat
        porthole bt heartbeat --seconds 2       twice: does it get on?
        porthole bt gdb:localhost:1234 --json
      """)

  @OptionGroup var options: TargetOptions

  @Flag(help: "Print JSON objects, one a line.")
  var json = false

  @Option(
    help: ArgumentHelp("Look twice, so many seconds apart.", valueName: "N"))
  var seconds: Double?

  func validate() throws {
    guard let seconds, !(seconds > 0 && seconds <= 86_400) else { return }
    throw ValidationError("--seconds takes a number above 0 and up to 86400")
  }

  func run() throws {
    let signals = SignalDescriptor(Interruption.signals)
    try look()
    guard let seconds else { return }
    try Interruption.wait(Int(seconds * 1000), signals) { Moment.sleep(milliseconds: $0) }
    if json {
      var line = JSONObject(schema: "look")
      line["after"] = .number(seconds)
      Output.json(line)
    } else {
      Output.line("\nafter \(seconds) s:")
    }
    try look()
  }

  private func look() throws {
    let target = try OpenTarget(options.target, symbols: options.symbols, cap: .observe)
    target.tellDetour()
    let printer = CommandPrinter()
    let interpreter = Interpreter(
      session: target.session, output: printer.received, confirm: { _ in false }, isJSON: json)
    let outcome = interpreter.run("thread apply all backtrace")
    target.leave()
    printer.finish()
    guard let failure = Failure(outcome) else { return }
    guard target.isDead, failure.status == .no else { throw failure }
    throw Failure(
      .no,
      "no stacks are left of it: its registers went with QEMU. What it told of itself is there: "
        + "porthole log, events, memory, counters or lint \(options.target ?? "")")
  }
}
