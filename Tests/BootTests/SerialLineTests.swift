// The agent over a serial line that is as slow and as late as a real one: our client and stock gdb,
// a port that is given back however the tool ends, and lines on which nothing can work.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("The agent on a serial line", .timeLimit(.minutes(10)))
struct SerialLineTests {
  private let bench = Workbench()

  /// A heart with the agent, whose beats are told once a second on the console. Lines are laid to it
  /// one after the other.
  private final class Guest {
    let bench: Workbench
    let image: TestImage
    private var last: SerialLine?

    init(_ bench: Workbench) throws {
      self.bench = bench
      image = try #require(TestImage.build("Heartbeat", agent: true))
      let started = bench.porthole("run", image.path, "--name", "heart", "--detach")
      try #require(started.status == 0, "\(started.talk)")
      try #require(bench.waits(milliseconds: 60_000) { self.lines > 0 })
    }

    deinit { last?.cut() }

    /// Lays another line; the agent serves one at a time.
    func line(_ nature: SerialLine.Nature = .init(milliseconds: 5)) throws -> SerialLine {
      last?.cut()
      let line = try SerialLine(to: bench.folder + "/run/porthole/heart/agent", nature)
      last = line
      return line
    }

    /// Where `systole` does its work, for a debugger that cannot read Swift's names.
    func systole() throws -> String {
      let path = "Samples/Heartbeat/Heartbeat.swift"
      let source = try #require(Files.text(Workbench.root + "/" + path))
      let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
      let index = try #require(lines.firstIndex { $0.contains("func systole") })
      return "Heartbeat.swift:\(index + 1)"
    }

    var lines: Int {
      let console = Files.text(bench.folder + "/run/porthole/heart/console.log") ?? ""
      return console.split(separator: "\n").count { $0.hasPrefix("beat ") }
    }

    var beats: Bool {
      let before = lines
      return bench.waits(milliseconds: 60_000) { lines >= before + 2 }
    }
  }

  /// Milliseconds after which anything has failed, on a machine however busy.
  private static let bound = 120_000

  @Test("a guest behind lines of every nature, one after the other")
  func guest() throws {
    let guest = try Guest(bench)
    try session(guest)
    try readings(guest)
    try noisy(guest)
    try killed(guest, signal: SIGTERM)
    try killed(guest, signal: SIGKILL)
    try gdb(guest)
    try pulled(guest)
  }

  /// Attach, stacks, break, step, profile and detach at 115,200 baud and 300 ms away.
  private func session(_ guest: Guest) throws {
    let line = try guest.line(.init())
    let before = line.settings
    let result = bench.porthole(
      "repl", line.target, "--symbols", guest.image.symbols, "--batch", "-ex", "break systole",
      "-ex", "continue", "-ex", "bt 2", "-ex", "stepi",
      "-ex", "delete", "-ex", "detach", milliseconds: Self.bound)
    #expect(result.status == 0, "\(result.output)\n\(result.talk)")
    #expect(result.output.contains("Breakpoint 1, "), "\(result.output)")
    #expect(result.output.contains("Heart.cycle(number:)"), "\(result.output)")
    #expect(line.settings == before)
    #expect(guest.beats)
    let profile = bench.porthole(
      "profile", line.target, "--rate", "100", "--seconds", "3", "--symbols", guest.image.symbols,
      milliseconds: Self.bound)
    #expect(profile.status == 0, "\(profile.talk)")
    #expect(profile.output.contains("Heart.cycle(number:)"), "\(profile.output)\n\(profile.talk)")
    #expect(line.settings == before)
  }

  /// What the guest tells of itself, and what is on the console meanwhile, over the line.
  private func readings(_ guest: Guest) throws {
    let line = try guest.line()
    for (command, word) in [("counters", "loop.turns"), ("events", "timers"), ("memory", "heap")] {
      let result = bench.porthole(command, line.target, milliseconds: Self.bound)
      #expect(result.status == 0 && result.output.contains(word), "\(result)")
    }
  }

