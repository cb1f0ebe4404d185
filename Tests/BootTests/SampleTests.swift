// The samples that show how to write for the event loop say what their source promises, on the
// bare machine and as a Linux process.

import Glibc
import TestSupport
import Testing

@Suite("Samples", .serialized, .timeLimit(.minutes(20)))
struct SampleTests {
  /// Each sample, with what it prints when no time is lost.
  static let all: [(name: String, lines: [String])] = [
    (
      "Timers",
      [
        "cancelled true, and again false", "tick at 10 ms", "tick at 20 ms", "once at 25 ms",
        "tick at 30 ms", "tick at 40 ms", "0 timers left",
      ]
    ),
    ("Pipeline", ["the source has stopped", "1 + 4 + 9 + ... + 100 = 385"]),
  ]

  @Test(
    "on a machine whose time is its instructions every line comes when it should",
    arguments: all.indices, ["debug", "release"])
  func bare(index: Int, configuration: String) throws {
    let (name, lines) = Self.all[index]
    let image = try #require(TestImage.build(name, configuration))
    let bench = Workbench()
    // With `sleep=off` a halt costs no time of the host's, so its load cannot make a timer late.
    let result = bench.run([
      "qemu-system-x86_64", "-M", "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off",
      "-accel", "tcg", "-icount", "shift=0,sleep=off", "-m", "8", "-kernel", image.path,
      "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
      "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4",
    ])
    #expect(result.output.split(separator: "\n").map(String.init) == lines, "\(result.talk)")
  }

  @Test("a Linux process prints the same lines", arguments: all.indices)
  func hosted(index: Int) throws {
    let (name, lines) = Self.all[index]
    let bench = Workbench()
    let build = bench.run(
      ["sh", Workbench.root + "/Kernel/Boot/build.sh", "host", name, "debug"],
      milliseconds: 900_000)
    let image = try #require(build.output.split(separator: "\n").last, "\(build.talk)")
    let result = bench.run([String(image)])
    #expect(result.status == 0, "\(result.talk)")
    // A loaded host is late, so the words count and not the times.
    let words = result.output.split(separator: "\n").map { Self.withoutTime(String($0)) }
    #expect(words.sorted() == lines.map(Self.withoutTime).sorted(), "\(result.output)")
    #expect(words.last == lines.last)
  }

  static func withoutTime(_ line: String) -> String {
    let parts = line.split(separator: " ")
    return parts.count == 4 && parts[1] == "at" ? String(parts[0]) : line
  }
}
