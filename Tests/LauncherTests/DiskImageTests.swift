// A disk's layout, checked with util-linux's sfdisk, and the boot loader's script.

import Glibc
import Testing

@testable import Launcher

@Suite("Disk images")
struct DiskImageTests {
  private let bootSector = [UInt8](repeating: 0x90, count: 510) + [0x55, 0xaa]
  private let elf: [UInt8] = [0x7f, 0x45, 0x4c, 0x46] + [UInt8](repeating: 7, count: 1000)

  private func written(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let path = "/tmp/porthole-disk-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try Files.replace(path, with: bytes)
    defer { unlink(path) }
    try body(path)
  }

  @Test("sfdisk sees one bootable partition that holds exactly the image")
  func partition() throws {
    let disk = try DiskImage.compose(
      bootSector: bootSector, loader: [1, 2, 3], image: elf)
    #expect(disk.count == 2 << 20)
    try written(disk) { path in
      let table = try Command.run("sfdisk", ["--dump", path])
      #expect(table.status == 0)
      let lines = table.output.split(separator: "\n").filter { $0.contains("start=") }
      #expect(lines.count == 1)
      let words = lines[0].split(whereSeparator: { $0 == " " || $0 == "," || $0 == "=" })
      #expect(words.contains("2048") && words.contains("2") && words.contains("da"))
      #expect(lines[0].contains("bootable"))
      #expect(DiskImage.isDisk(path))
      #expect(DiskImage.firstPage(of: path)?.prefix(elf.count) == elf[...])
    }
    #expect(disk.prefix(446) == bootSector.prefix(446))
    #expect(disk[512..<515] == [1, 2, 3])
  }

  @Test("parts that cannot be are refused")
  func refused() {
    #expect(throws: LaunchError.self) {
      try DiskImage.compose(bootSector: [1, 2], loader: [], image: elf)
    }
    #expect(throws: LaunchError.self) {
      try DiskImage.compose(
        bootSector: bootSector, loader: [UInt8](repeating: 0, count: 2048 * 512), image: elf)
    }
  }

  @Test("a kernel image, a text and a short file are no disks")
  func noDisk() throws {
    var kernel = elf + [UInt8](repeating: 0, count: 512)
    kernel[510] = 0x55
    kernel[511] = 0xaa
    for bytes in [kernel, Array("text".utf8), [], bootSector.dropLast()] {
      try written(Array(bytes)) { path in #expect(!DiskImage.isDisk(path)) }
    }
    try written(bootSector) { path in
      #expect(DiskImage.isDisk(path))
      #expect(DiskImage.firstPage(of: path) == nil)
    }
    #expect(!DiskImage.isDisk("/nowhere"))
  }

  @Test("words cannot leave their quotes in the boot loader's script")
  func words() throws {
    #expect(
      BootLoader.script(3, ["a=b", "c"]).hasPrefix("multiboot2 ($root)2048+3 'a=b' 'c'\nboot\n"))
    for word in ["", "a'b", "a\"b", "a\\b", "$root", "a b", "a\nb", "é"] {
      let error = #expect(throws: LaunchError.self) {
        try BootLoader.makeDisk(of: "/nowhere", words: [word])
      }
      #expect(error?.kind == .usage)
    }
  }

  @Test("QEMU boots a disk by its BIOS and never writes to it")
  func arguments() {
    var guest = GuestConfiguration(image: "/d,isk")
    guest.isDiskImage = true
    guest.machine = .pc
    let arguments = QEMU.arguments(guest, in: "/r")
    #expect(!arguments.contains("-kernel"))
    #expect(arguments.contains { $0.contains("snapshot=on") && $0.contains("file=/d,,isk") })
    #expect(arguments.contains("ide-hd,drive=boot,bootindex=0"))
  }
}
