internal import ArgumentParser
internal import Canvas
internal import Glibc
internal import Launcher
internal import Terminal

/// `porthole demo`.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Build a sample, boot it in QEMU and look into it.",
    discussion: """
      Opens the dashboard on a guest of its own, which is gone afterwards. In it:
      Ctrl-C stops the guest, `break Heart.beat` and `continue` in the prompt
      (press :) stop it in its work, ? shows the keys, q leaves. Without a
      terminal, prints each screen once as text.
      """)

  @Argument(help: "The sample to boot.")
  var application = "Heartbeat"

  @OptionGroup var machine: MachineOptions

  @Option(help: "When to use colour: auto, always or never.")
  var color = ColorChoice.auto

  @Option(help: "How it looks: default, light, mono or contrast.")
  var theme = Theme.standard

  func run() throws {
    let isInteractive = isatty(0) == 1 && isatty(1) == 1
    let path = try Images.resolve(application)
    let registry = Registry()
    let name = registry.freeName("demo")
    // Until the terminal's own handlers are there, a signal ends us and with us the guest.
    let booted = try registry.boot(
      try machine.configuration(image: path), name: name, buildID: Images.buildID(of: path),
      diesWithTool: true)
    defer { try? registry.stop(booted.instance) }
    guard isInteractive else { return try TextScreens(instance: name).print() }
    try DashboardLoop(AttachCommand.terminal(color, theme)).run(name) { try OpenTarget(name) }
  }
}
