internal import ArgumentParser
internal import Bytes
internal import Glibc
internal import JSON
internal import Launcher
internal import Synchronization

/// `porthole ps`.
struct PsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ps",
    abstract: "List the instances that are there, and their state.",
    discussion: """
      An instance is running, stopped (by a debugger), panicked, halted (it waits
      with interrupts off, for ever) or hung (its QEMU does not answer). "hung?" is
      one that several looks found in the same few instructions with interrupts
      off. An instance whose process is gone is never listed; the memory of the
      last eight that ended by themselves is kept for an hour (core:NAME).

        porthole ps
        porthole ps --json | jq -r 'select(.status == "panicked").name'
      """)

  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let registry = Registry()
    let instances = registry.instances()
    defer { tellEnded(registry) }
    let found = Self.diagnose(instances)
    if json {
      for (instance, diagnosis) in zip(instances, found) {
        Output.json(Self.object(instance, diagnosis))
      }
      return
    }
    guard !instances.isEmpty else { return Talk.line("no instance is running") }
    let rows = zip(instances, found).map { instance, diagnosis in
      [
        instance.name, diagnosis.status.rawValue + (Self.isSuspected(diagnosis) ? "?" : ""),
        instance.guest.machine.rawValue, "\(instance.guest.memory) MB", uptime(instance),
        String(instance.process.pid), instance.guest.image,
      ]
    }
    Output.text(
      Table.text(header: ["NAME", "STATUS", "MACHINE", "MEMORY", "UP", "PID", "IMAGE"], rows))
    for (instance, diagnosis) in zip(instances, found) where diagnosis.evidence != nil {
      Talk.line("\(instance.name): \(diagnosis.explanation); see porthole bt \(instance.name)")
    }
  }

  /// Says which instances ended by themselves, and that their memory is kept.
  private func tellEnded(_ registry: Registry) {
    for instance in registry.ended() {
      let ago = max(0, time(nil) - (Files.modified(instance.directory) ?? 0))
      guard json else {
        Talk.line(
          "\(instance.name) is gone, found \(Self.text(ago)) ago; its memory is kept for an hour: "
            + "porthole attach core:\(instance.name)")
        continue
      }
      var line = JSONObject(schema: "ended")
      line["name"] = .string(instance.name)
      line["ago"] = .integer(ago)
      line["ram"] = .string(instance.memoryFile)
      line["log"] = .string(instance.consoleLog)
      line["image"] = .string(instance.guest.image)
      line["buildID"] = instance.buildID.map { .string($0.hex) } ?? .null
      Output.json(line)
    }
  }

  /// Looks at all of them at the same time: one that does not answer holds up no other.
  private static func diagnose(_ instances: [Instance]) -> [Diagnosis] {
    let found = Results(count: instances.count)
    let threads = instances.enumerated().map { index, instance in
      WorkerThread { found.set(instance.examine(), at: index) }
    }
    for (index, thread) in threads.enumerated() {
      if let thread { thread.join() } else { found.set(instances[index].examine(), at: index) }
    }
    return found.all
  }

  /// What the threads found.
  private final class Results: Sendable {
    private let found: Mutex<[Diagnosis]>

    init(count: Int) {
      found = Mutex([Diagnosis](repeating: Diagnosis(status: .hung), count: count))
    }

    func set(_ diagnosis: Diagnosis, at index: Int) { found.withLock { $0[index] = diagnosis } }

    var all: [Diagnosis] { found.withLock { $0 } }
  }

  /// Whether a status is concluded from looks at the guest and not certain.
  private static func isSuspected(_ diagnosis: Diagnosis) -> Bool {
    diagnosis.status == .hung && diagnosis.evidence != nil
  }

  private static func seconds(_ instance: Instance) -> Int { max(0, time(nil) - instance.started) }

  private func uptime(_ instance: Instance) -> String { Self.text(Self.seconds(instance)) }

  private static func text(_ seconds: Int) -> String {
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }

  /// What is known of an instance; without a diagnosis it has just been booted.
  static func object(_ instance: Instance, _ diagnosis: Diagnosis?) -> JSONObject {
    var line = JSONObject(schema: diagnosis == nil ? "run" : "ps")
    line["name"] = .string(instance.name)
    if let diagnosis {
      line["status"] = .string(diagnosis.status.rawValue)
      line["suspected"] = .bool(isSuspected(diagnosis))
      line["explanation"] = .string(diagnosis.explanation)
      line["evidence"] = diagnosis.evidence.map { .object(evidence($0)) } ?? .null
    }
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

  private static func evidence(_ evidence: Diagnosis.Evidence) -> JSONObject {
    var object = JSONObject()
    object["samples"] = .integer(evidence.samples)
    object["milliseconds"] = .integer(evidence.milliseconds)
    object["processorMilliseconds"] = .integer(evidence.processorMilliseconds)
    object["interruptsEnabled"] = .bool(false)
    object["lowest"] = .string(evidence.lowest.hex)
    object["highest"] = .string(evidence.highest.hex)
    return object
  }
}
