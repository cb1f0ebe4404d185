// How sections are mapped, of a file whose headers are written here (System V ABI, "Object Files").

import Symbols
import Testing

@Suite("Sections")
struct SectionTests {
  private func little(_ value: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }

  /// Sections by name, flags (1 written, 2 in memory, 4 run) and address, each 0x100 long; segments by
  /// type, flags (1 run, 2 written, 4 read), address and size.
  private func file(
    _ sections: [(name: String, flags: UInt64, address: UInt64)],
    _ segments: [(type: UInt64, flags: UInt64, address: UInt64, size: UInt64)]
  ) -> [UInt8] {
    var names: [UInt8] = [0]
    var table = [UInt8](repeating: 0, count: 64)
    for section in sections {
      // NOBITS, so that there need be no contents.
      table += little(UInt64(names.count), 4) + little(8, 4) + little(section.flags, 8)
      table += little(section.address, 8) + little(0, 8) + little(0x100, 8) + little(0, 8)
      table += little(1, 8) + little(0, 8)
      names += Array(section.name.utf8) + [0]
    }
    let place = 64 + 56 * segments.count
    table += little(0, 4) + little(3, 4) + little(0, 8) + little(0, 8) + little(UInt64(place), 8)
    table += little(UInt64(names.count), 8) + little(0, 8) + little(1, 8) + little(0, 8)
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    bytes += little(2, 2) + little(62, 2) + little(1, 4) + little(0x1000, 8) + little(64, 8)
    bytes += little(UInt64(place + names.count), 8) + little(0, 4) + little(64, 2) + little(56, 2)
    bytes += little(UInt64(segments.count), 2) + little(64, 2)
    bytes += little(UInt64(sections.count + 2), 2) + little(UInt64(sections.count + 1), 2)
    for segment in segments {
      bytes += little(segment.type, 4) + little(segment.flags, 4) + little(0, 8)
      bytes += little(segment.address, 8) + little(0, 8) + little(0, 8) + little(segment.size, 8)
      bytes += little(4096, 8)
    }
    return bytes + names + table
  }

  @Test("a section is as writable as its segment, whatever the linker has put together in it")
  func permissions() throws {
    let file = try SymbolFile(
      bytes: file(
        [
          (".rodata", 3, 0x1000), (".text", 6, 0x2000), (".data", 3, 0x3000), (".bss", 3, 0x30f0),
          (".elsewhere", 3, 0x9000), (".over", 3, 0x1080), (".end", 3, .max - 0x80),
        ],
        [
          (1, 4, 0x1000, 0x100), (1, 5, 0x2000, 0x1000), (1, 6, 0x3000, 0x1000),
          // A note's segment says nothing of how memory is mapped.
          (4, 4, 0x3000, 0x1000), (1, 4, .max - 0x90, 0x90),
        ]))
    let flags = file.sections.map { "\($0.name) \($0.flags)" }
    #expect(
      flags == [
        ".rodata r--", ".text r-x", ".data rw-", ".bss rw-", ".elsewhere rw-", ".over rw-",
        ".end rw-",
      ])
  }
}
