internal import GDBRemote
internal import Glibc
internal import TestSupport
internal import Testing

/// The stub under debuggers that are not ours.
@Suite("Stock debuggers on the stub", .serialized, .timeLimit(.minutes(10)))
struct StubClientsTests {
  /// A loop of eight `nop`s, a store of AL to 0x2000, and a jump back.
  private var machine: ToyMachine {
    var machine = ToyMachine()
    machine.memory.replaceSubrange(
      0..<17,
      with: Array(repeating: 0x90, count: 8) + [0x88, 0x04, 0x25, 0, 0x20, 0, 0, 0xeb, 0xef])
    machine.memory.replaceSubrange(0x800..<0x806, with: bytes("\u{1b}]0;x\0"))
    machine.pc = 0x1000
    machine.values[0] = 0x41
    return machine
  }

  @Test("gdb reads, writes, steps, breaks, watches, lists threads and leaves")
  func gdb() throws {
    let bench = Workbench()
    let path = bench.folder + "/stub"
    let server = try #require(StubServer(path: path, machine: machine))
    let commands = [
      "set confirm off", "set architecture i386:x86-64", "target remote \(path)",
      "printf \"pc %lx\\n\", $pc", "info threads", "stepi", "printf \"stepped %lx\\n\", $pc",
      "hbreak *0x1004", "continue", "printf \"hit %lx\\n\", $pc", "delete",
      "watch *(char*)0x2000", "continue", "printf \"watched %lx %x\\n\", $pc, *(char*)0x2000",
      "delete", "break *0x1002", "continue", "printf \"again %lx\\n\", $pc", "delete",
      "set var *(int*)0x3000 = 0x12345678", "set var $rbx = 0x77", "x/4xb 0x3000",
      "printf \"rbx %lx\\n\", $rbx", "x/1xb 0x20000", "find /b 0x1000, 0x4000, 0x78, 0x56",
      "monitor repeat", "info mem", "info os", "info os threads", "detach",
    ]
    let result = bench.run(
      ["gdb", "-nx", "-batch"] + commands.flatMap { ["-ex", $0] }, milliseconds: 60_000)
    let output = result.output
    for expected in [
      "pc 1000", "stepped 1001", "hit 1004", "watched 100f 41", "again 1002", "rbx 77",
      "0x3000:\t0x78\t0x56\t0x34\t0x12", "Cannot access memory at address 0x20000",
      "0x3000\n1 pattern found", "core 0", "<fiber> & \"co\"",
      "Ranges of memory", "31         t?",
    ] {
      #expect(
        (output + result.talk).contains(expected), "no \(expected) in:\n\(output)\n\(result.talk)")
    }
    let left = try #require(server.finished())
    #expect(left.planted.isEmpty)
    #expect(left.values[1] == 0x77)
  }

  @Test("gdb's conditions and log points are decided by the stub")
  func scripts() throws {
    let bench = Workbench()
    let path = bench.folder + "/stub"
    var machine = machine
    // The byte that is stored counts, so that conditions differ from turn to turn: inc %al.
    machine.memory.replaceSubrange(0..<2, with: [0xfe, 0xc0])
    let server = try #require(StubServer(path: path, machine: machine))
    // What gdb computes by itself, from the same registers and memory, stands beside each stop.
    let conditions = [
      "*(unsigned char*)0x2000 == 0x50", "($rax & 255) % 7 == 3 && ($rax & 255) > 0x60",
      "*(signed char*)0x2000 < -100", "((long)$rip & 0xff) == 0xf && $rax * 3 - 1 > 0x200",
      "(*(int*)0x2000 << 8 >> 4 | 5) == 0x615 && $rax != 200",
    ]
    var commands = [
      "set confirm off", "set architecture i386:x86-64",
      "set breakpoint condition-evaluation target",
      "target remote \(path)",
    ]
    for condition in conditions {
      commands += [
        "hbreak *0x100f if \(condition)", "continue",
        "printf \"stopped %d at %d\\n\", \(condition), *(unsigned char*)0x2000", "delete",
      ]
    }
    commands += [
      "set var $rax = 0", "set dprintf-style agent",
      #"dprintf *0x100f,"turn %d %c %s %#lx\n", $rax & 255, 120, (char*)0x1800, $rip"#,
      "break *0x1000 if ($rax & 255) == 3", "continue", "info breakpoints", "detach",
    ]
    let result = bench.run(
      ["gdb", "-nx", "-batch"] + commands.flatMap { ["-ex", $0] }, milliseconds: 120_000)
    let text = result.output + result.talk
    let stops = text.split(separator: "\n").filter { $0.hasPrefix("stopped ") }
    #expect(stops.count == conditions.count, "\(text)")
    // AL begins with 0x41 and goes round; each condition is met first at this one.
    #expect(
      stops.map { $0.split(separator: " ").map(String.init) }
        == [80, 101, 128, 172, 97].map { ["stopped", "1", "at", String($0)] }, "\(text)")
    for turn in 1...3 {
      #expect(text.contains("turn \(turn) x \\033]0;x 0x100f"), "\(text)")
    }
    #expect(!text.contains("turn 4"), "\(text)")
    let left = try #require(server.finished())
    // The stub has passed them; the client was told of six stops.
    #expect(left.passed > 100)
    #expect(left.planted.isEmpty)
  }

  @Test("lldb attaches, steps, breaks, reads and leaves")
  func lldb() throws {
    let bench = Workbench()
    let path = bench.folder + "/stub"
    let server = try #require(StubServer(path: path, machine: machine))
    let commands = [
      "settings set plugin.process.gdb-remote.packet-timeout 10",
      "process connect unix-connect://\(path)", "register read rip", "thread step-inst",
      "register read rip", "memory read -c 6 0x1800", "breakpoint set -a 0x1006", "continue",
      "register read rip", "memory write 0x3000 0x12 0x34", "register write rbx 0x55",
      "memory region 0x2000", "target list",
      "thread list", "detach",
    ]
    let result = bench.run(
      ["lldb-16", "--batch", "--no-lldbinit"] + commands.flatMap { ["-o", $0] },
      milliseconds: 60_000)
    let text = result.output + result.talk
    for expected in [
      "rip = 0x0000000000001000", "rip = 0x0000000000001001",
      "rip = 0x0000000000001006", "0x00001800: 1b 5d 30 3b 78 00", "core 0",
      "[0x0000000000001000-0x0000000000011000) rwx", "x86_64-unknown-none",
    ] {
      #expect(text.contains(expected), "no \(expected) in:\n\(text)")
    }
    let left = try #require(server.finished())
    #expect(left.memory[0x2000...0x2001] == [0x12, 0x34])
    #expect(left.values[1] == 0x55)
  }
}
