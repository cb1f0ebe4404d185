// What a guest learns from outside: the time of day and its arguments; and that power-off and reset
// do what they say with whatever the machine type has for it.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Facts from outside", .serialized, .timeLimit(.minutes(20)))
struct FactsTests {
  /// Runs the guest directly, so that a test can leave devices out.
  private func run(
    _ machine: String, _ options: [String]
  ) throws -> (status: Int32?, lines: [Substring]) {
    let image = try #require(TestImage.build("Facts"))
    let bench = Workbench()
    let result = bench.run(
      [
        QEMU.executable, "-machine", machine, "-accel", "tcg", "-m", "8M", "-nodefaults",
        "-no-user-config", "-display", "none", "-chardev", "file,id=c,path=\(bench.folder)/console",
        "-serial", "chardev:c", "-kernel", image.path,
      ] + options)
    let text = Files.text(bench.folder + "/console") ?? ""
    return (result.status, text.split(separator: "\n"))
  }

  /// Nanoseconds since 1970 of all lines that tell the time.
  private func times(_ lines: [Substring]) -> [Int] {
    lines.compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 6, line.hasPrefix("wall clock "), let seconds = Int(words[2]),
        let rest = Int(words[4])
      else { return nil }
      return seconds * 1_000_000_000 + rest
    }
  }

  static let exit = ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
  static let small = "microvm,x-option-roms=off,acpi=off,pic=off,pit=off,isa-serial=on"

  @Test(
    "the wall clock starts where QEMU's does, and runs over the end of a leap day",
    arguments: [small + ",rtc=on", "q35", "pc"])
  func wallClock(machine: String) throws {
    let (status, lines) = try run(
      machine, Self.exit + ["-rtc", "base=2024-02-29T23:59:58,clock=vm"])
    #expect(status == 11)
    let times = times(lines)
    try #require(times.count == 2, "\(lines)")
    let base = 1_709_251_198 * 1_000_000_000
    #expect((0...60_000_000_000) ~= times[0] - base, "\(lines)")
    #expect((1_500_000_000...5_000_000_000) ~= times[1] - times[0], "\(lines)")
  }

  @Test("a machine without a clock has no time of day")
  func noClock() throws {
    let (status, lines) = try run(Self.small + ",rtc=off", Self.exit)
    #expect(status == 11 && lines == ["no wall clock", "no wall clock"])
  }

  @Test("arguments arrive word by word", arguments: MachineType.allCases)
  func arguments(machine: MachineType) throws {
    let image = try #require(TestImage.build("Facts"))
    let bench = Workbench()
    let words = ["verbose=1", "two words", "", #"a "quoted" \ word"#, "porthole", "--flag"]
    let result = bench.run(
      [Workbench.tool, "run", image.path, "--machine", machine.rawValue, "--"] + words)
    #expect(result.status == 5, "\(result.talk)")
    let lines = result.output.split(separator: "\n").filter { $0.hasPrefix("argument") }
    #expect(lines.map(String.init) == words.map { "argument <\($0)>" })
  }

  @Test(
    "reset boots again, power-off ends QEMU by ACPI alone",
    arguments: ["microvm,isa-serial=on", "q35", "pc"])
  func power(machine: String) throws {
    let (status, lines) = try run(machine, ["-append", "reset"])
    #expect(status == 0, "\(lines)")
    #expect(lines.count { $0 == "argument <reset>" } == 2, "\(lines)")
    #expect(!lines.contains { $0.hasPrefix("previous boot ended") }, "\(lines)")
  }
}
