// Applications as Linux processes: signals, slow readers, disks, arguments; gdb finds its way in
// them; and each sample does the same there as on the bare machine.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Hosted", .serialized, .timeLimit(.minutes(20)))
struct HostedTests {
  let bench = Workbench()

  @Test(
    "a sample prints the same as a process, in the sandbox, and on the bare machine",
    arguments: ["Hello", "HelloAsync", "Fibers"])
  func samples(name: String) throws {
    let path = try #require(HostedImage.build(name)).path
    let plain = bench.run([path])
    let boxed = bench.run([path, "--sandbox"])
    #expect(plain.status == 0 && !plain.output.isEmpty, "\(plain.talk)")
    #expect(boxed.status == 0 && boxed.output == plain.output, "\(boxed.talk)")
    let image = try #require(TestImage.build(name))
    let bare = bench.porthole("run", image.path)
    #expect(bare.status == 0 && bare.output == plain.output, "\(bare.talk)")
  }

  @Test("SIGINT and SIGTERM end it in order: what was printed is there", arguments: [2, 15])
  func signals(number: Int32) throws {
    let path = try #require(HostedImage.build("Heartbeat")).path
    for option in [[], ["--sandbox"]] {
      let child = try #require(
        bench.start([path] + option, output: bench.folder + "/out", talk: bench.folder + "/err"))
      #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("beat") == true })
      #expect(kill(child.pid, number) == 0)
      #expect(child.wait(milliseconds: 10_000) == .exited(128 + number))
    }
  }

  @Test("a reader that takes nothing does not hold up the loop, and loses only what is too much")
  func slowReader() throws {
    let path = try #require(HostedImage.build("FiberChecks")).path
    // 'w' has it write 1 MB, count its timer's ticks meanwhile, and say so on the way out.
    let result = bench.shell(
      """
      { sleep 1; printf w; sleep 3; } | '\(path)' 2>'\(bench.folder)/err' \
        | { sleep 3; cat >'\(bench.folder)/out'; }
      """)
    #expect(result.status == 0)
    let text = Files.text(bench.folder + "/out") ?? ""
    #expect(text.contains("dropped some, ticks went on"), "\(text.suffix(200))")
    // The buffer and the pipe, 64 KiB each, and no more.
    #expect((65_536...200_000) ~= text.utf8.count, "\(text.utf8.count)")
  }

  @Test("a disk is a file: Blocks finds its pattern again, and so do we")
  func disk() throws {
    let path = try #require(HostedImage.build("Blocks")).path
    let file = bench.folder + "/disk"
    _ = bench.shell("truncate -s 1000100 '\(file)'")
    for option in [[], ["--sandbox"]] {
      let result = bench.run([path] + option + ["--disk", file])
      #expect(result.status == 0, "\(result.output)\(result.talk)")
      #expect(result.output.hasPrefix("disk of 1953 blocks of 512 bytes\n"))
    }
    #expect(Files.read(file)?.contains { $0 != 0 } == true)
    #expect(bench.run([path]).status == 1)
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

  @Test("gdb breaks by name and shows the whole stack, in a fiber too")
  func gdb() throws {
    let path = try #require(HostedImage.build("FiberChecks")).symbols
    let result = bench.shell(
      """
      printf p | gdb -nx -batch -ex 'set breakpoint pending off' \
        -ex 'rbreak ^.*FiberChecks.*badInner' -ex run -ex bt '\(path)' 2>&1
      """)
    let rows = result.output.split(separator: "\n").filter { $0.hasPrefix("#") }
    #expect(rows.first?.contains("badInner") == true, "\(result.output)")
    #expect(rows.dropFirst().first?.contains("badOuter") == true)
    #expect(rows.last?.contains("fiber_entry") == true)
    #expect(rows.count >= 5 && !result.output.contains("Backtrace stopped"))
  }
}
