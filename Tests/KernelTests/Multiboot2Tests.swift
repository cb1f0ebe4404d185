// Multiboot2's boot information: as GRUB writes it, and as nobody should.

import Devices
import Testing

/// The structure, byte by byte (Multiboot2 Specification 2.0, section 3.6).
private struct Tags {
  var bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]

  static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  mutating func add(_ kind: UInt32, _ contents: [UInt8], length: UInt32? = nil) {
    bytes += Self.little(kind) + Self.little(length ?? UInt32(8 + contents.count)) + contents
    while bytes.count % 8 != 0 { bytes.append(0) }
  }

  mutating func addMap(_ ranges: [(UInt64, UInt64, UInt32)], entrySize: UInt32 = 24) {
    let entries = ranges.flatMap { range in
      Self.little(range.0) + Self.little(range.1) + Self.little(range.2)
        + [UInt8](repeating: 0xee, count: max(4, Int(entrySize) - 20))
    }
    add(6, Self.little(entrySize) + Self.little(0 as UInt32) + entries)
  }

  /// Reads the structure, standing at 0x1000 with the given size in its first word.
  func read(at address: UInt64 = 0x1000, size: UInt32? = nil) -> BootInformation? {
    var bytes = bytes
    bytes.replaceSubrange(0..<4, with: Self.little(size ?? UInt32(bytes.count)))
    return bytes.withUnsafeBytes {
      // Safety: the window is used within the closure only.
      BootInformation(multiboot2At: address, in: PhysicalWindow($0, at: 0x1000))
    }
  }
}

@Suite("Multiboot2 information")
struct Multiboot2Tests {
  private var grub: Tags {
    var tags = Tags()
    tags.add(1, Array("a=b c\0".utf8))
    tags.add(2, Array("GRUB 2.06\0".utf8))
    tags.addMap([(0, 0x9fc00, 1), (0x9fc00, 0x400, 2), (0x10_0000, 0x3ee_0000, 1)])
    tags.add(14, Array("RSD PTR old".utf8))
    tags.add(15, Array("RSD PTR new".utf8))
    tags.add(0, [])
    return tags
  }

  @Test("The map, the command line and ACPI's root are found")
  func complete() throws {
    let found = try #require(grub.read())
    #expect(found.rangeCount == 2)
    #expect(found.range(at: 0) == .init(start: 0, end: 0x9fc00))
    #expect(found.range(at: 1) == .init(start: 0x10_0000, end: 0x3fe_0000))
    #expect(found.commandLine == 0x1010)
    let root = Int(found.acpiRoot - 0x1000)
    #expect(grub.bytes[root..<root + 11].elementsEqual("RSD PTR new".utf8))
    #expect(found.ignored == 0)
  }

  @Test("Entries of the map may be larger than today's")
  func largerEntries() throws {
    var tags = Tags()
    tags.addMap([(0x1000, 0x1000, 1), (0x10_0000, 0x1000, 1)], entrySize: 40)
    let found = try #require(tags.read())
    #expect(found.range(at: 1) == .init(start: 0x10_0000, end: 0x10_1000))
  }

  @Test("What is misplaced, too small or outside memory is refused")
  func refused() {
    #expect(grub.read(at: 0x1004) == nil)
    #expect(grub.read(at: 0xff8) == nil)
    #expect(grub.read(at: 1 << 32) == nil)
    #expect(grub.read(at: .max & ~7) == nil)
    #expect(grub.read(size: 8) == nil)
    #expect(grub.read(size: UInt32(grub.bytes.count) + 8) == nil)
    #expect(grub.read(size: .max) == nil)
  }

  @Test("Reading ends at a tag with an impossible length", arguments: [0, 7, 4096, UInt32.max])
  func lengths(length: UInt32) throws {
    var tags = Tags()
    tags.add(99, [1, 2, 3], length: length)
    tags.addMap([(0x10_0000, 4096, 1)])
    let found = try #require(tags.read())
    #expect(found.rangeCount == 0)
    #expect(found.ignored == 1)
  }

  @Test("A command line without an end is none")
  func endless() throws {
    var tags = Tags()
    tags.add(1, Array("no end".utf8))
    tags.add(1, [])
    #expect(try #require(tags.read()).commandLine == 0)
  }

  @Test("A map of entries without a size, and one cut off, give what is whole", arguments: [0, 23])
  func badMap(size: UInt32) throws {
    var tags = Tags()
    tags.addMap([(0x10_0000, 4096, 1)], entrySize: size)
    #expect(try #require(tags.read()).rangeCount == 0)
    var cut = Tags()
    cut.addMap([(0x10_0000, 4096, 1), (0x20_0000, 4096, 1)])
    cut.bytes.replaceSubrange(12..<16, with: Tags.little(UInt32(16 + 24 + 23)))
    #expect(try #require(cut.read()).rangeCount == 1)
  }

  @Test("Any byte may have any value")
  func damage() {
    for index in grub.bytes.indices {
      for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
        var tags = grub
        tags.bytes[index] = value
        if let found = tags.read() { #expect(found.rangeCount <= 16) }
      }
    }
  }
}
