// The sandbox of hosted programs, found out from outside: every system call is tried, and what
// survives must be what SANDBOX.md says.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Sandbox", .serialized, .timeLimit(.minutes(10)))
struct SandboxTests {
  let bench = Workbench()

  /// What became of a guest in the sandbox that made the call that `input` describes.
  private func fate(_ path: String, _ input: String) -> Int32? {
    bench.shell("echo '\(input)' | '\(path)' --sandbox", milliseconds: 10_000).status
  }

  /// A guest that is killed by SIGSYS, as the shell tells it.
  private static let killed = 128 + SIGSYS

  @Test("the calls that get through are those of SANDBOX.md, and no others")
  func list() throws {
    let path = try #require(HostedImage.build("SandboxProbe")).path
    let numbers = Self.numbers()
    try #require(numbers.count > 300 && numbers["read"] == 0)
    var open: Set<String> = []
    for (name, number) in numbers where fate(path, "\(number)") != Self.killed {
      open.insert(name)
    }
    let page = try #require(Files.text(Workbench.root + "/Kernel/Hosted/SANDBOX.md"))
    var documented: Set<String> = []
    for line in page.split(separator: "\n") where line.hasPrefix("| `") {
      let cell = line.dropFirst(2).prefix { $0 != "|" }
      documented.formUnion(cell.split(separator: " ").map { String($0.filter { $0 != "`" }) })
    }
    // Aimed at process 0, not at itself: the filter must refuse that.
    #expect(documented.remove("tgkill") != nil)
    #expect(open == documented)
  }

  @Test("what is allowed in part is refused in the other part, and other ABIs altogether")
  func parts() throws {
    let path = try #require(HostedImage.build("SandboxProbe")).path
    // mmap and mprotect: their third argument is the protection, 4 is PROT_EXEC.
    #expect(fate(path, "9 0 0") == 7 && fate(path, "9 0 4") == Self.killed)
    #expect(fate(path, "10 0 3") == 7 && fate(path, "10 0 5") == Self.killed)
    // getpid as x32 has it (bit 30), and by the 32-bit entry.
    #expect(fate(path, "39") == 7 && fate(path, "\(39 + 0x4000_0000)") == Self.killed)
    #expect(fate(path, "-") == Self.killed)
    // No call at all, and one beyond the last.
    #expect(fate(path, "100000") == Self.killed)
  }

  @Test("without the option nothing is refused")
  func optional() throws {
    let path = try #require(HostedImage.build("SandboxProbe")).path
    #expect(bench.shell("echo 110 | '\(path)'").status == 7)  // getppid
  }

  /// The calls of x86-64 by name, as the C library's header has them.
  private static func numbers() -> [String: Int] {
    let header = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
    var numbers: [String: Int] = [:]
    for line in (Files.text(header) ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, words[1].hasPrefix("__NR_") else { continue }
      numbers[String(words[1].dropFirst(5))] = Int(words[2])
    }
    return numbers
  }
}
