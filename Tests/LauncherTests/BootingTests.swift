// The launcher against the real QEMU, with the tiny guest: what `run`, `ps` and `stop` rest on.

internal import Glibc
import Launcher
import Testing

/// A registry in a temporary folder that stops whatever it booted.
final class Bench {
  let folder = temporaryFolder()
  var registry: Registry { Registry(directory: folder + "/run") }
  private var booted: [BootedInstance] = []

  func boot(
    _ end: TinyEnd, name: String = "tiny", line: String = "hello",
    _ change: (inout GuestConfiguration) -> Void = { _ in }
  ) throws -> BootedInstance {
    let image = "\(folder)/\(name).elf"
    try Files.replace(image, with: tinyGuest(printing: line, then: end))
    var guest = GuestConfiguration(image: image)
    guest.memory = 4
    change(&guest)
    let instance = try registry.boot(guest, name: name, buildID: nil, diesWithTool: true)
    booted.append(instance)
    return instance
  }

  /// Waits until the console's log holds `text`.
  func console(_ instance: Instance, says text: String, milliseconds: Int = 60_000) -> Bool {
    let deadline = Deadline(milliseconds: milliseconds)
    while !deadline.isOver {
      if Files.text(instance.consoleLog)?.contains(text) == true { return true }
      usleep(5000)
    }
    return false
  }

  func waitFor(_ status: InstanceStatus, of instance: Instance) -> Bool {
    let deadline = Deadline(milliseconds: 60_000)
    while !deadline.isOver {
      if instance.status() == status { return true }
      usleep(5000)
    }
    return false
  }

  deinit {
    for instance in booted {
      _ = instance.instance.process.send(SIGKILL)
      _ = instance.child.wait(milliseconds: 2000)
    }
    removeFolder(folder)
  }
}

@Suite("Booting", .timeLimit(.minutes(10)))
struct BootingTests {
  @Test(
    "a guest's first line reaches the log on every machine type",
    arguments: MachineType.allCases, [2, 64])
  func firstLine(machine: MachineType, memory: Int) throws {
    let bench = Bench()
    let booted = try bench.boot(.halt, line: "on \(machine)") {
      $0.machine = machine
      $0.memory = memory
    }
    #expect(bench.console(booted.instance, says: "on \(machine)\n"))
    #expect(booted.instance.status() == .running)
    #expect(bench.registry.instances().map(\.name) == ["tiny"])
    try bench.registry.stop(booted.instance)
    #expect(bench.registry.instances().isEmpty)
    #expect(!Files.isFolder(booted.instance.directory))
    #expect(booted.child.wait(milliseconds: 60_000) != nil)
  }

  @Test("with halt a panicked guest stays and shows as panicked", arguments: MachineType.allCases)
  func panicHalts(machine: MachineType) throws {
    let bench = Bench()
    let booted = try bench.boot(.panic) { $0.machine = machine }
    #expect(bench.waitFor(.panicked, of: booted.instance))
    #expect(booted.events.events()?.contains { $0.name == "GUEST_PANICKED" } == true)
    #expect(booted.instance.process.isAlive)
  }

  @Test("with exit a panicked guest's QEMU ends", arguments: MachineType.allCases)
  func panicExits(machine: MachineType) throws {
    let bench = Bench()
    let booted = try bench.boot(.panic) {
      $0.machine = machine
      $0.onPanic = .exit
    }
    #expect(GuestEnd.wait(for: booted, milliseconds: 60_000) == .panicked)
    #expect(bench.registry.instances().isEmpty)
  }

  @Test("a guest's own exit status comes through", arguments: MachineType.allCases, [0, 7, 127])
  func exitStatus(machine: MachineType, status: Int) throws {
    let bench = Bench()
    let booted = try bench.boot(.exit(UInt8(status))) { $0.machine = machine }
    #expect(GuestEnd.wait(for: booted, milliseconds: 60_000) == .exited(status))
  }

  @Test("a triple fault ends the machine and is told apart from an exit")
  func tripleFault() throws {
    let bench = Bench()
    let booted = try bench.boot(.tripleFault)
    #expect(GuestEnd.wait(for: booted, milliseconds: 60_000) == .reset)
  }

  @Test("with reboot a triple fault boots the guest again")
  func reboot() throws {
    let bench = Bench()
    let booted = try bench.boot(.tripleFault) { $0.onPanic = .reboot }
    #expect(bench.console(booted.instance, says: "hello\nhello\nhello\n"))
  }

  @Test("a guest whose QEMU does not answer is hung, and stop ends it all the same")
  func hung() throws {
    let bench = Bench()
    let booted = try bench.boot(.spin)
    #expect(booted.instance.process.send(SIGSTOP))
    #expect(booted.instance.status(milliseconds: 200) == .hung)
    try bench.registry.stop(booted.instance)
    #expect(!booted.instance.process.isAlive)
  }

  @Test("one whose process was killed is not listed; its RAM and console are kept a while")
  func killed() throws {
    let bench = Bench()
    let booted = try bench.boot(.spin)
    #expect(bench.console(booted.instance, says: "hello"))
    #expect(booted.instance.process.send(SIGKILL))
    _ = booted.child.wait(milliseconds: 2000)
    #expect(bench.registry.instances().isEmpty)
    #expect(Files.isReadable(bench.registry.directory + "/.ended/tiny/ram"))
    #expect(throws: LaunchError.self) { try bench.registry.instance(named: "tiny") }
    let again = try bench.boot(.spin)
    #expect(again.instance.status() == .running)
  }

  @Test("a name in use is refused, and a wrong one gets a hint")
  func names() throws {
    let bench = Bench()
    _ = try bench.boot(.spin)
    #expect(throws: LaunchError.self) { _ = try bench.boot(.spin) }
    #expect(bench.registry.freeName("tiny") == "tiny-2")
    let error = #expect(throws: LaunchError.self) { try bench.registry.instance(named: "tyni") }
    #expect(error?.kind == .nothingThere)
    #expect(error?.message.contains("did you mean tiny?") == true)
  }

  @Test("RAM is a file that another process can look into while the guest runs")
  func mappedMemory() throws {
    let bench = Bench()
    let booted = try bench.boot(.spin, line: "seen from outside")
    #expect(bench.console(booted.instance, says: "seen"))
    let memory = try #require(Files.read(booted.instance.memoryFile))
    #expect(memory.count == 4 << 20)
    #expect(String(decoding: memory[0x100000..<0x100200], as: UTF8.self).contains("from outside"))
  }

  @Test("sockets and files are the user's alone")
  func modes() throws {
    let bench = Bench()
    let booted = try bench.boot(.spin)
    for name in Files.names(in: booted.instance.directory) {
      var status = stat()
      #expect(stat("\(booted.instance.directory)/\(name)", &status) == 0)
      #expect(status.st_mode & 0o077 == 0, "\(name) has mode \(status.st_mode)")
    }
  }

  @Test("a QEMU that cannot start says why")
  func refused() throws {
    let bench = Bench()
    let error = #expect(throws: LaunchError.self) {
      try bench.boot(.spin) { $0.disk = "/nonexistent/disk" }
    }
    #expect(error?.message.contains("QEMU did not start") == true)
    #expect(bench.registry.instances().isEmpty)
  }
}
