internal import ArgumentParser
internal import Cores
internal import JSON
internal import Launcher
internal import TerminalText

/// `porthole dump`.
struct DumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Write an instance's memory and registers to an ELF core.",
    discussion: """
      Of a running, stopped, hung or panicked instance. One that runs is stopped
      while its memory is copied, which takes milliseconds: only what it has used
      is copied, the rest is a hole in the file. gdb, lldb and readelf read the
      core, and every command here: core:FILE.

      Over a link (unix:, serial:, gdb:, qemu:) memory comes through the stub, and
      the target stands still as long as that takes. --range says what to read
      where the target does not say what memory it has.

        porthole dump heartbeat -o heartbeat.core
        porthole bt core:heartbeat.core
        gdb heartbeat.elf heartbeat.core
        porthole dump serial:/dev/ttyUSB0 -o board.core --range 0x100000+0x80000
      """)

  @OptionGroup var options: TargetOptions

  @Option(name: [.short, .customLong("output")], help: "The core's file.", completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "Read only this memory; may be given several times.", valueName: "ADDRESS+SIZE"))
  var range: [MemoryRange] = []

  @Flag(help: "Print a JSON object.")
  var json = false

  func run() throws {
    guard output != "-" else {
      throw Failure(.usage, "a core is sparse and cannot go to a pipe; name a file with -o")
    }
    let registry = Registry()
    let instance: Instance?
    switch try options.target.map({ try TargetName.parse($0) }) {
    case nil: instance = try registry.onlyInstance()
    case .instance(let name): instance = try registry.instance(named: name)
    case .core, .recording: throw Failure(.usage, "that is no target that can be dumped")
    case .qemu, .gdb, .agent, .serial: instance = nil
    }
    let result: DumpResult
    if let instance, range.isEmpty {
      result = try InstanceDump(instance).write(to: output)
    } else {
      result = try LinkDump(options, range).write(to: output)
    }
    if json { return Output.json(object(result)) }
    Talk.line(words(result))
    Output.line(output)
  }

  private func words(_ result: DumpResult) -> String {
    var text = "\(result.origin.name), \(result.origin.state): "
    text += "\(Quantity.bytes(result.copied)) of \(Quantity.bytes(result.memory)) copied"
    text +=
      result.pause > 0
      ? "; it stood still for \(Quantity.duration(nanoseconds: UInt64(result.pause) * 1000))"
      : "; it stood still before"
    if result.unreadable > 0 {
      text += "; \(Quantity.bytes(result.unreadable)) could not be read"
    }
    return text
  }

  private func object(_ result: DumpResult) -> JSONObject {
    var line = JSONObject(schema: "dump")
    line["file"] = .string(output)
    line["name"] = .string(result.origin.name)
    line["status"] = .string(result.origin.state)
    line["memory"] = .unsigned(result.memory)
    line["copied"] = .unsigned(result.copied)
    line["unreadable"] = .unsigned(result.unreadable)
    line["pause"] = .integer(result.pause)
    line["threads"] = .integer(result.threads)
    return line
  }
}

/// A range of memory on the command line.
struct MemoryRange: ExpressibleByArgument {
  var start: UInt64
  var size: UInt64

  init?(argument: String) {
    let parts = argument.split(separator: "+", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = Self.number(parts[0]), let size = Self.number(parts[1])
    else { return nil }
    self.init(start: start, size: size)
  }

  /// A range that lies in the address space; nil for an empty one.
  init?(start: UInt64, size: UInt64) {
    guard size > 0, size <= 1 << 40, start <= UInt64.max - size else { return nil }
    self.start = start
    self.size = size
  }

  private static func number(_ text: Substring) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }
}
