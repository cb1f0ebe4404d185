// The lints on guests: each is provoked by one ailment of Tests/Guests/Ailing, in the order from the
// harmless to those that it does not survive; on healthy guests they say nothing.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

@Suite("Lints on guests", .serialized, .timeLimit(.minutes(15)))
struct LintGuestTests {
  /// What is looked for after a key, and for how many seconds.
  static let ailments: [(key: String, lint: String, subject: String, seconds: String)] = [
    ("h", "heap-growth", "heap.inUse", "3"), ("l", "log-flood", "log", "3"),
    ("d", "timer-drift", "timers", "2"), ("b", "blocked-loop", "timers", "4"),
    ("n", "never-ready", "forlorn", "3"), ("i", "interrupt-storm", "storm", "2"),
    ("f", "starved-task", "queued", "5"), ("w", "lost-wake-up", "timers", "4"),
  ]

  /// A guest that obeys keys, and the end of the pipe that they go into.
  private func ail(_ bench: Workbench) throws -> Int32 {
    let image = try #require(TestImage.build("Ailing"))
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    _ = try #require(
      bench.start(
        [Workbench.tool, "run", image.path, "--name", "ailing", "--memory", "32"],
        input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err"))
    try #require(bench.waits { self.console(bench).contains("ready") })
    return ends[1]
  }

  private func console(_ bench: Workbench) -> String { Files.text(bench.folder + "/out") ?? "" }

  private func lint(_ bench: Workbench, _ seconds: String) throws -> [JSONValue] {
    let result = bench.porthole(
      "lint", "ailing", "--seconds", seconds, "--patience", "2", "--json")
    try #require(result.status == 0 || result.status == 1, "\(result.talk)")
    let lines = try result.output.split(separator: "\n").map {
      try JSONValue.parse(text: String($0))
    }.filter { $0["lint"] != nil }
    #expect((result.status == 1) == !lines.isEmpty)
    return lines
  }

  @Test("each ailment is found, with its evidence")
  func ailing() throws {
    let bench = Workbench()
    let input = try ail(bench)
    defer { close(input) }
    for (key, wanted, subject, seconds) in Self.ailments {
      // Without interrupts the console takes no key and says nothing any more.
      let isDeaf = key == "w"
      try press(key, input, bench, isAnswered: !isDeaf)
      let found = try lint(bench, seconds)
      let own = found.first { $0["lint"]?.string == wanted }
      #expect(own?["subject"]?.string == subject, "\(key): \(found)")
      #expect(own?["evidence"]?.string?.isEmpty == false)
      try press(".", input, bench, isAnswered: !isDeaf)
    }
  }

  /// Presses a key, and waits until it was obeyed.
  private func press(
    _ key: String, _ input: Int32, _ bench: Workbench, isAnswered: Bool
  ) throws {
    let answers = console(bench).split(separator: "\n").count
    _ = Files.write(Array(key.utf8), to: input)
    guard isAnswered else { return }
    try #require(bench.waits { self.console(bench).split(separator: "\n").count > answers })
  }

  @Test("a handler that does not come back, and a stack nearly used up")
  func severe() throws {
    let bench = Workbench()
    let input = try ail(bench)
    defer { close(input) }
    _ = Files.write(Array("s".utf8), to: input)
    try #require(bench.waits { self.console(bench).contains("so be it") })
    let found = try lint(bench, "1")
    #expect(found.first?["lint"]?.string == "stack-nearly-used", "\(found)")
    #expect(found.first?["subject"]?.string == "deep")
    _ = Files.write(Array("x".utf8), to: input)
    #expect(
      bench.waits {
        let found = (try? self.lint(bench, "2")) ?? []
        return found.contains { $0["lint"]?.string == "blocked-loop" }
      })
  }

  @Test(
    "healthy guests are not complained of",
    arguments: ["Heartbeat", "Pipeline", "Fibers", "Timers", "Blocks"])
  func healthy(sample: String) throws {
    let bench = Workbench()
    let image = try #require(TestImage.build(sample))
    // Time is counted in instructions: no load of the host makes a timer late.
    let started = bench.porthole("run", image.path, "--name", "well", "--detach", "--icount")
    try #require(started.status == 0, "\(started.talk)")
    // What has just been started tells nothing yet.
    if sample == "Heartbeat" {
      try #require(bench.waits { bench.porthole("counters", "well").status == 0 })
    }
    // Those that end by themselves may be gone before, or while, they are looked at.
    let result = bench.porthole("lint", "well", "--seconds", sample == "Heartbeat" ? "3" : "1")
    #expect(result.status != 1 || result.output.isEmpty, "\(sample): \(result.output)")
    if sample == "Heartbeat" { #expect(result.status == 0, "\(result.output) \(result.talk)") }
  }
}
