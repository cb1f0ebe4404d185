// What a Linux process has for devices: files as disks, also slow ones, and descriptors that mark a
// line. A guest of its own says what it saw of them.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Hosted devices", .serialized, .timeLimit(.minutes(20)))
struct HostedDeviceTests {
  let bench = Workbench()

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

  @Test("a slow disk does not hold up the loop, and takes any number of requests")
  func slowDisk() throws {
    let path = try #require(HostedImage.build("HostedChecks")).path
    let file = bench.folder + "/disk"
    _ = bench.shell("truncate -s 1M '\(file)'")
    // strace has every fdatasync take 300 ms, and holds only the thread that makes it.
    let slow = ["strace", "-f", "-q", "-o", bench.folder + "/trace", "-e", "trace=fdatasync"]
    for option in [[], ["--sandbox"]] {
      let result = bench.run(
        slow + ["-e", "inject=fdatasync:delay_enter=300000", path] + option + [
          "--disk", file, "disk",
        ])
      #expect(result.status == 0, "\(result.talk)")
      #expect(
        result.output == """
          flush slow: true, ticks went on: true
          pending 20000
          refused with others pending
          pending 0, wrong 0

          """)
    }
    #expect(Files.text(bench.folder + "/trace")?.contains("(DELAYED)") == true)
  }

  @Test("the sandbox holds the disk's thread too")
  func threads() throws {
    let path = try #require(HostedImage.build("Heartbeat")).path
    let file = bench.folder + "/disk"
    _ = bench.shell("truncate -s 1M '\(file)'")
    for (option, mode) in [([], 0), (["--sandbox"], 2)] as [([String], Int)] {
      let child = try #require(
        bench.start(
          [path] + option + ["--disk", file], output: bench.folder + "/out",
          talk: bench.folder + "/err"))
      #expect(bench.waits { Files.text(bench.folder + "/out")?.contains("beat") == true })
      let states = bench.shell("cat /proc/\(child.pid)/task/*/status").output
        .split(separator: "\n").filter { $0.hasPrefix("Seccomp:") }
      #expect(states.count == 2 && states.allSatisfy { $0.hasSuffix("\(mode)") }, "\(states)")
      #expect(kill(child.pid, SIGTERM) == 0)
      #expect(child.wait(milliseconds: 60_000) == .exited(128 + SIGTERM))
    }
  }

  @Test("a watched descriptor marks its line once for each piece of news")
  func watch() throws {
    let path = try #require(HostedImage.build("HostedChecks")).path
    let result = bench.run([path, "pipes"])
    #expect(result.status == 0)
    let news = ["pipe", "socket"].flatMap { name in
      [
        "\(name): at first: 0 marks, 0 bytes",
        "\(name): 3 bytes: 1 marks, 3 bytes",
        "\(name): 4 bytes, left there: 2 marks, 3 bytes",
        "\(name): 5 bytes: 3 marks, 12 bytes",
        "\(name): 6 bytes in a busy loop: 4 marks, 18 bytes",
        "\(name): closed: 5 marks, 18 bytes",
      ]
    }
    let rest = [
      "a file is watched: false", "a closed descriptor is watched: false", "lines left: 59",
    ]
    #expect(result.output.split(separator: "\n").map(String.init) == news + rest)
  }
}
