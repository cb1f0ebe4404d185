// Applications as Linux programs: which files are some, and how they are started.

import Testing

@testable import Launcher

@Suite("Programs for the host")
struct HostProgramTests {
  /// The first page of an ELF executable with one segment of notes (ELF-64 object file format).
  static func page(
    type: UInt32 = 0x686f_7374, name: String = "Porthole", start: UInt64 = 120,
    version: UInt8 = 1
  ) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
      (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func note(_ name: String, _ type: UInt32, _ contents: [UInt8]) -> [UInt8] {
      let text = Array(name.utf8) + [0]
      let padding = [UInt8](repeating: 0, count: (4 - text.count % 4) % 4)
      return bytes(UInt32(text.count)) + bytes(UInt32(contents.count)) + bytes(type) + text
        + padding + contents
    }
    let notes =
      note("GNU", 1, [UInt8](repeating: 0, count: 16)) + note(name, type, [version, 0, 0, 0])
    let header: [UInt8] =
      [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0] + bytes(UInt16(2))
      + bytes(UInt16(62)) + bytes(UInt32(1)) + bytes(UInt64(0)) + bytes(UInt64(64))
      + bytes(UInt64(0)) + bytes(UInt32(0)) + bytes(UInt16(64)) + bytes(UInt16(56))
      + bytes(UInt16(1)) + [UInt8](repeating: 0, count: 6)
    let segment =
      bytes(UInt32(4)) + bytes(UInt32(4)) + bytes(start) + bytes(UInt64(0)) + bytes(UInt64(0))
      + bytes(UInt64(notes.count)) + bytes(UInt64(notes.count)) + bytes(UInt64(4))
    return header + segment + notes
  }

  @Test("the note in the first page tells, and nothing else")
  func known() {
    #expect(HostProgram.isOne(firstPage: Self.page()))
    #expect(!HostProgram.isOne(firstPage: Self.page(type: 1)))
    #expect(!HostProgram.isOne(firstPage: Self.page(name: "Portholf")))
    #expect(!HostProgram.isOne(firstPage: Self.page(version: 2)))
    #expect(!HostProgram.isOne("/bin/sh"))
    #expect(!HostProgram.isOne("/nonexistent"))
  }

  @Test("damaged headers are no program and no crash")
  func damaged() {
    let whole = Self.page()
    for count in 0..<whole.count {
      #expect(!HostProgram.isOne(firstPage: Array(whole.prefix(count))))
    }
    for start: UInt64 in [0, 1 << 20, .max, 1 << 63, UInt64(whole.count)] {
      #expect(!HostProgram.isOne(firstPage: Self.page(start: start)))
    }
    // Any one byte wrong: an answer, whatever it is.
    for index in whole.indices {
      for byte: UInt8 in [0, 0x7f, 0x80, 0xff] {
        var page = whole
        page[index] = byte
        _ = HostProgram.isOne(firstPage: page)
      }
    }
  }

  @Test("the application's own words stand behind --, whatever they look like")
  func arguments() {
    #expect(HostProgram(path: "/a").arguments == [])
    let full = HostProgram(
      path: "/a", isSandboxed: true, disks: ["/b", "/c"], words: ["--sandbox", "x"])
    #expect(
      full.arguments == ["--sandbox", "--disk", "/b", "--disk", "/c", "--", "--sandbox", "x"])
  }
}
