// Conditions and log points in the kernel's agent: stock gdb has them decided in the instance, which
// never stops for those that are false, and the agent takes no memory for anything it does.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

@Suite("Conditions and log points in the instance", .serialized, .timeLimit(.minutes(15)))
struct AgentScriptTests {
  private let bench = Workbench()

  /// What gdb prints for these commands on the guest of fibers that take turns, which calls
  /// `threads_beat(fiber, turn, allocations)`; and the packets that went to and fro.
  ///
  /// `then` has the guest for itself after that, by its name.
  private func gdb(
    _ commands: [String], then: (String) throws -> Void = { _ in }
  ) throws -> (text: String, packets: String) {
    let image = try #require(TestImage.build("Threads", agent: true))
    let started = bench.porthole("run", image.path, "--name", "scripts", "--detach")
    try #require(started.status == 0, "\(started.talk)")
    defer { _ = bench.porthole("stop", "scripts") }
    let console = bench.folder + "/run/porthole/scripts/console.log"
    try #require(
      bench.waits(milliseconds: 60_000) { Files.text(console)?.contains("ready") == true })
    let log = bench.folder + "/packets"
    let words = [
      "set confirm off", "set width 0", "set remotetimeout 60", "set remotelogfile \(log)",
      "target remote \(bench.folder)/run/porthole/scripts/agent",
      "set breakpoint condition-evaluation target", "set dprintf-style agent",
    ]
    let result = bench.run(
      ["gdb", "-nx", "-batch", image.symbols] + (words + commands).flatMap { ["-ex", $0] },
      milliseconds: 240_000)
    try then("scripts")
    return (result.output + result.talk, Files.text(log) ?? "")
  }

  /// The words after `mark` of each line that begins with it, as numbers.
  private func numbers(_ mark: String, _ text: String) -> [[Int]] {
    text.split(separator: "\n").filter { $0.hasPrefix(mark + " ") }.map {
      $0.split(separator: " ").dropFirst().compactMap { Int($0) }
    }
  }

  @Test("a false condition costs its client no packet, a log point stops nothing")
  func decided() throws {
    let tell = #"printf "stop %ld %ld\n", $rdi, $rsi"#
    let (text, packets) = try gdb([
      // As a software breakpoint and in a debug register, at an instruction that is passed often.
      "break *threads_beat if $rdi == 0 && $rsi % 64 == 0 && $rsi > 200", "continue", tell,
      "continue", tell, "delete",
      "hbreak *threads_beat if $rdi == 0 && $rsi % 64 == 0", "continue", tell, "delete",
      // A log point on every turn, up to a turn of the other fiber.
      #"dprintf *threads_beat,"turn %ld of %d\n", $rsi, $rdi"#,
      "break *threads_beat+4 if $rdi == 1 && $rsi % 16 == 5", "continue",
      #"printf "last %ld %ld\n", $rdi, $rsi"#, "delete", "detach",
    ]) { try ours($0) }
    let stops = numbers("stop", text)
    try #require(stops.count == 3 && stops.allSatisfy { $0.count == 2 }, "\(text)")
    #expect(stops.allSatisfy { $0[0] == 0 && $0[1] % 64 == 0 }, "\(text)")
    // Turn by turn: no hit of the condition is missed.
    #expect(stops[1][1] == stops[0][1] + 64 && stops[2][1] == stops[1][1] + 64, "\(text)")
    let last = try #require(numbers("last", text).first)
    #expect(last[0] == 1 && last[1] % 16 == 5, "\(text)")
    // Each turn is logged once, in order, none left out.
    for fiber in 0...1 {
      let turns = text.split(separator: "\n").filter { $0.hasSuffix(" of \(fiber)") }
        .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
      let first = try #require(turns.first, "\(text)")
      #expect(turns == Array(first..<(first + turns.count)), "\(text)")
      if fiber == 1 { #expect(turns.last == last[1], "\(text)") }
    }
    // Between a resumption and the next stop of the first condition there is not one packet.
    let lines = packets.split(separator: "\n").map(String.init)
    let resumed = lines.indices.filter { lines[$0].hasPrefix("w $vCont;c") }
    try #require(resumed.count >= 2)
    for index in resumed.prefix(2) {
      #expect(lines[index + 1].contains("$T05"), "\(lines[index + 1])")
    }
  }

  /// The same by our prompt, whose conditions are compiled: what the agent counted of itself says how
  /// often it stopped.
  private func ours(_ name: String) throws {
    func counters() throws -> [String: Int] {
      let lines = bench.porthole("counters", name, "--json").output.split(separator: "\n")
      var found: [String: Int] = [:]
      for line in lines {
        let object = try JSONValue.parse(Array(line.utf8))
        if let name = object["name"]?.string, let value = object["value"]?.integer {
          found[name] = value
        }
      }
      return found
    }
    let before = try counters()
    let tell = #"printf "stop %d %d\n", $rdi, $rsi"#
    let commands = [
      // By the names of arguments, after the prologue.
      "break threads_beat if place == 1 && beat % 1000 == 0", "info breakpoints", "continue",
      #"printf "stop %d %d\n", place, beat"#, "continue", #"printf "stop %d %d\n", place, beat"#,
      "delete", #"dprintf *threads_beat, "turn %d of %d\n", $rsi, $rdi"#,
      "break *threads_beat+4 if $rdi == 1 && $rsi % 16 == 5", "info breakpoints", "continue",
      tell, "delete",
    ]
    let result = bench.run(
      [Workbench.tool, "repl", name, "--batch"] + commands.flatMap { ["-ex", $0] },
      milliseconds: 240_000)
    let text = result.output
    let after = try counters()
    let stops = numbers("stop", text)
    try #require(stops.count == 3, "\(text) \(result.talk)")
    #expect(text.split(separator: "\n").count { $0.contains("(target evals)") } == 3, "\(text)")
    #expect(stops[0][0] == 1 && stops[0][1] % 1000 == 0, "\(text)")
    #expect(stops[1] == [1, stops[0][1] + 1000], "\(text)")
    // Between those two alone a thousand turns of each fiber came by.
    let passed = (after["agent.passed"] ?? 0) - (before["agent.passed"] ?? 0)
    let stopped = (after["agent.stops"] ?? 0) - (before["agent.stops"] ?? 0)
    #expect(passed >= 1000 && (3..<24).contains(stopped), "\(passed) \(stopped)")
    // Each turn up to the last stop was printed once, in order.
    let turns = text.split(separator: "\n").filter { $0.hasSuffix(" of 1") }
      .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
    let first = try #require(turns.first, "\(text)")
    #expect(turns == Array(first..<(first + turns.count)) && turns.last == stops[2][1], "\(text)")
  }

  @Test("the agent allocates nothing in a session that does a bit of everything")
  func allocations() throws {
    let mark = ["continue", #"printf "mark %ld %ld\n", $rdi, $rsi"#]
    let (text, _) = try gdb(
      ["break *threads_mark"] + mark + mark + [
        "info threads", "thread apply all bt 3", "x/64xb $rsp", "monitor help", "info mem",
        "find $sp, +4096, (char)0x5a", "stepi", "stepi", "next", "info registers",
        "set var *(char*)($rsp - 300) = 1", "monitor profile start 500",
        "break *threads_beat if $rdi == 1 && $rsi == 0",
        #"dprintf *threads_beat+4,"turn %ld of %d %s\n", $rsi, $rdi, $rsp"#,
      ] + mark + ["monitor profile top 5", "monitor profile stop", "delete", "detach"])
    let marks = numbers("mark", text)
    try #require(marks.count == 3 && marks.allSatisfy { $0.count == 2 }, "\(text)")
    #expect(text.split(separator: "\n").count { $0.hasPrefix("turn ") } > 60, "\(text)")
    // The guest's own sleeps allocate; between the last two marks the agent was entered hundreds of
    // times beside, and there must be no more than between the first two.
    let before = (marks[1][0] - marks[0][0], marks[1][1] - marks[0][1])
    let after = (marks[2][0] - marks[1][0], marks[2][1] - marks[1][1])
    let difference = after.0 * before.1 - before.0 * after.1
    #expect(abs(difference) <= 16 * before.1, "\(before), \(after): \(text)")
  }
}
