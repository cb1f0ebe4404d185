// A guest that breaks in the way its console asks for: the report is complete, the instance is
// shown as panicked and stays attachable, or `run` returns 4.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

/// One way to break, and the words that its report must have.
struct Fault: CustomStringConvertible, Sendable {
  var key: String
  var words: [String]
  var description: String { key }

  static let all = [
    Fault(key: "d", words: ["divide"]), Fault(key: "n", words: ["read from", "null page"]),
    Fault(key: "w", words: ["write to", "not permitted"]),
    Fault(key: "x", words: ["execution at", "not permitted"]),
    Fault(key: "u", words: ["run-time check"]), Fault(key: "s", words: ["stack overflow"]),
    Fault(key: "p", words: ["asked to"]), Fault(key: "f", words: ["free"]),
    Fault(key: "k", words: ["double fault"]),
  ]
}

@Suite("Panics", .serialized, .timeLimit(.minutes(20)))
struct PanicTests {
  static let registers = [
    "r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "rbp", "rdi", "rsi", "rdx", "rcx", "rbx",
    "rax", "rip", "flg", "rsp", "cr0", "cr2", "cr3", "cr4",
  ]

  /// Starts the faulting guest with the given console input.
  private func start(
    _ bench: Workbench, _ input: String, _ options: [String]
  ) throws -> ChildProcess {
    let image = try #require(TestImage.build("Faults"))
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    // The pipe stays open: the end of the input must not end the console.
    defer { close(ends[1]) }
    let run = bench.start(
      [Workbench.tool, "run", image.path, "--name", "faulty", "--memory", "16"] + options,
      input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err")
    let child = try #require(run)
    #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("ready") == true })
    #expect(Files.write(Array(input.utf8), to: ends[1]))
    return child
  }

  @Test(
    "every way to break gives one complete report, and run returns 4",
    arguments: Fault.all)
  func report(fault: Fault) throws {
    let bench = Workbench()
    let run = try start(bench, fault.key, ["--on-panic", "exit"])
    #expect(run.wait(milliseconds: 20_000) == .exited(4))
    let text = Files.text(bench.folder + "/out") ?? ""
    check(text, fault)
    #expect(bench.porthole("ps").output == "")
  }

  private func check(_ text: String, _ fault: Fault) {
    let lowered = text.lowercased()
    for word in fault.words { #expect(lowered.contains(word), "no “\(word)” in:\n\(text)") }
    for name in Self.registers { #expect(text.contains(name + " "), "no \(name) in:\n\(text)") }
    #expect(text.contains("build id: "))
    #expect(text.contains("*** end of panic"))
    #expect(text.split(separator: "\n").count { $0.hasPrefix("*** panic") } == 1)
    let rows = text.split(separator: "\n").filter { $0.contains("#") }
    #expect(rows.count >= 3, "a backtrace of \(rows.count) rows:\n\(text)")
  }

  @Test("a fault in the report still ends in a second, short one")
  func nested() throws {
    let bench = Workbench()
    let run = try start(bench, "r", ["--on-panic", "exit"])
    #expect(run.wait(milliseconds: 20_000) == .exited(4))
    let text = Files.text(bench.folder + "/out") ?? ""
    #expect(text.contains("panic in the panic report"))
  }

  @Test("a panicked guest stays, is shown as panicked, and bt shows where", arguments: ["n", "s"])
  func stays(key: String) throws {
    let bench = Workbench()
    let run = try start(bench, key, [])
    #expect(bench.waits { status(bench) == "panicked" })
    let stacks = bench.porthole("bt", "faulty")
    #expect(stacks.status == 0 && stacks.output.contains("#0"), "\(stacks.talk)")
    // Having been looked at, it is still what it was.
    #expect(status(bench) == "panicked")
    #expect(bench.porthole("stop", "faulty").status == 0)
    #expect(run.wait(milliseconds: 10_000) != nil)
  }

  private func status(_ bench: Workbench) -> String? {
    let line = bench.porthole("ps", "--json").output
    return (try? JSONValue.parse(text: line))?["status"]?.string
  }

  @Test("with --on-panic reboot a panicked guest boots again")
  func reboots() throws {
    let bench = Workbench()
    let run = try start(bench, "p", ["--on-panic", "reboot"])
    #expect(
      bench.waits {
        let text = Files.text(bench.folder + "/out") ?? ""
        return text.split(separator: "\n").count { $0 == "ready" } == 2
      })
    #expect(kill(run.pid, SIGTERM) == 0)
    #expect(run.wait(milliseconds: 10_000) == .exited(143))
  }

  @Test("a guest's own exit status is run's")
  func powerOff() throws {
    let bench = Workbench()
    let run = try start(bench, "o", [])
    #expect(run.wait(milliseconds: 20_000) == .exited(3))
  }

  @Test("what is typed reaches the guest's console")
  func echo() throws {
    let bench = Workbench()
    _ = try start(bench, "A", [])
    #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("echo 65") == true })
  }
}
