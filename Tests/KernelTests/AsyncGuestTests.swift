// Swift concurrency on the event loop, in a guest of its own: the embedded runtime and the hooks
// only meet there. The same sources run as a Linux process and on the bare machine under QEMU.

import Glibc
import Testing

@Suite("Async on the event loop", .serialized)
struct AsyncGuestTests {
  static let expected = [
    "group 5050 lets 10103",
    "stream 499500 in order true",
    "sleepers 200 in order true early false",
    "cancelled asleep true timers 0",
    "cancelled before true timers 0",
    "callback 42",
    "busy tasks and a timer",
    "group cancelled 10 timers 0",
    "done",
  ]

  @Test("a Linux process runs all kinds of async work as Swift promises")
  func hosted() throws {
    let image = try #require(Self.build("host"))
    #expect(Self.output(of: "timeout 60 '\(image)' </dev/null") == Self.expected)
  }

  @Test("the bare machine does the same")
  func bare() throws {
    let image = try #require(Self.build("x86_64"))
    let machine = "microvm,x-option-roms=off,rtc=off,acpi=off,pic=off,pit=off"
    let lines = Self.output(
      of: """
        timeout 60 qemu-system-x86_64 -M \(machine) -accel tcg -m 8 -kernel '\(image)' \
        -nodefaults -no-user-config -display none -serial stdio -no-reboot \
        -device isa-debug-exit,iobase=0xf4,iosize=0x4 </dev/null
        """)
    #expect(lines == Self.expected)
  }

  /// Builds the guest and returns the image's path, the last line the recipe prints.
  static func build(_ architecture: String) -> String? {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return output(
      of: "cd '/\(root)' && sh Kernel/Boot/build.sh \(architecture) AsyncChecks debug 2>/dev/null"
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
