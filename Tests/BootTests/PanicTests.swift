// A guest that breaks in the way its console asks for: the report is complete, the instance is
// shown as panicked and stays attachable, or `run` returns 4.

import Bytes
import Glibc
import JSON
import Launcher
import Symbols
import TestSupport
import Testing

/// One way to break, the words that its report must have, and functions that its stack must show
/// between where it broke and `outer`, innermost first.
struct Fault: CustomStringConvertible, Sendable {
  var key: String
  var words: [String]
  var calls: [String] = []
  /// Whether the stack is so deep that the report does not reach its other end.
  var isDeep = false
  var description: String { key }

  static let all = [
    Fault(key: "d", words: ["divide"]), Fault(key: "n", words: ["read from", "null page"]),
    Fault(key: "w", words: ["write to", "not permitted"]),
    Fault(key: "x", words: ["execution at", "not permitted"]),
    Fault(key: "u", words: ["run-time check"], calls: ["check"]),
    Fault(
      key: "s", words: ["stack overflow"], calls: Array(repeating: "cfaults_descend", count: 40),
      isDeep: true),
    Fault(key: "p", words: ["asked to"]),
    Fault(key: "f", words: ["free"], calls: ["cfaults_free_twice"]),
    Fault(key: "k", words: ["double fault"], calls: ["cfaults_double"]),
    // What the report needs is broken.
    Fault(key: "b", words: ["panic on a ruined heap"], calls: ["cfaults_panic_without_heap"]),
    Fault(key: "B", words: ["fault"], calls: ["allocate", "cfaults_allocate_from_ruins"]),
    Fault(key: "v", words: ["with the heap unmapped"], calls: ["cfaults_panic_without_pages"]),
    Fault(
      key: "V", words: ["write to", "not mapped"], calls: ["cfaults_fault_without_pages"]),
    Fault(
      key: "m", words: ["write to", "broken page table"], calls: ["cfaults_fault_on_ruined_entries"]
    ),
    Fault(key: "t", words: ["write to 0x00006ffffffffff8"], calls: ["cfaults_push_at"]),
    Fault(key: "T", words: ["*** panic: "], calls: ["cfaults_push_at"]),
    Fault(key: "c", words: ["null page"], calls: ["cfaults_interrupts_off"]),
    Fault(key: "i", words: ["null page"], calls: handler + ["interrupt"]),
    Fault(key: "j", words: ["null page"], calls: handler + handler + ["interrupt"]),
  ]

  private static let handler = ["handler", "cfaults_entry", "cfaults_interrupt"]
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

  @Test("a loop with interrupts off shows as hung, with where; one with them on as running")
  func loops() throws {
    let bench = Workbench()
    func listed() throws -> JSONValue {
      try JSONValue.parse(text: bench.porthole("ps", "--json").output)
    }
    let run = try start(bench, "S", [])
    // On a busy host one look may be too short for a verdict.
    var found = try listed()
    #expect(
      bench.waits {
        if let next = try? listed() { found = next }
        return found["status"]?.string == "hung"
      })
    #expect(found["suspected"]?.bool == true, "\(found)")
    let address = try #require(found["evidence"]?["lowest"]?.string)
    let place = bench.porthole("repl", "faulty", "-ex", "info symbol \(address)", "--batch")
    #expect(place.output.contains("cfaults_spin") || place.output.contains("inner"), "\(place)")
    #expect(bench.waits { bench.porthole("ps").output.contains("hung?") })
    #expect(bench.porthole("stop", "faulty").status == 0)
    _ = run.wait(milliseconds: 5000)
    _ = try start(bench, "h", [])
    for _ in 0..<5 { #expect(try listed()["status"]?.string == "running") }
  }

  @Test(
    "every way to break gives one complete report, and run returns 4",
    arguments: Fault.all)
  func report(fault: Fault) throws {
    let bench = Workbench()
    let run = try start(bench, fault.key, ["--on-panic", "exit"])
    #expect(run.wait(milliseconds: 60_000) == .exited(4))
    let text = Files.text(bench.folder + "/out") ?? ""
    try check(text, fault)
    #expect(bench.porthole("ps").output == "")
  }

