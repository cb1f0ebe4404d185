// The boot information comes from outside: right, wrong and cut-off structures.

import Devices
import Testing

/// A little physical memory that starts at address 0x1000, and the structures in it.
private struct FakeMemory {
  static let start: UInt64 = 0x1000
  var bytes = [UInt8](repeating: 0, count: 0x2000)

  mutating func put<T: FixedWidthInteger>(_ value: T, at address: UInt64) {
    for index in 0..<T.bitWidth / 8 {
      bytes[Int(address - Self.start) + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// `struct hvm_start_info` at 0x1100 with its memory map at `map`.
  init(map: UInt64 = 0x1200, ranges: [(UInt64, UInt64, UInt32)], count: UInt32? = nil) {
    put(0x336e_c578 as UInt32, at: 0x1100)
    put(1 as UInt32, at: 0x1104)
    put(0x1800 as UInt64, at: 0x1118)
    put(map, at: 0x1128)
    put(count ?? UInt32(ranges.count), at: 0x1130)
    for (index, range) in ranges.enumerated() {
      let at = 0x1200 + UInt64(index) * 24
      put(range.0, at: at)
      put(range.1, at: at + 8)
      put(range.2, at: at + 16)
    }
  }

  func read(at address: UInt64 = 0x1100) -> BootInformation? {
    bytes.withUnsafeBytes {
      // Safety: the window is used within the closure only.
      BootInformation(at: address, in: PhysicalWindow($0, at: Self.start))
    }
  }
}

@Suite("Boot information")
struct BootInformationTests {
  @Test("RAM is found, everything else in the map is passed over")
  func map() throws {
    let memory = FakeMemory(ranges: [(0, 0x9fc00, 1), (0x9fc00, 0x400, 2), (0x10_0000, 0xe0000, 1)])
    let found = try #require(memory.read())
    #expect(found.rangeCount == 2)
    #expect(found.range(at: 1) == .init(start: 0x10_0000, end: 0x1e_0000))
    #expect(found.range(at: 2) == nil)
    #expect(found.range(at: -1) == nil)
    #expect(found.commandLine == 0x1800)
    #expect(found.ignored == 0)
  }

  @Test("A wrong magic number, an old version and a place outside memory are refused")
  func refused() {
    var memory = FakeMemory(ranges: [(0, 4096, 1)])
    #expect(memory.read(at: 0x1104) == nil)
    #expect(memory.read(at: 0x2ffc) == nil)
    #expect(memory.read(at: 0) == nil)
    #expect(memory.read(at: .max) == nil)
    memory.put(0 as UInt32, at: 0x1104)
    #expect(memory.read() == nil)
  }

  @Test("A map that runs out of memory ends there, and it is counted")
  func cutOff() throws {
    let memory = FakeMemory(map: 0x2fe8, ranges: [], count: 3)
    let found = try #require(memory.read())
    #expect(found.rangeCount == 0)
    #expect(found.ignored == 1)
  }

  @Test("Ranges that wrap around, are empty, or are too many do no harm")
  func malformed() throws {
    let many = (0..<40).map { (UInt64($0) << 20, UInt64(4096), UInt32(1)) }
    let ranges = [(UInt64.max - 10, UInt64(100), UInt32(1)), (0x5000, 0, 1)] + many
    let found = try #require(FakeMemory(ranges: ranges).read())
    #expect(found.rangeCount == 16)
    #expect(found.range(at: 0) == .init(start: 0, end: 4096))
    #expect(found.ignored == 26)
    #expect(try #require(FakeMemory(ranges: many, count: .max).read()).rangeCount == 16)
  }
}
