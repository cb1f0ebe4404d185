// What the tool prints of an instance that describes itself, from each source that it has: the
// guest's memory, its agent and QEMU's stub; against what the guest prints of itself.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

@Suite("Readings of a guest", .serialized, .timeLimit(.minutes(10)))
struct ReadingCommandTests {
  private struct Missing: Error {}

  @Test("counters, events, memory and log say from each source what the guest says")
  func agreed() throws {
    let guest = try ToldGuest()
    try guest.type("l", until: "logged")
    // While it runs: rates, and what a second's handlers did.
    let moving = try guest.objects(["counters", "told", "test.", "--seconds", "1"])
    guard
      case .number(let rate)? = moving.first(where: { $0["name"]?.string == "test.bytes" })?[
        "perSecond"]
    else { throw Missing() }
    #expect(rate > 1500)
    let busy = try guest.objects(["top", "told", "--seconds", "0.5"])
    let names = Set(busy.compactMap { $0["name"]?.string })
    #expect(names.isSuperset(of: ["timers", "fibers", "async", "sleeper", "waiter"]), "\(names)")

    try wait(guest)
    try trace(guest)
    try scrape(guest)

    try guest.type("p", until: "told\n")
    let lines = guest.console.split(separator: "\n")
    let begin = try #require(lines.lastIndex { $0.hasPrefix("test.ticks") })
    for target in guest.targets + [["recording:" + (try recorded(guest))]] {
      try compare(guest, target, lines[begin...])
      let log = try guest.objects(["log"] + target)
      let texts = log.compactMap { $0["text"]?.string }
      #expect(texts.suffix(10) == (0..<10).map { "line \($0)" }[...], "\(target) \(texts)")
      #expect(texts.contains("told of itself"))
    }
    try profile(guest)
    try debug(guest)
    // Text is for people: the same figures.
    let text = guest.bench.porthole("events", "told").output
    #expect(text.contains("HANDLER") && text.contains("async") && text.contains("timers armed"))
    #expect(guest.bench.porthole("counters", "told", "no.such").status == 1)
  }

