// The same instance at the same time, seen through its agent and without it: the figures agree.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

@Suite("With and without the agent", .serialized, .timeLimit(.minutes(20)))
struct AgreementTests {
  private let bench = Workbench()

  private func objects(_ text: String) throws -> [JSONValue] {
    try text.split(separator: "\n").map { try JSONValue.parse(text: String($0)) }
  }

  /// The shares of the work's three functions in a profile, and how many samples they had.
  private func shares(_ text: String) throws -> (shares: [Double], samples: Int) {
    var counts = [0, 0, 0]
    for line in try objects(text) where line["activity"]?.string == "running" {
      let frames = line["frames"]?.array?.compactMap(\.string) ?? []
      for (place, name) in ["Work.seventy()", "Work.twenty()", "Work.ten()"].enumerated()
      where frames.contains(name) {
        counts[place] += line["count"]?.integer ?? 0
      }
    }
    let sum = counts.reduce(0, +)
    return (counts.map { Double($0) / Double(max(sum, 1)) }, sum)
  }

  @Test("profiles of the same seconds: by its own samples, and by stopping it for each")
  func profiles() throws {
    let image = try #require(TestImage.build("Profiles", "release", agent: true))
    try #require(bench.porthole("run", image.path, "--name", "seen", "--detach").status == 0)
    // It may take a while until there is somebody to answer.
    try #require(bench.waits { bench.porthole("counters", "seen").status == 0 })
    let agentless = try #require(
      bench.start(
        [
          Workbench.tool, "profile", "seen", "--agentless", "--seconds", "8", "--json", "--symbols",
          image.symbols,
        ], output: bench.folder + "/agentless", talk: bench.folder + "/agentless.err"))
    let own = bench.porthole(
      "profile", "seen", "--rate", "500", "--seconds", "6", "--json", "--symbols", image.symbols)
    #expect(own.status == 0 && !own.talk.contains("stopped for each sample"), "\(own.talk)")
    #expect(agentless.wait(milliseconds: 60_000) == .exited(0))
    let counted = try shares(own.output)
    let stopped = try shares(Files.text(bench.folder + "/agentless") ?? "")
    // A starved host gets few of either kind.
    try #require(counted.samples > 0 && stopped.samples > 0, "\(counted) \(stopped)")
    // Four deviations of the difference of two shares that are found with so few samples.
    let error = 4 * (0.25 / Double(stopped.samples) + 0.25 / Double(counted.samples)).squareRoot()
    for (one, other) in zip(counted.shares, stopped.shares) {
      #expect(abs(one - other) < error + 0.02, "\(counted) \(stopped)")
    }
  }

  @Test("counters: what the agent sends lies between two looks into memory, before and after")
  func counters() throws {
    let image = try #require(TestImage.build("Told", agent: true))
    try #require(bench.porthole("run", image.path, "--name", "seen", "--detach").status == 0)
    let agent = "unix:" + bench.folder + "/run/porthole/seen/agent"
    func figures(_ target: String) throws -> [String: UInt64] {
      let result = bench.porthole("counters", target, "--json")
      try #require(result.status == 0, "\(result.talk)")
      var figures: [String: UInt64] = [:]
      for line in try objects(result.output) {
        // Gauges may be below 0, and addresses are text: their names count here.
        if let name = line["name"]?.string { figures[name] = line["value"]?.unsigned ?? 0 }
      }
      return figures
    }
    try #require(bench.waits { bench.porthole("counters", "seen", "test.ticks").status == 0 })
    let (before, sent, after) = (try figures("seen"), try figures(agent), try figures("seen"))
    #expect(Set(sent.keys) == Set(after.keys))
    // What only ever grows, whatever it counts.
    for name in ["test.ticks", "test.bytes", "timers.runs", "loop.turns", "heap.allocations"] {
      let values = try [before, sent, after].map { try #require($0[name], "\(name)") }
      #expect(values == values.sorted() && values[0] < values[2], "\(name) \(values)")
    }
  }
}
