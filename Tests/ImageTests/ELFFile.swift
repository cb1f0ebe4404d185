// As much of an ELF64 reader as these tests need; independent of the tool's own.

import Glibc

/// An ELF file in memory.
struct ELFFile {
  let bytes: [UInt8]
  let entry: UInt64
  let segments: [Segment]
  let sections: [Section]

  struct Segment {
    let type, flags: UInt32
    let offset, address, physical, fileSize, memorySize: UInt64

    var isLoaded: Bool { type == 1 }
    var isWritable: Bool { flags & 2 != 0 }
    var isExecutable: Bool { flags & 1 != 0 }
    var pages: Range<UInt64> { address / 4096..<(address + memorySize + 4095) / 4096 }
  }

  struct Section {
    let name: String
    let type: UInt32
    let flags, address, offset, size: UInt64
    let link: UInt32

    var isAllocated: Bool { flags & 2 != 0 }
  }

  struct Malformed: Error {}

  init(path: String) throws {
    guard let file = fopen(path, "r") else { throw Malformed() }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: ftell(file))
    rewind(file)
    guard fread(&bytes, 1, bytes.count, file) == bytes.count,
      bytes.starts(with: [0x7f, 69, 76, 70])
    else { throw Malformed() }
    func value<T: FixedWidthInteger>(_ offset: UInt64, _: T.Type) -> T {
      (0..<T.bitWidth / 8).reduce(0) { $0 | T(bytes[Int(offset) + $1]) << (8 * $1) }
    }
    func text(_ offset: UInt64) -> String {
      String(decoding: bytes[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
    }
    entry = value(24, UInt64.self)
    let segmentTable = value(32, UInt64.self)
    segments = (0..<UInt64(value(56, UInt16.self))).map { index in
      let at = segmentTable + index * 56
      return Segment(
        type: value(at, UInt32.self), flags: value(at + 4, UInt32.self),
        offset: value(at + 8, UInt64.self), address: value(at + 16, UInt64.self),
        physical: value(at + 24, UInt64.self), fileSize: value(at + 32, UInt64.self),
        memorySize: value(at + 40, UInt64.self))
    }
    let sectionTable = value(40, UInt64.self)
    let names = value(
      sectionTable + UInt64(value(62, UInt16.self)) * 64 + 24, UInt64.self)
    sections = (0..<UInt64(value(60, UInt16.self))).map { index in
      let at = sectionTable + index * 64
      return Section(
        name: text(names + UInt64(value(at, UInt32.self))), type: value(at + 4, UInt32.self),
        flags: value(at + 8, UInt64.self), address: value(at + 16, UInt64.self),
        offset: value(at + 24, UInt64.self), size: value(at + 32, UInt64.self),
        link: value(at + 40, UInt32.self))
    }
    self.bytes = bytes
  }

  /// The section of this name.
  func section(_ name: String) -> Section? { sections.first { $0.name == name } }

  /// The section's bytes in the file.
  func contents(_ section: Section) -> ArraySlice<UInt8> {
    bytes[Int(section.offset)..<Int(section.offset + section.size)]
  }

  /// The names of symbols that are used and defined nowhere.
  var undefinedSymbols: [String] {
    guard let table = section(".symtab") else { return [] }
    let names = contents(sections[Int(table.link)])
    let rows = Array(contents(table))
    return stride(from: 24, to: rows.count, by: 24).compactMap { row in
      guard rows[row + 6] == 0, rows[row + 7] == 0 else { return nil }
      let name = (0..<4).reduce(0) { $0 | Int(rows[row + $1]) << (8 * $1) }
      return String(decoding: names[(names.startIndex + name)...].prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
