internal import ArgumentParser
internal import Launcher

/// `porthole demo`.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Build a sample, boot it in QEMU and look into it.")

  @Argument(help: "The sample.")
  var application = "Heartbeat"

  func run() throws {
    _ = try Images.resolve(application)
  }
}
