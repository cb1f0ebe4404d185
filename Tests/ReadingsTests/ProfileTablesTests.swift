// A profile in memory that was written by hand from Kernel/Profiler/SPEC.md, followed as it grows.

import Readings
import Telemetry
import TestSupport
import Testing

@Suite("A profile's tables")
struct ProfileTablesTests {
  private let memory = PaperMemory()

  /// Where things are: two words of numbers each, rows from 1.
  private let stacks: UInt64 = 0x40000
  private let spots: UInt64 = 0x50000
  private let counts: UInt64 = 0x60000
  private let samples: UInt64 = 0x70000

  init() {
    memory.writeRoot(entries: 8)
    // Stacks: 48 bytes, room for 5 callers; spots: 16 bytes; the ring has four samples.
    memory.writeEntry(
      0, "profile.stacks", kind: 5, address: stacks, fields: (0x30000, 5), count: 0x20010,
      capacity: 17, stride: 48)
    memory.writeField(0, at: 0x30000, "flags", type: 1, offset: 4, width: 1)
    memory.writeField(1, at: 0x30000, "frames", type: 1, offset: 5, width: 1)
    memory.writeField(2, at: 0x30000, "gap", type: 1, offset: 6, width: 1)
    memory.writeField(3, at: 0x30000, "awaiting", type: 1, offset: 7, width: 1)
    memory.writeField(4, at: 0x30000, "callers", type: 12, offset: 8, width: 40)
    memory.writeEntry(
      1, "profile.spots", kind: 5, address: spots, fields: (0x30200, 3), count: 0x20018,
      capacity: 17, stride: 16)
    memory.writeField(0, at: 0x30200, "address", type: 3, offset: 0, width: 8)
    memory.writeField(1, at: 0x30200, "stack", type: 1, offset: 8, width: 4)
    memory.writeField(2, at: 0x30200, "activity", type: 1, offset: 12, width: 4)
    memory.writeEntry(
      2, "profile.counts", kind: 4, address: counts, fields: (0x30400, 1), count: 0x20018,
      capacity: 16)
    memory.writeField(0, at: 0x30400, "count", type: 1, offset: 0, width: 8)
    memory.writeEntry(3, "profile.rate", kind: 2, address: 0x20000)
    memory.writeEntry(4, "profile.samples.latest", kind: 2, address: 0x20008)
    memory.writeEntry(5, "profile.samples.address", kind: 2, address: 0x20020, type: 3)
    memory.writeEntry(6, "profile.samples.capacity", kind: 2, address: 0x20028)
    memory.writeEntry(7, "profile.missed", kind: 1, address: 0x20030)
    memory.write(
      0x20000, UInt64(97), UInt64(0), UInt64(1), UInt64(2), samples, UInt64(4), UInt64(9))
    memory.zero(samples, count: 4 * 32)
    memory.zero(counts, count: 16 * 8)
    // A gap before the second caller, where one function waits.
    memory.write(
      stacks + 48, UInt32(7), UInt8(1), UInt8(3), UInt8(1), UInt8(1), UInt64(0x100), UInt64(0x200),
      UInt64(0x300), UInt64(0), UInt64(0))
    memory.write(spots + 16, UInt64(0x1000), UInt32(1), UInt32(0))
    memory.write(spots + 32, UInt64(0x2000), UInt32(0), UInt32(2))
    memory.write(counts, UInt64(10), UInt64(3))
  }

  private func sample(_ number: UInt64, spot: UInt32, fiber: UInt32, task: UInt32, handler: UInt8) {
    memory.write(
      samples + number % 4 * 32, number, UInt64(55), spot, fiber, task, handler, UInt8(0), UInt8(0),
      UInt8(0))
    memory.write(0x20008, number)
  }

  @Test("rows are read once, counts and new samples again")
  func follow() throws {
    var tables = ProfileTables()
    let isThere = tables.look(at: PaperMemory.root, in: memory)
    #expect(isThere)
    #expect(tables.rate == 97 && tables.counters["missed"] == 9)
    let first = try #require(tables.spots.first)
    #expect(first.address == 0x1000 && first.activity == "running" && first.count == 10)
    #expect(first.stack.callers == [0x100, 0x200, 0x300] && first.stack.gap == 1)
    #expect(first.stack.awaiting == 1 && !first.stack.isCut)
    #expect(tables.spots[1].stack.isUnknown && tables.spots[1].activity == "waiting")
    #expect(tables.samples == [])
    memory.write(counts, UInt64(12))
    // A row whose callers have not come yet is not taken before they have.
    memory.write(spots + 48, UInt64(0x3000), UInt32(2), UInt32(1))
    memory.write(0x20018, UInt64(3))
    sample(1, spot: 1, fiber: 5, task: 0, handler: 2)
    sample(2, spot: 1, fiber: 0, task: 7, handler: 1)
    tables.look(at: PaperMemory.root, in: memory)
    #expect(tables.spots.map(\.count) == [12, 3])
    #expect(
      tables.samples == [
        ProfileSample(spot: 1, handler: 2, fiber: 5), ProfileSample(spot: 1, handler: 1, task: 7),
      ])
    memory.write(stacks + 96, UInt32(8), UInt8(2), UInt8(1), UInt8(0), UInt8(0), UInt64(0x400))
    memory.zero(stacks + 96 + 16, count: 32)
    memory.write(0x20010, UInt64(2))
    tables.look(at: PaperMemory.root, in: memory)
    #expect(tables.spots.count == 3 && tables.spots[2].stack.isCut && tables.samples == [])
    #expect(tables.spots[2].activity == "idle" && tables.generation == 0)
  }

  @Test("samples that were overwritten are counted")
  func overwritten() {
    var tables = ProfileTables()
    tables.look(at: PaperMemory.root, in: memory)
    for number: UInt64 in 1...9 { sample(number, spot: 2, fiber: 0, task: 0, handler: 0) }
    tables.look(at: PaperMemory.root, in: memory)
    #expect(tables.samples?.count == 4 && tables.missedSamples == 5)
    // One that is being written has another number.
    for number: UInt64 in 10...11 { sample(number, spot: 2, fiber: 0, task: 0, handler: 0) }
    memory.write(samples + 10 % 4 * 32, UInt64(0))
    tables.look(at: PaperMemory.root, in: memory)
    #expect(tables.samples?.count == 1 && tables.missedSamples == 6)
  }

  @Test("an instance that began anew has other rows")
  func anew() {
    var tables = ProfileTables()
    tables.look(at: PaperMemory.root, in: memory)
    memory.write(0x20018, UInt64(1))
    memory.write(spots + 16, UInt64(0x9000), UInt32(0), UInt32(0))
    tables.look(at: PaperMemory.root, in: memory)
    #expect(tables.generation == 1 && tables.spots.map(\.address) == [0x9000])
  }

  @Test("absurd tables are bounded, and what is no profile is none")
  func absurd() {
    var tables = ProfileTables()
    let nowhere = tables.look(at: 0x1000, in: memory)
    #expect(!nowhere)
    memory.write(0x20028, UInt64.max)
    memory.write(0x20018, UInt64.max - 1)
    memory.write(0x20010, UInt64.max)
    memory.write(0x20008, UInt64.max)
    tables.look(at: PaperMemory.root, in: memory)
    #expect(tables.spots.count <= 16 && tables.samples == nil)
    memory.writeEntry(1, "profile.other", kind: 2, address: 0x20000)
    memory.writeRoot(entries: 8, generation: 4)
    let isOther = tables.look(at: PaperMemory.root, in: memory)
    #expect(!isOther)
  }
}
