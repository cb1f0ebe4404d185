// Disks, entropy and the console device on every machine type, in QEMU run as a test wants it: the
// guest `DeviceChecks` does what its console asks for, and the host looks at the same devices.

import Glibc
import Launcher
import TestSupport
import Testing

/// A disk file, and what the guest is said to have done to it, worked out here.
private struct DiskFile {
  let path: String

  init(_ bench: Workbench, size: Int = 1 << 20) {
    path = bench.folder + "/disk.img"
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 11) }
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = Files.write(bytes, to: file)
    close(file)
  }

  var bytes: [UInt8] { Files.read(path) ?? [] }

  /// FNV-1a, as Fowler, Noll and Vo give it.
  var checksum: UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

@Suite("Devices", .serialized, .timeLimit(.minutes(20)))
struct DeviceTests {
  /// QEMU's words for a machine with nothing but a console.
  private func machine(_ type: MachineType) -> [String] {
    let name =
      type == .microvm
      ? "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off,isa-serial=on" : type.rawValue
    return [
      "qemu-system-x86_64", "-accel", "tcg", "-M", name, "-m", "16", "-nodefaults",
      "-no-user-config", "-display", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
      "-global", "virtio-mmio.force-legacy=false", "-chardev", "stdio,id=tty,signal=off",
      "-serial", "chardev:tty",
    ]
  }

  /// The name of a virtio device on this machine's bus, modern only.
  private func virtio(_ device: String, on type: MachineType) -> String {
    type == .microvm ? device + "-device" : device + "-pci,disable-legacy=on"
  }

  /// Boots the guest, gives its console `input`, and returns what it printed.
  private func run(
    _ bench: Workbench, _ type: MachineType, _ input: String, _ devices: [String]
  ) throws -> String {
    let image = try #require(TestImage.build("DeviceChecks", "release"))
    let file = bench.folder + "/input"
    // What comes before the port is set up may be lost.
    let lead = String(repeating: "\n", count: 32)
    let descriptor = open(file, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    #expect(Files.write(Array((lead + input).utf8), to: descriptor))
    lseek(descriptor, 0, SEEK_SET)
    let guest = try #require(
      bench.start(
        machine(type) + devices + ["-kernel", image.path], input: descriptor,
        output: bench.folder + "/out", talk: bench.folder + "/err"))
    let end = guest.wait(milliseconds: 120_000)
    #expect(end == .exited(1), "\(Files.text(bench.folder + "/err") ?? "")")
    return Files.text(bench.folder + "/out") ?? ""
  }

  private func disk(_ path: String, on type: MachineType, _ options: String = "") -> [String] {
    [
      "-drive", "if=none,id=disk,format=raw,file=\(path)\(options)",
      "-device", virtio("virtio-blk", on: type) + ",drive=disk",
    ]
  }

  @Test(
    "what the guest writes is in the file, and nothing else of it changes",
    arguments: MachineType.allCases)
  func writes(type: MachineType) throws {
    let bench = Workbench()
    let file = DiskFile(bench)
    let before = file.bytes
    let output = try run(bench, type, "iwo", disk(file.path, on: type))
    #expect(output == "disk 2048 x 512 read-only false\nwritten\n")
    let after = file.bytes
    let written = 100 * 512..<1124 * 512
    let wrong = written.first { after[$0] != UInt8(truncatingIfNeeded: $0 &* 13 ^ $0 >> 9) }
    #expect(wrong == nil)
    #expect(after[..<written.lowerBound] == before[..<written.lowerBound])
    #expect(after[written.upperBound...] == before[written.upperBound...])
  }

  @Test("what is in the file is what the guest reads", arguments: MachineType.allCases)
  func reads(type: MachineType) throws {
    let bench = Workbench()
    let file = DiskFile(bench)
    let output = try run(bench, type, "sbo", disk(file.path, on: type))
    #expect(output == "sum \(file.checksum)\n0 failed\n")
  }

