// Swift concurrency on the event loop, in a guest of its own: the embedded runtime and the hooks
// only meet there. The same sources run as a Linux process and on the bare machine under QEMU.

import Glibc
import Testing

@Suite("Async on the event loop", .serialized)
struct AsyncGuestTests {
  /// What every build prints.
  static let common = [
    "group 5050 lets 10103",
    "stream 499500 in order true",
    "sleeps early false false false",
    "cancelled asleep true",
    "cancelled before true",
    "group cancelled 10",
    "checked true",
    "half 4",
    "refused 11",
    "in time 7 late true refused 12 cancelled true",
    "handler 1",
    "main actor 2000 refused true after 2001 model 2",
    "throwing -50 plain 7 cancelled 0 then nil",
    "ends -5996 0 0 refused 6 finished cancelled finished",
  ]

  /// What the builds with the event loop as executor print between that and "done".
  static let loop = [
    "sleepers 200 in order true early false",
    "callback 42",
    "busy tasks and a timer",
    "records true true true",
    "idle true true",
    "timed true true true",
    "timers left 0",
    "network echo 400000 whole true",
    "network listener ends true",
    "network 127.0.0.1: nobody listens at that port",
    "network nowhere.example: no name server is known: porthole.dns=ADDRESS names one",
    "network a b: that is neither a name nor an address",
    "network late true cancelled true",
    "network broken off true",
    "network datagram true true",
    "network closed true",
  ]

  @Test("a Linux process runs all kinds of async work as Swift promises")
  func hosted() throws {
    let image = try #require(Self.build("host"))
    let lines = Self.output(of: "timeout 60 '\(image)' </dev/null")
    #expect(lines == Self.common + Self.loop + ["done"])
  }

  @Test("the bare machine does the same", arguments: ["debug", "release"])
  func bare(configuration: String) throws {
    let image = try #require(Self.build("x86_64", configuration))
    let machine = "microvm,x-option-roms=off,rtc=off,acpi=off,pic=off,pit=off"
    let lines = Self.output(
      of: """
        timeout 60 qemu-system-x86_64 -M \(machine) -accel tcg -cpu qemu64,+rdrand -m 8 -kernel '\(image)' \
        -nodefaults -no-user-config -display none -serial stdio -no-reboot \
        -device isa-debug-exit,iobase=0xf4,iosize=0x4 </dev/null
        """)
    #expect(lines == Self.common + Self.loop + ["done"])
  }

  @Test(
    "the same source as ordinary Swift, on Swift's own executor, does the same",
    arguments: [
      ("AsyncChecks", common + ["done"]),
      ("HelloAsync", ["Hello from a task, a millisecond later."]),
      ("Pipeline", ["the source has stopped", "1 + 4 + 9 + ... + 100 = 385"]),
    ])
  func ordinary(product: String, lines: [String]) throws {
    // Built with the tests, and beside them.
    let tests = try #require(Self.output(of: "readlink /proc/\(getpid())/exe").last)
    let folder = tests.split(separator: "/").dropLast().joined(separator: "/")
    let found = Self.output(of: "timeout 60 '/\(folder)/\(product)' </dev/null")
    guard product == "Pipeline" else { return #expect(found == lines) }
    // Swift's own executor has several threads: squares may overtake each other.
    #expect(found.map { $0.prefix { $0 != "=" } } == lines.map { $0.prefix { $0 != "=" } })
  }

  static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  /// Builds the guest and returns the image's path, the last line the recipe prints.
  static func build(_ architecture: String, _ configuration: String = "debug") -> String? {
    output(
      of: """
        cd '\(root)' && \
        sh Kernel/Boot/build.sh \(architecture) AsyncChecks \(configuration) 2>/dev/null
        """
    ).last
  }

  /// The lines that a shell command prints.
  static func output(of command: String) -> [String] {
    guard let pipe = popen(command, "r") else { return [] }
    defer { pclose(pipe) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(pipe), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
      .split(whereSeparator: \.isNewline).map(String.init)
  }
}