  /// A recording of the guest, which changes no more; cut off in the middle it is read as well.
  private func recorded(_ guest: ToldGuest) throws -> String {
    let path = guest.bench.folder + "/told.rec"
    let done = try guest.objects(["record", "told", "-o", path, "--seconds", "1", "--rate", "10"])
    #expect(done.first?["readings"]?.integer ?? 0 > 0 && done.first?["skipped"]?.integer == 0)
    #expect(done.first?["end"]?.string == "time")
    // By the specification alone.
    let script = Workbench.root + "/Tests/BootTests/recording.py"
    let read = guest.bench.run(["/usr/bin/python3", script, path])
    let found = try? JSONValue.parse(text: read.output)
    #expect(
      found?["name"]?.string == "told" && found?["end"]?.string == "time"
        && found?["readings"] == done.first?["readings"], "\(read.output) \(read.talk)")
    let whole = try #require(Files.read(path))
    try Files.replace(path + ".cut", with: Array(whole.dropLast(30)))
    let cut = guest.bench.porthole("log", "recording:" + path + ".cut")
    #expect(cut.status == 0 && cut.output.contains("line 9") && cut.talk.contains("cut off"))
    for (words, status) in [
      (["test.ticks > 0"], 0), (["test.ticks < 1"], 1), (["loop.turns > 0", "--now"], 0),
    ] as [([String], Int32)] {
      let result = guest.bench.run([Workbench.tool, "wait-for", "recording:" + path] + words)
      #expect(result.status == status, "\(words) \(result.talk)")
    }
    let lint = guest.bench.porthole("lint", "recording:" + path)
    #expect(lint.output.contains("lints") || lint.status == 1, "\(lint.talk)")
    let trace = guest.bench.porthole("trace", "recording:" + path, "--json")
    #expect(trace.status == 0 && trace.output.contains("trace-summary"), "\(trace.talk)")
    let metrics = guest.bench.porthole("export", "recording:" + path)
    #expect(metrics.output.contains("test_ticks"), "\(metrics.output.prefix(500))")
    return path
  }

  /// Conditions: true, false, never, of what does not exist.
  private func wait(_ guest: ToldGuest) throws {
    for (words, status) in [
      (["test.ticks > 10 and rate(test.bytes) > 1500 and state == running", "--timeout", "60"], 0),
      (["p50(handlers.timers.run) < 1h and log ~ \"told of itself\"", "--now"], 0),
      (["loop.turns < 1", "--now"], 1), (["test.ticks == 1", "--timeout", "0.3"], 124),
      (["test.tick > 1"], 2), (["test.ticks >"], 2),
    ] as [([String], Int32)] {
      let result = guest.bench.run([Workbench.tool, "wait-for", "told"] + words)
      #expect(result.status == status, "\(words) \(result.talk)")
    }
    let unknown = guest.bench.porthole("wait-for", "told", "test.tick > 1")
    #expect(unknown.talk.contains("did you mean test.ticks"), "\(unknown.talk)")
  }

  /// All runs of half a second, and then again only the slow ones.
  private func trace(_ guest: ToldGuest) throws {
    for target in guest.targets.prefix(2) {
      let objects = try guest.objects(["trace"] + target + ["--seconds", "1"])
      let runs = objects.filter { $0["schema"]?.string == "porthole.trace/1" }
      let timers = runs.filter { $0["handler"]?.string == "timers" }.compactMap {
        $0["begin"]?.unsigned
      }
      #expect(timers.count > 10 && timers == timers.sorted(), "\(target) \(runs)")
      #expect(runs.contains { $0["handler"]?.string == "async" }, "\(target)")
      let least = try guest.objects(["counters", "told", "trace.least"]).first?["value"]?.integer
      #expect(least == 10_000_000)
    }
  }

  /// Debian's Prometheus scrapes what it is told over HTTP.
  private func scrape(_ guest: ToldGuest) throws {
    let talk = guest.bench.folder + "/export.err"
    let export = try #require(
      guest.bench.start(
        [Workbench.tool, "export", "--listen", "127.0.0.1:0"],
        output: guest.bench.folder + "/export.out", talk: talk))
    try #require(guest.bench.waits { Files.text(talk)?.contains("/metrics\n") == true })
    let port = try #require(
      Files.text(talk)?.split(separator: ":").last?.split(separator: "/").first.map(String.init))
    let result = guest.bench.run(
      [
        "/usr/bin/python3", Workbench.root + "/Tests/ExchangeTests/scrape.py", port,
        "porthole_test_ticks_total",
      ], milliseconds: 90_000)
    kill(export.pid, SIGTERM)
    let found = try JSONValue.parse(text: result.output.trimmed)
    #expect(found["labels"]?["instance"]?.string == "told", "\(result)")
    guard case .number(let ticks)? = found["value"] else { throw Missing() }
    #expect(ticks > 10)
    #expect(export.wait(milliseconds: 60_000) == .exited(130))
  }

  /// It works for ever in one function: that is the profile, from memory and over the link.
  private func profile(_ guest: ToldGuest) throws {
    let pausing = ["told", "--agentless"]
    for target in guest.targets.prefix(2) + [pausing] {
      let lines = try guest.objects(
        ["profile"] + target + ["--rate", "100", "--seconds", "1.5", "--symbols", guest.symbols])
      let running = lines.filter { $0["activity"]?.string == "running" }
      func sum(_ lines: [JSONValue]) -> Int { lines.reduce(0) { $0 + ($1["count"]?.integer ?? 0) } }
      let whole = sum(running)
      let known = sum(
        running.filter { $0["frames"]?.array?.contains { $0.string == "Work.tell()" } == true })
      // On a slow host pauses are long, and so that they take little of the guest's time, few.
      let least = target == pausing ? 1 : 10
      #expect(whole >= least && known * 10 >= whole * 9, "\(target) \(known) of \(whole)")
      // Who waits is not on a core, which is all that a pause shows.
      if target == pausing { continue }
      let waits = lines.filter { $0["activity"]?.string == "waiting" }
      #expect(
        waits.contains { $0["frames"]?.array?.contains { $0.string == "Gate.wait()" } == true },
        "\(waits)")
    }
    let folded = guest.bench.porthole(
      "profile", "told", "--seconds", "0.3", "--format", "collapsed", "--symbols", guest.symbols)
    #expect(folded.output.contains(";Work.tell() "), "\(folded.output) \(folded.talk)")
    #expect(try guest.objects(["counters", "told", "profile.rate"]).first?["value"]?.integer == 0)
  }

  /// A whole session of a debugger, while the guest might be inside the allocator: nothing is
  /// allocated for it.
  private func debug(_ guest: ToldGuest) throws {
    func allocations() throws -> Int? {
      try guest.objects(["counters", "told", "heap.allocations"]).first?["value"]?.integer
    }
    let before = try allocations()
    let agent = guest.bench.folder + "/run/porthole/told/agent"
    let commands = [
      "set confirm off", "target remote " + agent, "info threads", "thread apply all bt 8",
      "info registers", "x/512xb $sp", "monitor help", "tbreak *$pc", "continue", "stepi", "stepi",
      "hbreak *$pc", "continue", "delete", "set var $rax = $rax", "compare-sections .rodata",
      "detach",
    ]
    let session = guest.bench.run(
      ["gdb", "-nx", "-batch", guest.symbols] + commands.flatMap { ["-ex", $0] },
      milliseconds: 120_000)
    #expect(session.output.contains("waiter"), "\(session.output) \(session.talk)")
    #expect(session.output.contains("Temporary breakpoint 1, "), "\(session.output)")
    #expect(try allocations() == before && before != nil)
  }

  private func compare(_ guest: ToldGuest, _ target: [String], _ lines: ArraySlice<Substring>)
    throws
  {
    let counters = try guest.objects(["counters"] + target)
    let events = try guest.objects(["events"] + target)
    let memory = try guest.objects(["memory"] + target)
    var compared = 0
    for line in lines {
      let words = line.split(separator: " ")
      let numbers = words.dropFirst().compactMap { Int($0) }
      switch words.first {
      case "handler":
        let row = events.first { $0["handler"]?.string == String(words[1]) }
        var told = [row?["runs"]?.integer]
        for part in ["delay", "run"] {
          for figure in ["p50", "p99", "max", "total"] {
            told.append(row?[part]?[figure]?.integer)
          }
        }
        #expect(told == numbers, "\(target) \(line)")
      case "class":
        let row = memory.first { $0["size"]?.integer == numbers[0] }
        #expect(row?["live"]?.integer == numbers[1], "\(target) \(line)")
      case .some(let name):
        let row = counters.first { $0["name"]?.string == String(name) }
        guard let value = row?["value"]?.integer else { continue }
        #expect(value == numbers.first, "\(target) \(line)")
      default: continue
      }
      compared += 1
    }
    #expect(compared > 14)
  }

  @Test("a debug image needs no agent to be read; another tells nothing, and the tool what to do")
  func silent() throws {
    let bench = Workbench()
    let debug = try #require(TestImage.build("Heartbeat"))
    #expect(bench.porthole("run", debug.path, "--name", "open", "--detach").status == 0)
    defer { _ = bench.porthole("stop", "open") }
    #expect(bench.waits { bench.porthole("counters", "open", "timers.runs").output.count > 8 })
    #expect(bench.porthole("events", "open").output.contains("async"))
    let link = "unix:" + bench.folder + "/run/porthole/open/agent"
    #expect(bench.porthole("counters", link).status != 0)
    let image = try #require(TestImage.build("Heartbeat", "release"))
    #expect(bench.porthole("run", image.path, "--name", "mute", "--detach").status == 0)
    defer { _ = bench.porthole("stop", "mute") }
    let result = bench.porthole("counters", "mute")
    #expect(result.status == 1 && result.talk.contains("--agent"), "\(result.talk)")
    let stub = bench.porthole("log", "gdb:" + bench.folder + "/run/porthole/mute/gdb")
    #expect(stub.status != 0 && stub.talk.contains("--symbols"), "\(stub.talk)")
    #expect(bench.porthole("events", "unix:/nonexistent").status == 3)
  }
}

extension String {
  fileprivate var trimmed: String { String(split(separator: "\n").first ?? "") }
}

extension ToldGuest {
  /// The objects that a command prints.
  fileprivate func objects(_ arguments: [String]) throws -> [JSONValue] {
    let result = bench.run([Workbench.tool] + arguments + ["--json"])
    try #require(result.status == 0, "\(arguments) \(result.talk)")
    return try result.output.split(separator: "\n").map { try JSONValue.parse(text: String($0)) }
  }

  /// The targets that mean this guest: its memory, its agent, QEMU's stub.
  fileprivate var targets: [[String]] {
    let folder = bench.folder + "/run/porthole/told/"
    return [
      ["told"], ["unix:" + folder + "agent"], ["qemu:" + folder + "gdb", "--symbols", symbols],
    ]
  }
}
