// A guest that misuses memory in the way that its console asks for: each misuse ends in a report
// that names it.

import Bytes
import Glibc
import Launcher
import Symbols
import TestSupport
import Testing

/// A misuse, what its report says, and the functions that it names by address, in order.
struct Misuse: CustomStringConvertible, Sendable {
  var key: String
  var words: [String]
  var functions: [String] = []
  var description: String { key }

  static let all = heap + seal

  /// What the page tables forbid, and the canaries.
  static let seal =
    (1...6).map { Misuse(key: "\($0)", words: ["write to", "stack overflow"]) } + [
      Misuse(key: "S", words: ["write to", "stack overflow"]),
      Misuse(key: "H", words: ["execution at", "not permitted"]),
      Misuse(key: "K", words: ["execution at", "not permitted"]),
      Misuse(key: "D", words: ["execution at", "not permitted"]),
      Misuse(key: "C", words: ["execution at", "not permitted"]),
      Misuse(key: "W", words: ["write to", "not permitted"]),
      Misuse(key: "T", words: ["write to", "not permitted"]),
      Misuse(key: "N", words: ["read from", "null page"]),
      Misuse(key: "M", words: ["write to", "null page"]),
      Misuse(key: "l", words: ["a write beyond the end of a local variable"]),
      Misuse(key: "X", words: ["execution at", "null page"]),
    ]

  static let heap = [
    Misuse(key: "g", words: ["page fault", "write to", "stack overflow"]),
    Misuse(key: "b", words: ["release of a stack that is none"]),
    Misuse(
      key: "o",
      words: ["a write beyond the end of a heap block", "40 bytes wanted, size class 64"],
      functions: ["takeBlock", "overrunBlock"]),
    Misuse(
      key: "w", words: ["a write to a heap block that was free", "40 bytes wanted"],
      functions: ["takeBlock", "writeFreedBlock", "dropBlock"]),
    Misuse(
      key: "d", words: ["free of a block that is free already", "40 bytes wanted"],
      functions: ["takeBlock", "freeTwice", "dropBlock"]),
    Misuse(
      key: "m", words: ["not the start of a block", "400 bytes wanted, size class 448"],
      functions: ["takeBlock", "freeMiddle"]),
    Misuse(key: "f", words: ["free of an address outside the heap"]),
    Misuse(
      key: "e", words: ["out of memory", "96 bytes wanted", "most in blocks of 112: "],
      functions: ["Link", "exhaustWithObjects"]),
    Misuse(
      key: "E", words: ["out of memory", "1000000000 bytes wanted", "longest free run "],
      functions: ["takeBlock", "exhaustAtOnce"]),
  ]
}

@Suite("Memory", .serialized, .timeLimit(.minutes(20)))
struct MemoryTests {
  /// What the guest's console shows up to the end of the guest, or to `end`.
  private func console(
    _ input: String, _ options: [String] = [], configuration: String = "debug",
    until end: String? = nil
  ) throws -> String {
    let image = try #require(TestImage.build("MemoryFaults", configuration))
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
      #expect(child.wait(milliseconds: 60_000) == .exited(4))
    }
    return text()
  }

  @Test("every misuse gives a complete report that names it", arguments: Misuse.all)
  func report(misuse: Misuse) throws {
    let text = try console(misuse.key, ["--memory", "16"])
    for word in misuse.words { #expect(text.contains(word), "no “\(word)” in:\n\(text)") }
    #expect(text.contains("*** end of panic"), "\(text)")
    let image = try #require(TestImage.build("MemoryFaults"))
    let symbols = try SymbolFile(path: image.symbols)
    let named = sites(text).map { symbols.symbol(covering: Address($0 - 1))?.name ?? "nothing" }
    #expect(named.count == misuse.functions.count, "\(text)")
    for (name, wanted) in zip(named, misuse.functions) {
      #expect(name.contains(wanted), "\(named) for \(misuse.functions)")
    }
  }

  /// The addresses after “at” in the lines between the cause and the registers.
  private func sites(_ text: String) -> [UInt64] {
    let lines = text.split(separator: "\n").drop { !$0.hasPrefix("*** panic") }
    return lines.prefix { !$0.hasPrefix("r15") }
      .filter { !$0.contains("execution at") }.joined(separator: "\n")
      .split(separator: " at 0x").dropFirst()
      .compactMap { UInt64($0.prefix { $0.isHexDigit }, radix: 16) }
  }

  @Test("in a release image canaries stand in Swift's functions too", arguments: ["L", "l"])
  func canaries(key: String) throws {
    let text = try console(key, ["--memory", "16"], configuration: "release")
    #expect(text.contains("*** panic: a write beyond the end of a local variable"), "\(text)")
  }

  @Test("a request that may fail fails, and nobody panics")
  func failure() throws {
    _ = try console("n", ["--memory", "16"], until: "politely refused\n")
  }

  @Test("statistics follow what is taken and given back")
  func statistics() throws {
    _ = try console("c", ["--memory", "16"], until: "statistics are right\n")
  }

  @Test(
    "stacks with guards fill memory and all of it comes back, in split pages too",
    arguments: [4, 16])
  func stacks(memory: Int) throws {
    _ = try console("s", ["--memory", "\(memory)"], until: "stacks come back\n")
  }
}
