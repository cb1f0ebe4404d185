internal import ArgumentParser

/// The tool's entry point.
@main
struct Porthole: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "porthole")
}
