// Fibers beside handlers, timers and tasks, in a guest of its own: the same checks as a Linux
// process and on the bare machine; and what a fault in a fiber looks like.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Fibers in a guest", .serialized, .timeLimit(.minutes(20)))
struct FiberGuestTests {
  static let expected = """
    red zone: 16 words
    many 201 sum 20100 left 1
    busy fiber, a timer and a task
    nested 323
    thrown -7
    crowd 7550
    done

    """
  let bench = Workbench()

  @Test("a Linux process runs them, in the sandbox too", arguments: ["", "--sandbox"])
  func hosted(option: String) throws {
    let path = try #require(HostedImage.build("FiberChecks")).path
    let (end, output) = try run(
      [path] + (option.isEmpty ? [] : [option]), key: "o", after: "\ndone\n")
    #expect(end == .exited(0) && output == Self.expected, "\(output)")
  }

  @Test("the bare machine runs them", arguments: ["debug", "release"])
  func bare(configuration: String) throws {
    let image = try #require(TestImage.build("FiberChecks", configuration))
    let (end, output) = try run(
      [Workbench.tool, "run", image.path, "--memory", "16"], key: "o", after: "\ndone\n")
    #expect(end == .exited(0) && output == Self.expected, "\(output)")
  }

  /// Runs a command, types a key once it has said something, and returns how it ended and what it
  /// wrote.
  private func run(
    _ command: [String], key: String, after words: String
  ) throws -> (end: ProcessEnd?, output: String) {
    let file = bench.folder + "/out"
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let child = try #require(
      bench.start(command, input: ends[0], output: file, talk: bench.folder + "/err"))
    try #require(
      bench.waits(milliseconds: 120_000) { Files.text(file)?.contains(words) == true },
      "\(Files.text(file) ?? "")")
    #expect(Files.write(Array(key.utf8), to: ends[1]))
    let end = child.wait(milliseconds: 60_000)
    return (end, Files.text(file) ?? "")
  }

  @Test(
    "a fault in a fiber, or a call that may not block, is one clean panic of the process",
    arguments: [
      ("s", 128 + SIGSEGV, "stack overflow"), ("p", 128 + SIGABRT, "asked to, in a fiber"),
      ("t", 128 + SIGABRT, "a blocking call in a task; await Fiber.run instead"),
      ("b", 128 + SIGABRT, "Gate.wait outside a fiber; spawn one"),
    ])
  func hostedFaults(key: String, status: Int32, words: String) throws {
    let path = try #require(HostedImage.build("FiberChecks")).path
    let result = bench.shell("printf \(key) | '\(path)'")
    #expect(result.status == status && result.talk.contains("*** panic: \(words)\n"))
  }

  @Test(
    "and of the machine, with the whole stack of the fiber",
    arguments: [
      ("s", "stack overflow", "cfaults_descend"), ("p", "asked to, in a fiber", "badOuter"),
      ("t", "a blocking call in a task; await Fiber.run instead", "runJob"),
      ("b", "Gate.wait outside a fiber; spawn one", "FiberChecks"),
    ])
  func bareFaults(key: String, words: String, frame: String) throws {
    let image = try #require(TestImage.build("FiberChecks"))
    let (end, output) = try run(
      [Workbench.tool, "run", image.path, "--memory", "16", "--on-panic", "exit"], key: key,
      after: "\ndone\n")
    #expect(end == .exited(4) && output.contains(words), "\(output)")
    let addresses = output.split(separator: "\n").compactMap { line -> String? in
      let parts = line.split(separator: " ")
      guard parts.count == 2, parts[0].hasPrefix("#") else { return nil }
      return String(parts[1])
    }
    let names = bench.run(
      ["llvm-symbolizer", "--no-demangle", "--functions", "--obj=" + image.symbols] + addresses
    ).output
    #expect(names.contains(frame), "\(names)")
    // The outermost frame is where a fiber begins; the report of an overflow is cut off before.
    if key == "p" { #expect(names.split(separator: "\n").suffix(2).first == "fiber_entry") }
  }
}
