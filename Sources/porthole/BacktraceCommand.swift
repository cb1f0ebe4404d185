internal import ArgumentParser
internal import Commands
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
        porthole bt gdb:localhost:1234 --json
      """)

  @OptionGroup var options: TargetOptions

  @Flag(help: "Print JSON objects, one a line.")
  var json = false

  func run() throws {
    let target = try OpenTarget(options.target, symbols: options.symbols, cap: .observe)
    target.tellDetour()
    let printer = CommandPrinter()
    let interpreter = Interpreter(
      session: target.session, output: printer.received, confirm: { _ in false }, isJSON: json)
    let outcome = interpreter.run("thread apply all backtrace")
    target.leave()
    printer.finish()
    if let failure = Failure(outcome) { throw failure }
  }
}
