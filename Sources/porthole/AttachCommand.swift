internal import ArgumentParser
internal import Canvas
internal import Glibc
internal import Launcher
internal import Terminal

/// `porthole attach`.
struct AttachCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach",
    abstract: "Open the dashboard on a target.",
    discussion: """
      A guest that runs is stopped for the first screen and goes on at once. Ctrl-C
      stops it, after asking; q leaves it running, with nothing of ours left in
      it. ? shows the keys.

        porthole attach                   the only instance there is
        porthole attach heartbeat
        porthole attach qemu:localhost:1234 --symbols kernel.elf
        porthole attach recording:beat.rec --at 30
      """)

  @OptionGroup var options: TargetOptions

  @OptionGroup var recorded: RecordedMoment

  @Flag(help: "Only look: stops, writes and breakpoints are refused.")
  var readOnly = false

  @Option(help: "When to use colour: auto, always or never.")
  var color = ColorChoice.auto

  @Option(help: "How it looks: default, light, mono or contrast.")
  var theme = Theme.standard

  func run() throws {
    let (target, symbols) = (options.target, options.symbols)
    try OpenTarget.check(target)
    let cap = readOnly ? AuthorityLevel.observe : .write
    let dashboard = DashboardLoop(try Self.terminal(color, theme), at: try moment())
    try dashboard.run(target, symbols: symbols) {
      try OpenTarget(target, symbols: symbols, cap: cap, takesRecordings: true)
    }
  }

  /// The moment to begin with, in microseconds since a recording's beginning; nil for the end.
  private func moment() throws -> Int? {
    guard let at = recorded.at else { return nil }
    guard options.target?.hasPrefix("recording:") == true else {
      throw Failure(.usage, "--at is for recordings: recording:FILE")
    }
    return Int(at * 1e6)
  }

  /// Takes over the terminal, or says what works without one.
  static func terminal(_ color: ColorChoice, _ theme: Theme) throws -> Terminal {
    do throws(TerminalError) {
      return try Terminal.open(color: color, theme: theme)
    } catch {
      throw Failure(.usage, error.message)
    }
  }
}
