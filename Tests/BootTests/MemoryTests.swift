// A guest that misuses memory in the way that its console asks for: each misuse ends in a report
// that names it.

import Glibc
import Launcher
import TestSupport
import Testing

/// A misuse, and what its report says.
struct Misuse: CustomStringConvertible, Sendable {
  var key: String
  var words: [String]
  var description: String { key }

  static let all = [
    Misuse(key: "g", words: ["page fault", "write to", "stack overflow"]),
    Misuse(key: "b", words: ["release of a stack that is none"]),
  ]
}

@Suite("Memory", .serialized, .timeLimit(.minutes(20)))
struct MemoryTests {
  /// What the guest's console shows up to the end of the guest, or to `end`.
  private func console(
    _ input: String, _ options: [String] = [], until end: String? = nil
  ) throws -> String {
    let image = try #require(TestImage.build("MemoryFaults"))
    let bench = Workbench()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    // The pipe stays open: the end of the input must not end the console.
    defer { for end in ends { close(end) } }
    let run = bench.start(
      [Workbench.tool, "run", image.path, "--name", "misuser", "--on-panic", "exit"] + options,
      input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err")
    let child = try #require(run)
    func text() -> String { Files.text(bench.folder + "/out") ?? "" }
    #expect(bench.waits { text().contains("ready") })
    #expect(Files.write(Array(input.utf8), to: ends[1]))
    if let end {
      #expect(bench.waits { text().contains(end) }, "\(text())")
    } else {
      #expect(child.wait(milliseconds: 20_000) == .exited(4))
    }
    return text()
  }

  @Test("every misuse gives a complete report that names it", arguments: Misuse.all)
  func report(misuse: Misuse) throws {
    let text = try console(misuse.key, ["--memory", "16"])
    for word in misuse.words { #expect(text.contains(word), "no “\(word)” in:\n\(text)") }
    #expect(text.contains("*** end of panic"), "\(text)")
  }

  @Test(
    "stacks with guards fill memory and all of it comes back, in split pages too",
    arguments: [4, 16, 64])
  func stacks(memory: Int) throws {
    _ = try console("s", ["--memory", "\(memory)"], until: "stacks come back\n")
  }
}
