internal import ArgumentParser
internal import JSON
internal import Launcher

/// `porthole stop`.
struct StopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "End instances: ask QEMU, then insist.",
    discussion: """
      One that does not answer within a moment is killed.

        porthole stop heartbeat
        porthole stop --all
      """)

  @Argument(
    help: "The names of the instances, as `porthole ps` shows them.", completion: .instances)
  var names: [String] = []

  @Flag(help: "End every instance.")
  var all = false

  @Flag(help: "Print one JSON object for each.")
  var json = false

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
      guard json else {
        Talk.line("stopped \(instance.name)")
        continue
      }
      var object = JSONObject(schema: "stop")
      object["name"] = .string(instance.name)
      object["pid"] = .integer(Int(instance.process.pid))
      Output.json(object)
    }
  }
}
