// Threads as the agent tells them to a debugger that knows nothing of fibers and tasks: who there
// is, whole stacks of those that do not run, and steps that follow a fiber across its switches.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("The agent's threads", .serialized, .timeLimit(.minutes(15)))
struct AgentThreadTests {
  private let bench = Workbench()

  /// What gdb prints for these commands on a guest of two fibers that take turns, one that waits
  /// for ever, and two tasks.
  private func gdb(_ commands: [String]) throws -> String {
    let image = try #require(TestImage.build("Threads", agent: true))
    let started = bench.porthole("run", image.path, "--name", "threads", "--detach")
    try #require(started.status == 0, "\(started.talk)")
    defer { _ = bench.porthole("stop", "threads") }
    let console = bench.folder + "/run/porthole/threads/console.log"
    try #require(bench.waits { Files.text(console)?.contains("ready") == true })
    let words = ["set confirm off", "set width 0"]
    let arguments =
      ["gdb", "-nx", "-batch", image.symbols]
      + (words + ["target remote \(bench.folder)/run/porthole/threads/agent"] + commands)
      .flatMap { ["-ex", $0] }
    let result = bench.run(arguments, milliseconds: 120_000)
    return result.output + result.talk
  }

  @Test("gdb lists core, fibers and tasks by name, and sees the stacks of those that wait")
  func listed() throws {
    let line = try line(of: "beats.0 &+= 1")
    let text = try gdb([
      "break Threads.swift:\(line)", "continue", "info threads", "thread apply all bt", "detach",
    ])
    for name in ["core 0", "fiber waiter (waits)", "fiber p", "task 1", "task 2"] {
      #expect(text.contains("\"\(name)"), "no \(name) in \(text)")
    }
    // The fiber that waits for ever: from the switch to where it began.
    let stacks = text.split(separator: "\nThread ").map(String.init)
    let waiter = try #require(stacks.last { $0.contains("fiber waiter") && $0.contains("#0") })
    var left = ["fiber_switch", "Gate", "Threads", "fiber_entry"][...]
    for line in waiter.split(separator: "\n") where line.hasPrefix("#") {
      if let next = left.first, line.contains(next) { left.removeFirst() }
    }
    #expect(left.isEmpty, "no \(left) in \(waiter)")
    // The core's own stack, while a fiber runs: the loop that switched to it.
    let core = try #require(stacks.last { $0.contains("\"core 0\"") && $0.contains("#0") })
    #expect(core.contains("fiber_switch") && core.contains("EventLoop"), "\(core)")
  }

  @Test("next over a call that sets the fiber aside ends on the next line, in the same fiber")
  func steps() throws {
    let line = try line(of: "Fiber.sleep(.microseconds(200))")
    let text = try gdb([
      "tbreak Threads.swift:\(line)", "continue", "printf \"thread %d\\n\", $_thread", "next",
      "printf \"thread %d\\n\", $_thread",
      // The instruction that changes stacks: its step ends when the fiber has come back.
      "tbreak fiber_switch_away", "continue", "printf \"switch %d\\n\", $_thread", "stepi",
      "printf \"switch %d\\n\", $_thread", "info symbol $pc", "detach",
    ])
    let lines = text.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("\(line + 1)\t") }, "\(text)")
    for word in ["thread ", "switch "] {
      let seen = lines.filter { $0.hasPrefix(word) }
      #expect(seen.count == 2 && seen.first == seen.last, "\(text)")
    }
    #expect(lines.last { $0.contains("in section") }?.contains("Scheduler") == true, "\(text)")
  }

  @Test("non-stop: a fiber and a task stand while the others take turns, as gdb wants it")
  func nonStop() throws {
    let image = try #require(TestImage.build("Threads", agent: true))
    let started = bench.porthole("run", image.path, "--name", "parted", "--detach")
    try #require(started.status == 0, "\(started.talk)")
    defer { _ = bench.porthole("stop", "parted") }
    let folder = bench.folder + "/run/porthole/parted/"
    try #require(bench.waits { Files.text(folder + "console.log")?.contains("ready") == true })
    let result = bench.run(
      [
        "python3", Workbench.root + "/Tests/BootTests/nonstop.py", image.symbols, folder + "agent",
        folder + "console",
      ], milliseconds: 300_000)
    #expect(result.status == 0, "\(result.output) \(result.talk)")
    // gdb has gone; nothing of it is left, and two more tasks have turns.
    let counters = bench.porthole("counters", "parted", "agent.nonstop", "--json").output
    #expect(counters.contains("agent.nonstop.parked"), "\(counters)")
    #expect(bench.porthole("ps").output.contains("running"))
  }

  @Test("non-stop at the prompt: by an instance's name, the rest of it runs on")
  func nonStopPrompt() throws {
    let image = try #require(TestImage.build("Threads", agent: true))
    let started = bench.porthole("run", image.path, "--name", "prompted", "--detach")
    try #require(started.status == 0, "\(started.talk)")
    defer { _ = bench.porthole("stop", "prompted") }
    let folder = bench.folder + "/run/porthole/prompted/"
    try #require(bench.waits { Files.text(folder + "console.log")?.contains("ready") == true })
    let result = bench.run(
      [
        "python3", Workbench.root + "/Tests/BootTests/nonstop_prompt.py", Workbench.tool,
        "prompted", image.symbols, folder + "console",
      ], milliseconds: 300_000)
    #expect(result.status == 0, "\(result.output) \(result.talk)")
  }

  private func line(of code: String) throws -> Int {
    let source = try #require(Files.text(Workbench.root + "/Tests/Guests/Threads/Threads.swift"))
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    return try #require(lines.firstIndex { $0.contains(code) }) + 1
  }
}
