internal import ArgumentParser
internal import Bytes
internal import Glibc
internal import JSON
internal import Launcher

/// `porthole ps`.
struct PsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ps",
    abstract: "List the instances that are there, and their state.",
    discussion: """
      running, stopped (by a debugger), hung (its QEMU does not answer) or panicked. An instance
      whose process is gone is never listed.

        porthole ps
        porthole ps --json | jq -r 'select(.status == "panicked").name'
      """)

  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let instances = Registry().instances()
    if json {
      for instance in instances { Output.json(object(instance, instance.status())) }
      return
    }
    guard !instances.isEmpty else { return Talk.line("no instance is running") }
    let rows = instances.map { instance in
      [
        instance.name, instance.status().rawValue, instance.guest.machine.rawValue,
        "\(instance.guest.memory) MB", uptime(instance), String(instance.process.pid),
        instance.guest.image,
      ]
    }
    Output.text(
      Table.text(header: ["NAME", "STATUS", "MACHINE", "MEMORY", "UP", "PID", "IMAGE"], rows))
  }

  private func seconds(_ instance: Instance) -> Int { max(0, time(nil) - instance.started) }

  private func uptime(_ instance: Instance) -> String {
    let seconds = seconds(instance)
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }

  private func object(_ instance: Instance, _ status: InstanceStatus) -> JSONObject {
    var line = JSONObject(schema: "ps")
    line["name"] = .string(instance.name)
    line["status"] = .string(status.rawValue)
    line["machine"] = .string(instance.guest.machine.rawValue)
    line["memory"] = .integer(instance.guest.memory)
    line["uptime"] = .integer(seconds(instance))
    line["pid"] = .integer(Int(instance.process.pid))
    line["image"] = .string(instance.guest.image)
    line["buildID"] = instance.buildID.map { .string($0.hex) } ?? .null
    line["accel"] = .string(instance.guest.accelerator.rawValue)
    line["onPanic"] = .string(instance.guest.onPanic.rawValue)
    line["allow"] = .string(instance.guest.authority.rawValue)
    line["net"] = .string(instance.guest.network.text)
    line["gdb"] = .string(instance.gdbSocket)
    line["qmp"] = .string(instance.qmpSocket)
    line["console"] = .string(instance.consoleSocket)
    line["agent"] = .string(instance.agentSocket)
    line["ram"] = .string(instance.memoryFile)
    line["log"] = .string(instance.consoleLog)
    return line
  }
}
