// A disk boots by itself: in plain QEMU with nothing but `-drive`, and through the tool, which
// finds its symbols by the build id on it.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Disks", .serialized, .timeLimit(.minutes(20)))
struct DiskTests {
  private func disk(_ bench: Workbench, _ name: String, _ words: String...) throws -> String {
    let result = bench.run(
      [Workbench.tool, "build", name, "--release", "--disk", "--"] + words, milliseconds: 900_000)
    #expect(result.status == 0, "\(result.talk)")
    return try #require(result.output.split(separator: "\n").last.map(String.init))
  }

  @Test(
    "the BIOS boots it, with no -kernel, below and above 1 and 4 GiB",
    arguments: ["pc", "q35"], [4, 64, 1536, 5000])
  func plain(machine: String, memory: Int) throws {
    let bench = Workbench()
    let path = try disk(bench, "Hello")
    let result = bench.run([
      QEMU.executable, "-M", machine, "-accel", "tcg", "-m", "\(memory)", "-nodefaults",
      "-no-reboot", "-display", "none", "-serial", "stdio", "-device",
      "isa-debug-exit,iobase=0xf4,iosize=4", "-drive", "format=raw,file=\(path)",
    ])
    #expect(result.output == "Hello from a machine of its own.\n", "\(result.talk)")
    #expect(result.status == 1)  // (0 << 1) | 1: it powered off with status 0
  }

  @Test("run knows a disk by its contents, and bt its symbols by build id")
  func run() throws {
    let bench = Workbench()
    let path = try disk(bench, "Heartbeat", "name=value")
    let moved = bench.folder + "/renamed"
    #expect(bench.run(["cp", path, moved]).status == 0)
    #expect(bench.porthole("run", moved, "--detach", "--name", "heart").status == 0)
    let instance = try bench.registry.instance(named: "heart")
    #expect(instance.guest.isDiskImage && instance.guest.machine == .pc)
    #expect(bench.waits { Files.text(instance.consoleLog)?.contains("beat") == true })
    // A stop within a task ends at the job, as gdb's does: the runtime keeps no frame pointers. Most
    // stops are elsewhere.
    var stack = bench.porthole("bt", "heart")
    let isWhole = bench.waits {
      if stack.output.contains(" in Application.main() () at ") { return true }
      stack = bench.porthole("bt", "heart")
      return false
    }
    #expect(isWhole, "\(stack.output)\(stack.talk)")
    #expect(bench.porthole("run", moved, "--machine", "microvm").status == 2)
    #expect(bench.porthole("run", moved, "--", "word").status == 2)
  }

  @Test("the loader says on the serial line why it cannot load, and waits")
  func broken() throws {
    let bench = Workbench()
    let path = try disk(bench, "Hello")
    let broken = bench.folder + "/broken"
    // The image's first sector, its ELF header, is overwritten.
    let spoil =
      "cp '\(path)' '\(broken)' && dd if=/dev/zero of='\(broken)' bs=512 seek=2048 count=1 conv=notrunc"
    #expect(bench.run(["sh", "-c", spoil]).status == 0)
    #expect(bench.porthole("run", broken, "--detach", "--name", "broken").status == 0)
    let instance = try bench.registry.instance(named: "broken")
    #expect(bench.waits { Files.text(instance.consoleLog)?.contains("error: ") == true })
  }

  @Test("the log outlasts a reset, although the loader comes between", arguments: ["pc", "q35"])
  func log(machine: String) throws {
    let bench = Workbench()
    let image = try #require(TestImage.build("Faults", "release"))
    let path = try BootLoader.makeDisk(of: image.path, words: [])
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer {
      close(ends[0])
      close(ends[1])
    }
    _ = try #require(
      bench.start(
        [
          QEMU.executable, "-M", machine, "-accel", "tcg", "-m", "16", "-nodefaults", "-display",
          "none", "-chardev", "stdio,id=c,signal=off", "-serial", "chardev:c", "-qmp",
          "unix:\(bench.folder)/qmp,server=on,wait=off", "-drive", "format=raw,file=\(path)",
        ], input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err"))
    func says(_ words: String, _ count: Int = 1) -> Bool {
      bench.waits {
        let lines = (Files.text(bench.folder + "/out") ?? "").split(separator: "\n")
        return lines.count { $0 == words } == count
      }
    }
    func type(_ keys: String) { #expect(Files.write(Array(keys.utf8), to: ends[1])) }
    #expect(says("ready"))
    type("R")
    #expect(says("ready", 2))
    type("e")
    #expect(says("previous end: reset"))
    type("L")
    #expect(says("*** end of panic: halted"))
    let monitor = try QMPConnection(path: bench.folder + "/qmp", milliseconds: 10_000)
    _ = try monitor.execute("system_reset", milliseconds: 10_000)
    #expect(says("ready", 3))
    // The cause's first 96 bytes.
    let cause = String(repeating: "long ", count: 19) + "l"
    #expect(says("previous boot ended by panic: \(cause) ..."))
    type("e")
    #expect(says("previous end: panic \(cause)"))
  }
}
