// Applications as Linux processes: signals, slow readers, arguments; and each sample does the same
// there as on the bare machine.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Hosted", .serialized, .timeLimit(.minutes(20)))
struct HostedTests {
  let bench = Workbench()

  @Test(
    "a sample prints the same as a process, in the sandbox, and on the bare machine",
    arguments: ["Hello", "HelloAsync", "Fibers", "Timers", "Pipeline", "Blocks"])
  func samples(name: String) throws {
    let path = try #require(HostedImage.build(name)).path
    let image = try #require(TestImage.build(name))
    var ends: [(lines: [String], disk: [UInt8])] = []
    for command in [[path], [path, "--sandbox"], [image.path]] {
      let disk = bench.folder + "/disk-\(ends.count)"
      _ = bench.shell("truncate -s 1M '\(disk)'")
      let result = bench.run(
        [Workbench.tool, "run"] + command + (name == "Blocks" ? ["--disk", disk] : []))
      #expect(result.status == 0 && !result.output.isEmpty, "\(result.talk)")
      ends.append((Self.withoutTimes(result.output), Files.read(disk) ?? []))
    }
    for end in ends.dropFirst() {
      #expect(end.lines == ends[0].lines)
      #expect(end.disk == ends[0].disk)
    }
    #expect(ends[0].disk.contains { $0 != 0 } == (name == "Blocks"))
  }

  /// Lines without the times in them; in alphabetical order, for a timer that a busy host makes late
  /// may come behind another, but the last stays the last.
  private static func withoutTimes(_ output: String) -> [String] {
    var lines: [String] = []
    for line in output.split(separator: "\n") {
      var words = line.split(separator: " ")
      for index in words.indices.dropFirst() where ["ms", "us"].contains(words[index]) {
        words[index - 1] = "N"
      }
      lines.append(words.joined(separator: " "))
    }
    return lines.dropLast().sorted() + lines.suffix(1)
  }

  @Test("SIGINT and SIGTERM end it in order: what was printed is there", arguments: [2, 15])
  func signals(number: Int32) throws {
    let path = try #require(HostedImage.build("Heartbeat")).path
    for option in [[], ["--sandbox"]] {
      let child = try #require(
        bench.start([path] + option, output: bench.folder + "/out", talk: bench.folder + "/err"))
      #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("beat") == true })
      #expect(kill(child.pid, number) == 0)
      #expect(child.wait(milliseconds: 60_000) == .exited(128 + number))
    }
  }

  @Test("a reader that takes nothing does not hold up the loop, and loses only what is too much")
  func slowReader() throws {
    let path = try #require(HostedImage.build("FiberChecks")).path
    // 'w' has it write 1 MB, count its timer's ticks meanwhile, and say so on the way out.
    let result = bench.shell(
      """
      { sleep 1; printf w; sleep 9; } | '\(path)' 2>'\(bench.folder)/err' \
        | { sleep 9; cat >'\(bench.folder)/out'; }
      """)
    #expect(result.status == 0)
    let text = Files.text(bench.folder + "/out") ?? ""
    #expect(text.contains("dropped some, ticks went on"), "\(text.suffix(200))")
    // The buffer and the pipe, 64 KiB each, and no more.
    #expect((65_536...200_000) ~= text.utf8.count, "\(text.utf8.count)")
  }

  @Test("a wrong command line is refused with status 2")
  func usage() throws {
    let path = try #require(HostedImage.build("Blocks")).path
    for words in [["--disk", "/nonexistent"], ["--disk"], ["--what"], ["-x"]] {
      let result = bench.run([path] + words)
      #expect(result.status == 2 && !result.talk.isEmpty, "\(words): \(result.talk)")
    }
    #expect(bench.run([path, "word", "--", "--what"]).status == 1)
  }
}
