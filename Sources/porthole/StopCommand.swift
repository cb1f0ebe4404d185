internal import ArgumentParser
internal import Launcher

/// `porthole stop`.
struct StopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "End instances: ask QEMU, then insist.",
    discussion: """
        porthole stop heartbeat
        porthole stop --all
      """)

  @Argument(help: "The names of the instances, as `porthole ps` shows them.")
  var names: [String] = []

  @Flag(help: "End every instance.")
  var all = false

  func validate() throws {
    guard all != !names.isEmpty else {
      throw ValidationError("name the instances to stop, or write --all")
    }
  }

  func run() throws {
    let registry = Registry()
    let instances = try all ? registry.instances() : names.map { try registry.instance(named: $0) }
    for instance in instances {
      try registry.stop(instance)
      Talk.line("stopped \(instance.name)")
    }
  }
}