  /// Bytes damaged on the way, either way, cost time and nothing else.
  private func noisy(_ guest: Guest) throws {
    let line = try guest.line(.init(milliseconds: 5, damagesEvery: 1500))
    let elf = try #require(Files.read(guest.image.path, limit: 1 << 24))
    let result = bench.porthole(
      "repl", line.target, "--symbols", guest.image.symbols, "--batch", "-ex",
      "x/4096xb 0x100000", "-ex", "info threads", "-ex", "break systole", "-ex", "continue", "-ex",
      "detach",
      milliseconds: Self.bound)
    #expect(result.status == 0, "\(result.output)\n\(result.talk)")
    var bytes: [String] = []
    for row in result.output.split(separator: "\n") where row.contains(":\t0x") {
      bytes += row.split(separator: "\t").dropFirst().map(String.init)
    }
    #expect(bytes.count == 4096)
    #expect(bytes == elf.prefix(4096).map { "0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) })
    #expect(result.output.contains("(core 0)"), "\(result.output)")
    #expect(result.output.contains("Breakpoint 1, "), "\(result.output)")
    #expect(guest.beats)
  }

  /// A tool that is killed leaves the port as it was and the guest running.
  private func killed(_ guest: Guest, signal: Int32) throws {
    let line = try guest.line()
    let before = line.settings
    let output = bench.folder + "/held\(signal)"
    let tool = try #require(
      bench.start(
        [
          Workbench.tool, "repl", line.target, "--symbols", guest.image.symbols, "-ex",
          "break systole", "-ex", "continue", "-ex", "echo held\\n", "-ex", "continue 100000",
        ], output: output, talk: output + ".err"))
    try #require(
      bench.waits(milliseconds: Self.bound) { Files.text(output)?.contains("held") == true })
    #expect(line.settings != before)
    let taken = bench.porthole("bt", line.target)
    #expect(taken.status != 0 && taken.talk.contains("in use"), "\(taken.talk)")
    kill(tool.pid, signal)
    #expect(tool.wait(milliseconds: 60_000) != nil)
    #expect(bench.waits(milliseconds: 60_000) { line.settings == before })
    #expect(guest.beats)
  }

  /// Stock gdb does the same through the same port.
  private func gdb(_ guest: Guest) throws {
    let line = try guest.line()
    let words = [
      "set confirm off", "set width 0", "set remotetimeout 60", "set serial baud 115200",
      "target remote \(line.device)", "info threads", "break \(try guest.systole())", "continue",
      // More in one reply than a port's buffers hold while the line is busy.
      "bt", "stepi", "delete", "dump binary memory \(bench.folder)/read 0x100000 0x102000",
      "detach",
    ]
    let result = bench.run(
      ["gdb", "-nx", "-batch", guest.image.symbols] + words.flatMap { ["-ex", $0] },
      milliseconds: Self.bound)
    let text = result.output + result.talk
    #expect(text.contains("\"core 0\""), "\(text)")
    #expect(text.contains("Breakpoint 1, "), "\(text)")
    #expect(text.contains("cycle"), "\(text)")
    #expect(guest.beats, "\(text)")
    let elf = try #require(Files.read(guest.image.path, limit: 1 << 24))
    #expect(
      Files.read(bench.folder + "/read", limit: 1 << 24) == Array(elf.prefix(8192)), "\(text)")
    // The line takes nothing for a third of a second at a time, and nothing was given up for it.
    let counters = bench.porthole("counters", "heart").output.split(separator: "\n")
    let lost = counters.first { $0.contains("agent.bytesLost") }.map(String.init) ?? ""
    #expect(lost.contains(" 0") && !lost.contains { ("1"..."9").contains($0) }, "\(lost)")
  }

  /// A cable that is pulled in the middle of a packet ends the tool with a clear error.
  private func pulled(_ guest: Guest) throws {
    let line = try guest.line(.init(milliseconds: 5, breaksAfter: 2000))
    let result = bench.porthole(
      "repl", line.target, "--symbols", guest.image.symbols, "--batch", "-ex",
      "x/4096xb 0x100000", milliseconds: Self.bound)
    #expect(result.status != 0 && result.status != nil, "\(result.output)")
    #expect((result.output + result.talk).contains("link"), "\(result.output)\n\(result.talk)")
  }

  @Test("console, debugger and telemetry share one port, and Ctrl-C stops the guest")
  func onePort() throws {
    let image = try #require(TestImage.build("Heartbeat", agent: true))
    let path = bench.folder + "/port"
    _ = try #require(
      bench.start(
        [
          "qemu-system-x86_64", "-accel", "tcg", "-M",
          "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off,isa-serial=on", "-m", "64",
          "-nodefaults", "-no-user-config", "-display", "none", "-chardev",
          "socket,id=c,path=\(path),server=on,wait=off", "-serial", "chardev:c", "-kernel",
          image.path, "-append", "porthole.agent=console",
        ], output: path + ".out", talk: path + ".err"))
    var laid: SerialLine?
    try #require(
      bench.waits(milliseconds: 60_000) {
        guard access(path, F_OK) == 0 else { return false }
        laid = try? SerialLine(to: path, .init(milliseconds: 5))
        return laid != nil
      })
    let line = try #require(laid)
    defer { line.cut() }
    // It may take a while until there is somebody to answer.
    try #require(
      bench.waits(milliseconds: Self.bound) {
        bench.porthole("counters", line.target).output.contains("loop.turns")
      })
    let output = bench.folder + "/gdb"
    let gdb = try #require(
      bench.start(
        ["gdb", "-nx", "-q", image.symbols]
          + [
            "set confirm off", "set remotetimeout 60", "set serial baud 115200",
            "target remote " + line.device, "continue", "bt 1", "detach", "quit",
          ].flatMap { ["-ex", $0] }, output: output, talk: output + ".err"))
    #expect(
      bench.waits(milliseconds: 60_000) { Files.text(output + ".err")?.contains("beat ") == true },
      "gdb gives the target's text to its standard error")
    kill(gdb.pid, SIGINT)
    #expect(gdb.wait(milliseconds: 60_000) == .exited(0))
    #expect(Files.text(output)?.contains("SIGINT") == true, "\(Files.text(output) ?? "")")
    let after = bench.porthole("counters", line.target, "agent", milliseconds: Self.bound)
    #expect(after.output.contains("agent.consoleDropped"), "\(after)")
  }

  // MARK: Lines on which nothing can work

  @Test(
    "bytes without packets are told from silence, by a debugger and by readings",
    arguments: [
      ("bt", "\u{0}x\u{1b}~e\u{7}-+pq\u{c}", "is the baud rate right?"),
      ("bt", "-$ab#00+", "is the baud rate right?"), ("bt", "", "nothing comes"),
      ("counters", "\u{0}x\u{1b}~e\u{7}-+pq\u{c}", "is the baud rate right?"),
    ])
  func wrongRate(command: String, noise: String, message: String) throws {
    let line = try SerialLine(to: nil, .init(noise: Array(noise.utf8)))
    defer { line.cut() }
    let before = line.settings
    let result = bench.porthole(
      command, "serial:\(line.device)@9600", milliseconds: Self.bound)
    #expect(result.talk.contains(message), "\(result.talk)")
    #expect(result.status != 0 && result.status != nil)
    #expect(line.settings == before)
  }

  @Test(
    "what is no serial port is refused in words",
    arguments: [
      ("/dev/null", "no serial port"), ("/dev/no-such-port", "no such device"),
      ("/etc/passwd", "no serial port"),
    ])
  func noPort(device: String, message: String) throws {
    let result = bench.porthole("bt", "serial:" + device)
    #expect(result.status != 0)
    #expect(result.talk.contains(message), "\(result.talk)")
  }
}
