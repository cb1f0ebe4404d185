// The agent over a serial line that is as slow and as late as a real one: our client and stock gdb,
// a port that is given back however the tool ends, and lines on which nothing can work.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("The agent on a serial line", .serialized, .timeLimit(.minutes(5)))
struct SerialLineTests {
  private let bench = Workbench()

  /// A heart with the agent, whose beats are told once a second on the console.
  private struct Guest {
    let bench: Workbench
    let image: TestImage
    let line: SerialLine

    init(_ bench: Workbench, _ nature: SerialLine.Nature = .init()) throws {
      self.bench = bench
      image = try #require(TestImage.build("Heartbeat", agent: true))
      let started = bench.porthole("run", image.path, "--name", "heart", "--detach")
      try #require(started.status == 0, "\(started.talk)")
      let folder = bench.folder + "/run/porthole/heart"
      line = try SerialLine(to: folder + "/agent", nature)
      try #require(bench.waits { lines > 0 })
    }

    var target: String { "serial:\(line.device)@115200" }

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
      return bench.waits(milliseconds: 10_000) { lines >= before + 2 }
    }
  }

  @Test("attach, stacks, break, step, threads, detach at 115,200 baud and 300 ms away")
  func session() throws {
    let guest = try Guest(bench)
    defer { guest.line.cut() }
    let before = guest.line.settings
    let result = bench.porthole(
      "repl", guest.target, "--symbols", guest.image.symbols, "--batch", "-ex", "bt", "-ex",
      "info threads", "-ex", "break systole", "-ex", "continue", "-ex", "bt 3", "-ex", "stepi",
      "-ex", "delete", "-ex", "detach")
    #expect(result.status == 0, "\(result.output)\n\(result.talk)")
    #expect(result.output.contains("EventLoop.run()"), "\(result.output)")
    #expect(result.output.contains("(core 0)"), "\(result.output)")
    #expect(result.output.contains("Breakpoint 1, "), "\(result.output)")
    #expect(result.output.contains("Heart.cycle(number:)"), "\(result.output)")
    #expect(guest.line.settings == before)
    #expect(guest.beats)
  }

  @Test("bytes damaged on the way, either way, cost time and nothing else")
  func noisy() throws {
    var nature = SerialLine.Nature()
    (nature.damagesEvery, nature.milliseconds) = (9001, 20)
    let guest = try Guest(bench, nature)
    defer { guest.line.cut() }
    let elf = try #require(Files.read(guest.image.path, limit: 1 << 24))
    let result = bench.porthole(
      "repl", guest.target, "--symbols", guest.image.symbols, "--batch", "-ex",
      "x/512xb 0x100000", "-ex", "break systole", "-ex", "continue", "-ex", "detach")
    #expect(result.status == 0, "\(result.output)\n\(result.talk)")
    var bytes: [String] = []
    for row in result.output.split(separator: "\n") where row.contains(":\t0x") {
      bytes += row.split(separator: "\t").dropFirst().map(String.init)
    }
    #expect(bytes.count == 512)
    #expect(bytes == elf.prefix(512).map { "0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) })
    #expect(result.output.contains("Breakpoint 1, "), "\(result.output)")
    #expect(guest.beats)
  }

  @Test(
    "a tool that is killed leaves the port as it was and the guest running",
    arguments: [SIGTERM, SIGKILL])
  func killed(signal: Int32) throws {
    let guest = try Guest(bench)
    defer { guest.line.cut() }
    let before = guest.line.settings
    let output = bench.folder + "/held"
    let tool = try #require(
      bench.start(
        [
          Workbench.tool, "repl", guest.target, "--symbols", guest.image.symbols, "-ex",
          "break systole", "-ex", "continue", "-ex", "echo held\\n", "-ex", "continue 100000",
        ], output: output, talk: output + ".err"))
    try #require(bench.waits { Files.text(output)?.contains("held") == true })
    #expect(guest.line.settings != before)
    let taken = bench.porthole("bt", guest.target)
    #expect(taken.status != 0 && taken.talk.contains("in use"), "\(taken.talk)")
    kill(tool.pid, signal)
    #expect(tool.wait(milliseconds: 5000) != nil)
    #expect(bench.waits { guest.line.settings == before })
    #expect(guest.beats)
  }

  @Test("stock gdb does the same through the same port")
  func gdb() throws {
    let guest = try Guest(bench)
    defer { guest.line.cut() }
    let words = [
      "set confirm off", "set width 0", "set serial baud 115200",
      "target remote \(guest.line.device)", "info threads", "break \(try guest.systole())",
      "continue", "bt",
      "stepi", "delete", "detach",
    ]
    let result = bench.run(
      ["gdb", "-nx", "-batch", guest.image.symbols] + words.flatMap { ["-ex", $0] })
    let text = result.output + result.talk
    #expect(text.contains("\"core 0\""), "\(text)")
    #expect(text.contains("Breakpoint 1, "), "\(text)")
    #expect(text.contains("cycle"), "\(text)")
    #expect(guest.beats, "\(text)")
  }

  @Test("a cable that is pulled in the middle of a packet ends the tool with a clear error")
  func pulled() throws {
    var nature = SerialLine.Nature()
    nature.breaksAfter = 3000
    let guest = try Guest(bench, nature)
    let result = bench.porthole(
      "repl", guest.target, "--symbols", guest.image.symbols, "--batch", "-ex", "bt",
      milliseconds: 20_000)
    #expect(result.status != 0 && result.status != nil, "\(result.output)")
    #expect((result.output + result.talk).contains("link"), "\(result.output)\n\(result.talk)")
  }

  // MARK: Lines on which nothing can work

  @Test(
    "bytes without packets are told from silence",
    arguments: [
      ("\u{0}x\u{1b}~e\u{7}-+pq\u{c}", "is the baud rate right?"),
      ("-$ab#00+", "is the baud rate right?"), ("", "nothing comes"),
    ])
  func wrongRate(noise: String, message: String) throws {
    var nature = SerialLine.Nature()
    nature.noise = Array(noise.utf8)
    let line = try SerialLine(to: nil, nature)
    defer { line.cut() }
    let before = line.settings
    let result = bench.porthole("bt", "serial:\(line.device)@9600", milliseconds: 20_000)
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
