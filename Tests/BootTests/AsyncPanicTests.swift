// A panic in a task that was resumed: the report's stack goes from the application's frames over
// the concurrency runtime, which keeps no frame pointers, to the loop and the boot code. What it
// must say follows from the guest's source (Faults.swift, letter `a`).

import Bytes
import Glibc
import Launcher
import Symbols
import TestSupport
import Testing

@Suite("Panics in tasks", .serialized, .timeLimit(.minutes(20)))
struct AsyncPanicTests {
  /// A row of the report's stack: a function, or the mark of missing frames.
  enum Row: Equatable {
    case function(String)
    case gap
  }

  @Test(
    "the stack is whole but for a gap that is marked", arguments: ["debug", "release"])
  func stack(configuration: String) throws {
    let image = try #require(TestImage.build("Faults", configuration))
    let bench = Workbench()
    let text = try report(bench, image)
    #expect(text.contains("*** panic: in a task"))
    let rows = try rows(text, SymbolFile(path: image.symbols))
    let gaps = rows.indices.filter { rows[$0] == .gap }
    try #require(gaps.count == 1, "\(text)")
    let inner = names(rows[..<gaps[0]])
    // The callers inside the application, each in the one before it, nothing in between.
    let begin = try #require(inner.firstIndex { $0.hasPrefix("first(") }, "\(inner)")
    #expect(
      inner[begin...].prefix(4).map { String($0.prefix { $0 != "(" }) }
        == ["first", "second", "third", "deeper"])
    // One frame of the runtime is certain: the return address of the frame above it.
    #expect(inner.count == begin + 5, "\(inner)")
    let outer = names(rows[(gaps[0] + 1)...])
    // Above: the executor, the loop, the entry point, the boot code, in this order.
    var expected = ["runBatch", "run", "Faults_main", "x86_start"]
    if configuration == "debug" {
      expected = [
        "runBatch", "serveOne", "step", "run", "main", "$main", "Faults_main", "x86_start",
      ]
    }
    var left = outer[...]
    for name in expected {
      let found = left.firstIndex { bare($0) == name }
      let place = try #require(found, "no \(name) in \(outer)")
      left = left[(place + 1)...]
    }
    #expect(bare(outer[0]) == "runBatch", "\(outer)")
    #expect(left.count == 1, "above x86_start stands the entry code alone: \(outer)")
  }

  /// Boots the guest, has it panic, and returns what it wrote.
  private func report(_ bench: Workbench, _ image: TestImage) throws -> String {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let run = try #require(
      bench.start(
        [Workbench.tool, "run", image.path, "--memory", "16", "--on-panic", "exit"],
        input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err"))
    #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("ready") == true })
    #expect(Files.write(Array("a".utf8), to: ends[1]))
    #expect(run.wait(milliseconds: 60_000) == .exited(4))
    return Files.text(bench.folder + "/out") ?? ""
  }

  /// The report's stack, innermost first, with the functions that were inlined.
  private func rows(_ text: String, _ symbols: SymbolFile) throws -> [Row] {
    var rows: [Row] = []
    for line in text.split(separator: "\n") {
      if line.contains("... (runtime frames") { rows.append(.gap) }
      let words = line.split(separator: " ")
      guard words.first?.hasPrefix("#") == true, words.count > 1 else { continue }
      let address = try #require(UInt64(words[1].dropFirst(2), radix: 16))
      // A return address belongs to the call before it.
      let frames = symbols.frames(at: Address(words[0] == "#0" ? address : address - 1))
      rows += frames.map { .function($0.function) }
    }
    return rows
  }

  private func names(_ rows: ArraySlice<Row>) -> [String] {
    rows.compactMap { if case .function(let name) = $0 { name } else { nil } }
  }

  /// `EventLoop.run()` is `run`.
  private func bare(_ name: String) -> String {
    String(name.prefix { $0 != "(" }.split(separator: ".").last ?? "")
  }
}
