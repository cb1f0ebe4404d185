// The built tool boots real kernels in the real QEMU: on every machine type, at several sizes, to
// the first line, to a panic, to a power-off.

import Bytes
import Glibc
import JSON
import Launcher
import Symbols
import TestSupport
import Testing

/// A machine type and a memory size.
struct Shape: CustomStringConvertible, Sendable {
  var machine: MachineType
  var memory: Int
  var description: String { "\(machine.rawValue), \(memory) MB" }

  static let all = MachineType.allCases.flatMap { machine in
    [4, 16, 64, 256].map { Shape(machine: machine, memory: $0) }
  }
}

@Suite("Boot", .serialized, .timeLimit(.minutes(20)))
struct BootTests {
  @Test("Hello says its line and powers off with status 0", arguments: Shape.all)
  func hello(shape: Shape) throws {
    let image = try #require(TestImage.build("Hello"))
    let bench = Workbench()
    let result = bench.porthole(
      "run", image.path, "--machine", shape.machine.rawValue, "--memory", "\(shape.memory)")
    #expect(result.output == "Hello from a machine of its own.\n", "\(result.talk)")
    #expect(result.status == 0)
    #expect(bench.registry.instances().isEmpty)
  }

  @Test(
    "a release image boots the same way, from 2 MB on", arguments: MachineType.allCases,
    [2, 3, 5, 255])
  func release(machine: MachineType, memory: Int) throws {
    let image = try #require(TestImage.build("Hello", "release"))
    let bench = Workbench()
    let result = bench.porthole(
      "run", image.path, "--machine", machine.rawValue, "--memory", "\(memory)")
    #expect(result.output == "Hello from a machine of its own.\n", "\(result.talk)")
  }

  @Test("an async application runs", arguments: MachineType.allCases)
  func async(machine: MachineType) throws {
    let image = try #require(TestImage.build("HelloAsync"))
    let bench = Workbench()
    let result = bench.porthole("run", image.path, "--machine", machine.rawValue)
    #expect(!result.output.isEmpty && result.status == 0, "\(result.output)\(result.talk)")
  }

  @Test("Heartbeat beats once every 10 ms", arguments: MachineType.allCases)
  func heartbeat(machine: MachineType) throws {
    let image = try #require(TestImage.build("Heartbeat"))
    let bench = Workbench()
    let result = bench.porthole(
      "run", image.path, "--detach", "--name", "heart", "--machine", machine.rawValue)
    #expect(result.status == 0 && result.output == "heart\n", "\(result.talk)")
    let instance = try bench.registry.instance(named: "heart")
    func beats() -> [Int] {
      (Files.text(instance.consoleLog) ?? "").split(separator: "\n").compactMap { line in
        line.hasPrefix("beat ") ? Int(line.dropFirst(5).prefix { $0.isNumber }) : nil
      }
    }
    #expect(bench.waits { beats().count >= 3 })
    // A line a second of 100 beats; a busy host may lose some of them.
    for (count, next) in zip(beats(), beats().dropFirst()) { #expect((1...150) ~= next - count) }
    #expect(bench.porthole("stop", "heart").status == 0)
  }

  @Test("the build id in the image's first page is the ELF's, and the record's")
  func buildID() throws {
    let image = try #require(TestImage.build("Heartbeat"))
    let id = try #require(SymbolFile(path: image.symbols).buildID)
    let bench = Workbench()
    _ = bench.porthole("run", image.path, "--detach", "--name", "heart", "--memory", "8")
    let instance = try bench.registry.instance(named: "heart")
    #expect(instance.buildID == id)
    #expect(bench.waits { Files.text(instance.consoleLog)?.contains("beat") == true })
    let memory = try #require(Files.read(instance.memoryFile))
    let page = memory[0x100000..<0x101000]
    #expect(contains(page, [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0] + id.bytes))
  }

  @Test("the guest of a run that is killed is gone with it")
  func diesWithTool() throws {
    let image = try #require(TestImage.build("Heartbeat"))
    let bench = Workbench()
    let run = try #require(
      bench.start(
        [Workbench.tool, "run", image.path, "--name", "mine"], output: bench.folder + "/out",
        talk: bench.folder + "/err"))
    #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("beat") == true })
    let instance = try bench.registry.instance(named: "mine")
    #expect(kill(run.pid, SIGKILL) == 0)
    #expect(bench.waits { !instance.process.isAlive })
    #expect(bench.porthole("ps").output == "")
  }

  @Test("Ctrl-C ends a run and its guest with status 130")
  func interrupted() throws {
    let image = try #require(TestImage.build("Heartbeat"))
    let bench = Workbench()
    let run = try #require(
      bench.start(
        [Workbench.tool, "run", image.path, "--name", "mine"], output: bench.folder + "/out",
        talk: bench.folder + "/err"))
    #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("beat") == true })
    let instance = try bench.registry.instance(named: "mine")
    #expect(kill(run.pid, SIGINT) == 0)
    #expect(run.wait(milliseconds: 60_000) == .exited(130))
    #expect(!instance.process.isAlive)
  }

  private func contains(_ bytes: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: wanted) }
  }
}