  private func check(_ text: String, _ fault: Fault) throws {
    let lowered = text.lowercased()
    for word in fault.words { #expect(lowered.contains(word), "no “\(word)” in:\n\(text)") }
    checkParts(text)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("*** panic") } == 1)
    let wanted = fault.calls + (fault.isDeep ? [] : ["inner", "middle", "outer"])
    try checkStack(text, shows: wanted)
  }

  private func checkParts(_ text: String) {
    for name in Self.registers { #expect(text.contains(name + " "), "no \(name) in:\n\(text)") }
    #expect(text.contains("build id: "))
    #expect(text.contains("*** end of panic"))
  }

  /// The report's rows, looked up in the ELF file, must show these functions in this order.
  private func checkStack(_ text: String, shows wanted: [String]) throws {
    let image = try #require(TestImage.build("Faults"))
    let symbols = try SymbolFile(path: image.symbols)
    let rows = text.split(separator: "\n").compactMap { line -> UInt64? in
      let words = line.split(separator: " ")
      guard words.count == 2, words[0].hasPrefix("#") else { return nil }
      return UInt64(words[1].dropFirst(2), radix: 16)
    }
    // A return address may lie behind the function's last instruction.
    let names = rows.enumerated().compactMap { row, address in
      symbols.function(at: Address(row == 0 ? address : address - 1))?.name
    }
    var left = wanted[...]
    for name in names where left.first.map({ name.contains($0) }) == true { left.removeFirst() }
    #expect(left.isEmpty, "no \(left) in \(names)\n\(text)")
  }

  @Test("a fault in the report is told, and the report goes on")
  func nested() throws {
    let bench = Workbench()
    let run = try start(bench, "r", ["--on-panic", "exit"])
    #expect(run.wait(milliseconds: 60_000) == .exited(4))
    let text = Files.text(bench.folder + "/out") ?? ""
    #expect(text.contains("panic in the panic report: page fault"))
    #expect(text.contains("read from 0x00000000dead0000, not mapped"))
    checkParts(text)
    try checkStack(text, shows: ["x86_panic", "inner", "middle", "outer"])
  }

  @Test("without the page of the stack the report says so, and has all that can still be read")
  func noStack() throws {
    let bench = Workbench()
    let run = try start(bench, "M", ["--on-panic", "exit"])
    #expect(run.wait(milliseconds: 60_000) == .exited(4))
    let text = Files.text(bench.folder + "/out") ?? ""
    #expect(
      text.contains("\n*** panic: page fault (vector 14, error 0x0002): write to "), "\(text)")
    #expect(text.contains("panic in the panic report: page fault"))
    checkParts(text)
  }

  @Test("a panic before there is a console or a heap is reported")
  func early() throws {
    let image = try #require(TestImage.build("Faults"))
    let bench = Workbench()
    let socket = bench.folder + "/gdb"
    let guest = try #require(
      bench.start(
        [
          QEMU.executable, "-machine", "microvm", "-accel", "tcg", "-m", "8M", "-nodefaults",
          "-no-user-config", "-display", "none", "-device", "pvpanic", "-action",
          "panic=exit-failure", "-chardev", "file,id=c,path=\(bench.folder)/console", "-serial",
          "chardev:c", "-S", "-gdb", "unix:\(socket),server=on,wait=off", "-kernel", image.path,
        ], output: bench.folder + "/out", talk: bench.folder + "/err"))
    #expect(bench.waits { access(socket, F_OK) == 0 })
    // The boot information is taken away before the first line of Swift runs.
    let result = bench.run([
      "gdb", "-nx", "-batch", "-ex", "target remote \(socket)", "-ex", "break *x86_start", "-ex",
      "continue", "-ex", "set $rdi = 0", "-ex", "detach", image.symbols,
    ])
    #expect(guest.wait(milliseconds: 60_000) == .exited(1), "\(result.output)\(result.talk)")
    let text = Files.text(bench.folder + "/console") ?? ""
    #expect(text.hasPrefix("\n*** panic: no boot information"), "\(text)")
    checkParts(text)
    try checkStack(text, shows: ["x86_start"])
  }

  @Test("a guest that hangs says where when it gets a non-maskable interrupt")
  func nonMaskable() throws {
    let bench = Workbench()
    let run = try start(bench, "zh", ["--on-panic", "exit"])
    // What is obeyed first says that the other is about to be.
    #expect(bench.waits { (Files.text(bench.folder + "/out") ?? "").contains("echo 122") })
    usleep(300_000)
    let instance = try bench.registry.instance(named: "faulty")
    _ = try instance.withMonitor(milliseconds: 5000) { monitor throws(LaunchError) in
      try monitor.execute("inject-nmi", milliseconds: 5000)
    }
    #expect(run.wait(milliseconds: 60_000) == .exited(4))
    let text = Files.text(bench.folder + "/out") ?? ""
    #expect(text.contains("*** panic: non-maskable interrupt (vector 2"))
    try checkStack(text, shows: ["cfaults_hang", "inner", "middle", "outer"])
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
    #expect(run.wait(milliseconds: 60_000) != nil)
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
    #expect(run.wait(milliseconds: 60_000) == .exited(143))
  }

  @Test(
    "a guest's own exit status is run's, and no failure becomes success",
    arguments: [("o", 3), ("O", 127)])
  func powerOff(key: String, status: Int32) throws {
    let bench = Workbench()
    let run = try start(bench, key, [])
    #expect(run.wait(milliseconds: 60_000) == .exited(status))
  }

  @Test("what is typed reaches the guest's console")
  func echo() throws {
    let bench = Workbench()
    _ = try start(bench, "A", [])
    #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("echo 65") == true })
  }
}