  @Test("a read-only disk and what lies beyond a disk are refused", arguments: MachineType.allCases)
  func refusals(type: MachineType) throws {
    let bench = Workbench()
    let file = DiskFile(bench)
    let before = file.bytes
    let output = try run(bench, type, "ixo", disk(file.path, on: type, ",readonly=on"))
    #expect(
      output == """
        disk 2048 x 512 read-only true
        refused: blocks beyond the end of the device
        refused: blocks beyond the end of the device
        refused: the buffer is not a whole number of blocks
        write refused: the device is read-only

        """)
    #expect(file.bytes == before)
  }

  @Test(
    "a sector that fails on the host fails in the guest, alone", arguments: MachineType.allCases)
  func failingSector(type: MachineType) throws {
    let bench = Workbench()
    let file = DiskFile(bench)
    let rules = bench.folder + "/blkdebug.conf"
    let descriptor = open(rules, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let text = "[inject-error]\nevent = \"none\"\nerrno = \"5\"\nsector = \"77\"\nonce = \"off\"\n"
    #expect(Files.write(Array(text.utf8), to: descriptor))
    close(descriptor)
    let output = try run(
      bench, type, "bo",
      [
        "-drive",
        "if=none,id=disk,driver=blkdebug,config=\(rules),image.driver=file,"
          + "image.filename=\(file.path)",
        "-device", virtio("virtio-blk", on: type) + ",drive=disk",
      ])
    #expect(output == "block 77: the device reports an error\n1 failed\n")
  }

  @Test(
    "a disk that never answers is given up, and every request ends", arguments: MachineType.allCases
  )
  func silence(type: MachineType) throws {
    let bench = Workbench()
    let file = DiskFile(bench)
    // QEMU itself has read a sector at start, so at a byte a second the next is minutes away; and as
    // virtual time does not wait for the host's, 30 s without an answer are over at once.
    let output = try run(
      bench, type, "bo",
      disk(file.path, on: type, ",throttling.bps-total=1") + ["-icount", "shift=0,sleep=off"])
    var lines = output.split { $0.isNewline }
    let told = try #require(lines.firstIndex { $0.hasPrefix("[") }, "\(output)")
    #expect(lines.remove(at: told).hasSuffix("virtio-blk: out of use: it did not answer in time"))
    #expect(lines == (0..<8).map { "block \($0): the device is out of use" } + ["2048 failed"])
  }

  @Test("a disk behind a PCI bridge is found, and works, also one for the platform's addresses")
  func bridge() throws {
    let bench = Workbench()
    let file = DiskFile(bench)
    for options in ["", ",iommu_platform=on"] {
      let output = try run(
        bench, .q35, "so",
        ["-device", "pcie-root-port,id=bridge,chassis=1"] + disk(file.path, on: .q35).dropLast()
          + ["virtio-blk-pci,disable-legacy=on,bus=bridge,drive=disk" + options])
      #expect(output == "sum \(file.checksum)\n")
    }
  }

  @Test("a legacy device, and one without interrupts, are refused with the reason")
  func legacy() throws {
    for (type, option, reason) in [
      (MachineType.q35, "disable-legacy=off,disable-modern=on", "it is a legacy device"),
      (.pc, "disable-legacy=on,vectors=0", "it has no message interrupts (MSI-X)"),
    ] {
      let bench = Workbench()
      let file = DiskFile(bench)
      let output = try run(
        bench, type, "io",
        disk(file.path, on: type).dropLast() + ["virtio-blk-pci,\(option),drive=disk"])
      #expect(output.contains("virtio-blk: not used: \(reason)"), "\(output)")
      #expect(output.hasSuffix("no disk\n"))
    }
  }

  @Test("the entropy device gives bytes, and others each time", arguments: MachineType.allCases)
  func entropy(type: MachineType) throws {
    let bench = Workbench()
    let device = ["-device", virtio("virtio-rng", on: type)]
    let lines = try run(bench, type, "eeo", device).split(separator: "\n")
    try #require(lines.count == 2 && lines[0] != lines[1])
    for line in lines {
      #expect(line.hasPrefix("entropy 64: "))
      let bytes = line.dropFirst(11).split(separator: " ").compactMap { UInt8($0) }
      #expect(bytes.count == 64 && Set(bytes).count > 30)
    }
    #expect(try run(Workbench(), type, "eo", []) == "no entropy device\n")
  }

  @Test("100 kB through the console device come back whole", arguments: MachineType.allCases)
  func console(type: MachineType) throws {
    let bench = Workbench()
    let image = try #require(TestImage.build("DeviceChecks", "release"))
    let path = bench.folder + "/link"
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer {
      close(ends[0])
      close(ends[1])
    }
    let devices = [
      "-chardev", "socket,id=link,server=on,wait=off,path=\(path)",
      "-device", virtio("virtio-serial", on: type), "-device", "virtconsole,chardev=link",
    ]
    let guest = try #require(
      bench.start(
        machine(type) + devices + ["-kernel", image.path], input: ends[0],
        output: bench.folder + "/out", talk: bench.folder + "/err"))
    #expect(Files.write(Array((String(repeating: "\n", count: 32) + "c").utf8), to: ends[1]))
    #expect(bench.waits { Files.text(bench.folder + "/out") == "echoing\n" })
    let sent =
      (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) | 0x80 }
      + Array("end\n".utf8)
    #expect(try EchoLink(path).exchange(sent, milliseconds: 30_000) == sent)
    #expect(Files.write(Array("o".utf8), to: ends[1]))
    #expect(guest.wait(milliseconds: 60_000) == .exited(1))
    #expect(
      Files.text(bench.folder + "/out") == "echoing\nechoed \(sent.count), dropped 0\n")
  }

  @Test(
    "what was written to the console device just before the end is with the host",
    arguments: MachineType.allCases)
  func lastLines(type: MachineType) throws {
    let bench = Workbench()
    let path = bench.folder + "/lines"
    let devices = [
      "-chardev", "file,id=link,path=\(path)", "-device", virtio("virtio-serial", on: type),
      "-device", "virtconsole,chardev=link",
    ]
    _ = try run(bench, type, "l", devices)
    #expect(Files.text(path) == (0..<30).map { "last line \($0)\n" }.joined())
  }

  @Test(
    "every byte of a flood on the serial port has arrived or is counted as lost",
    arguments: MachineType.allCases)
  func flood(type: MachineType) throws {
    let bench = Workbench()
    let flood = String(repeating: "z", count: 6000)
    let output = try run(bench, type, "f" + flood, [])
    let numbers = output.split { !$0.isNumber }.compactMap { Int($0) }
    try #require(numbers.count == 2, "\(output)")
    #expect(numbers[0] + numbers[1] == flood.count)
    #expect(numbers[0] >= 1024 && numbers[1] > 0, "nothing was lost: the flood is too small")
  }
}
