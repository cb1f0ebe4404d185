// The clock where no hypervisor tells a rate: on a processor that hides the emulator the local
// timer's rate is measured, or the log says that it could not be. QEMU's local timer counts at
// 1 GHz (hw/intc/apic_common.c), which is what the measurement must find; and the battery-backed
// clock, which the kernel's clock knows nothing of, says how long a second is.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Clock without a hypervisor", .serialized, .timeLimit(.minutes(10)))
struct ClockTests {
  /// What the guest logged about its local timer, and the nanoseconds that it took two seconds of
  /// the machine's other clock to be.
  private func run(
    _ machine: String, processor: String, _ options: [String] = []
  ) throws -> (records: [FoundRecord], nanoseconds: Int) {
    let image = try #require(TestImage.build("Facts"))
    let bench = Workbench()
    let result = bench.run(
      [
        QEMU.executable, "-accel", "tcg", "-machine", machine + ",memory-backend=ram", "-m", "8M",
        "-object", "memory-backend-file,id=ram,size=8M,mem-path=\(bench.folder)/ram,share=on",
        "-cpu", processor, "-nodefaults", "-no-user-config", "-display", "none", "-rtc", "clock=vm",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
        "-chardev", "file,id=c,path=\(bench.folder)/console", "-serial", "chardev:c",
        "-kernel", image.path, "-append", "seconds",
      ] + options, milliseconds: 60_000)
    #expect(result.status == 11, "\(result.talk)")
    let memory = try #require(Files.read(bench.folder + "/ram"))
    let text = Files.text(bench.folder + "/console") ?? ""
    let line = try #require(
      text.split(separator: "\n").first { $0.hasPrefix("two seconds are ") }, "\(text)")
    return (
      FoundRecord.all(in: memory).filter { $0.text.hasPrefix("local timer") },
      try #require(Int(line.split(separator: " ")[3]))
    )
  }

  @Test(
    "the local timer is measured, and a second is a second",
    arguments: [("q35", "qemu64,-hypervisor"), ("pc", "max,-hypervisor")])
  func measured(machine: String, processor: String) throws {
    let (records, nanoseconds) = try run(machine, processor: processor)
    try #require(records.count == 1)
    #expect(records[0].text == "local timer measured, kHz")
    // A busy host may hold the emulator up at either end of the measurement: 13 us of 4 ms.
    #expect((990_000...1_010_000).contains(records[0].value), "\(records[0])")
    // And for longer when a second turns.
    #expect((1_500_000_000...2_500_000_000).contains(nanoseconds))
  }

  @Test("where time is counted in instructions the figures are exact to a part in a thousand")
  func counted() throws {
    let (records, nanoseconds) = try run(
      "q35", processor: "qemu64,-hypervisor", ["-icount", "shift=4,sleep=off"])
    try #require(records.count == 1)
    #expect((999_000...1_001_000).contains(records[0].value), "\(records[0])")
    #expect((1_998_000_000...2_002_000_000).contains(nanoseconds))
  }

  @Test("a machine with nothing to measure by says so, and goes on")
  func assumed() throws {
    let small = "microvm,x-option-roms=off,acpi=off,pic=off,pit=off,rtc=on,isa-serial=on"
    let (records, nanoseconds) = try run(small, processor: "qemu64,-hypervisor")
    #expect(records.map(\.text) == ["local timer: no way to measure it, 1 GHz assumed"])
    #expect((1_500_000_000...2_500_000_000).contains(nanoseconds))
  }

  @Test("where the emulator is known nothing is measured")
  func known() throws {
    #expect(try run("q35", processor: "qemu64").records.isEmpty)
  }
}
