// Readings of memory that was written by hand from SPEC.md, and of a file that holds it as QEMU
// keeps a guest's RAM.

import Cores
import Glibc
import Readings
import Telemetry
import TestSupport
import Testing

@Suite("Readings")
struct ReadingTests {
  /// An instance with a counter, a gauge, two handlers and a log of five records in four slots.
  private func instance() -> PaperMemory {
    let memory = PaperMemory()
    memory.writeRoot(entries: 5)
    memory.writeEntry(0, "loop.turns", kind: 1, address: 0x20000)
    memory.writeEntry(1, "loop.moment", kind: 2, unit: 3, address: 0x20008, type: 6)
    memory.write(0x20000, UInt64(77), UInt64(5_000_000_000))
    memory.writeEntry(
      2, "handlers", kind: 4, flags: 1, address: 0x21000, fields: (0x30000, 5), count: 0x20f00,
      capacity: 64)
    memory.write(0x20f00, UInt64(2))
    memory.writeField(0, at: 0x30000, "name", type: 4, offset: 0, width: 16)
    memory.writeField(
      1, at: 0x30000, "priority", type: 8, offset: 16, width: 1, extra: (0x31000, 2))
    memory.writeField(2, at: 0x30000, "runs", type: 1, offset: 24, width: 8)
    memory.writeField(3, at: 0x30000, "delay", type: 9, offset: 32, width: 40)
    memory.writeField(4, at: 0x30000, "run", type: 9, offset: 72, width: 40)
    memory.write(0x31000, UInt64(0x31100), UInt64(4), UInt64(0x31108), UInt64(6))
    memory.write(0x31100, "high")
    memory.write(0x31108, "normal")
    memory.write(0x21000, UInt64(0x22000), UInt64(0x23000))
    handler(memory, 0x22000, "timers", priority: 0, runs: 3, values: [2, 1])
    handler(memory, 0x23000, "console", priority: 1, runs: 1, values: [1])
    memory.writeEntry(
      3, "log", kind: 5, address: 0x40000, fields: (0x32400, 3), count: 0x3ff00, capacity: 4,
      stride: 64)
    memory.write(0x3ff00, UInt64(5))
    memory.writeField(0, at: 0x32400, "number", type: 10, offset: 0, width: 8)
    memory.writeField(1, at: 0x32400, "time", type: 6, offset: 8, width: 8)
    memory.writeField(2, at: 0x32400, "text", type: 5, offset: 17, width: 40, extra: (0, 16))
    for number: UInt64 in 2...5 { record(memory, number, "line \(number)") }
    memory.writeEntry(4, "broken", kind: 1, address: 0x99_0000)
    return memory
  }

  @Test("runs of a trace: names from the table, each once, gaps counted, the slowest kept")
  func trace() throws {
    let memory = instance()
    memory.writeEntry(
      4, "trace", kind: 5, address: 0x50000, fields: (0x34600, 5), count: 0x4ff00, capacity: 4,
      stride: 40)
    for (index, field) in [("number", 10), ("begin", 6), ("run", 7), ("delay", 7), ("handler", 1)]
      .enumerated()
    {
      memory.writeField(
        UInt64(index), at: 0x34600, field.0, type: UInt8(field.1), offset: UInt16(8 * index),
        width: 8)
    }
    func write(_ number: UInt64, run: UInt64, handler: UInt64) {
      memory.write(0x50000 + number % 4 * 40, number, number * 1000, run, UInt64(7), handler)
      memory.write(0x4ff00, number)
    }
    var collector = RunCollector(most: 3, slowest: 2)
    for number: UInt64 in 3...6 { write(number, run: 100 * number, handler: number % 3) }
    collector.add(try #require(Reading(at: PaperMemory.root, in: memory)))
    #expect(
      collector.runs.map(\.handler) == ["console", "#2", "timers"], "\(collector.runs)")
    #expect(collector.missed == 0)
    #expect(collector.runs.last?.begin == 6000 && collector.runs.last?.end == 6600)
    // 7 and 8 are written over before the next look.
    for number: UInt64 in 7...12 { write(number, run: 1000 - number, handler: 0) }
    let new = collector.add(try #require(Reading(at: PaperMemory.root, in: memory)))
    #expect(new.map(\.number) == [9, 10, 11, 12])
    #expect(collector.missed == 2)
    #expect(collector.runs.map(\.number) == [10, 11, 12])
    #expect(collector.slowest.map(\.run) == [991, 990])
    #expect(collector.add(try #require(Reading(at: PaperMemory.root, in: memory))).isEmpty)
  }

  /// A handler whose delays and runs are 5 ns, 6 ns and so on, so many of each.
  private func handler(
    _ memory: PaperMemory, _ place: UInt64, _ name: String, priority: UInt8, runs: UInt64,
    values: [UInt32]
  ) {
    memory.write(place + 0x200, name)
    for (index, value) in values.enumerated() {
      for (offset, byte) in value.written.enumerated() {
        memory.poke(place + 0x300 + UInt64(index * 4 + offset), byte)
      }
    }
    memory.zero(place + 0x300 + UInt64(values.count * 4), count: 4)
    memory.write(place, place + 0x200, UInt64(name.utf8.count), UInt64(priority), runs)
    let total = values.enumerated().reduce(0) { $0 + (5 + UInt64($1.offset)) * UInt64($1.element) }
    for offset: UInt64 in [32, 72] {
      memory.write(
        place + offset, place + 0x300, UInt64(5), UInt64(values.count),
        UInt64(4 + values.count), total)
    }
  }

  private func record(_ memory: PaperMemory, _ number: UInt64, _ text: String) {
    let place = 0x40000 + number % 4 * 64
    memory.zero(place, count: 64)
    memory.write(place, number, number * 1000, UInt8(text.utf8.count), text)
  }

  @Test("all that an instance tells is read, and what makes no sense is counted")
  func decoded() throws {
    let reading = try #require(Reading(at: PaperMemory.root, in: instance()))
    #expect(reading.number("loop.turns") == 77 && reading.time == 5_000_000_000)
    #expect(reading.unreadable == 1)
    #expect(reading.buildID == Array("0123456789abcdefghij".utf8))
    let handlers = reading.handlers
    #expect(handlers.map(\.name) == ["timers", "console"])
    #expect(handlers.map(\.priority) == ["high", "normal"])
    #expect(handlers.map(\.runs) == [3, 1])
    #expect(handlers[0].run.total == 16 && handlers[0].run.maximum == 6)
    #expect(handlers[0].delay.quantile(perMille: 500) == 5)
    #expect(reading.log.map(\.text) == ["line 2", "line 3", "line 4", "line 5"])
    #expect(reading.log.map(\.time) == [2000, 3000, 4000, 5000])
  }

  @Test("entries that are being changed are not read")
  func generation() {
    let memory = instance()
    memory.writeRoot(entries: 5, generation: 3)
    #expect(Reading(at: PaperMemory.root, in: memory) == nil)
  }

  @Test("what happened between two readings")
  func difference() throws {
    let memory = instance()
    let first = try #require(Reading(at: PaperMemory.root, in: memory))
    handler(memory, 0x22000, "timers", priority: 0, runs: 7, values: [2, 4, 1])
    let second = try #require(Reading(at: PaperMemory.root, in: memory))
    let handlers = second.handlers(since: first)
    #expect(handlers[0].runs == 4 && handlers[0].run.count == 4)
    #expect(handlers[0].run.total == 3 * 6 + 7)
    #expect(handlers[1].runs == 0 && handlers[1].run.count == 0)
  }

  @Test("a log is followed: each record once, and what was written over unseen is counted")
  func follower() throws {
    let memory = instance()
    var follower = LogFollower()
    let first = try #require(Reading(at: PaperMemory.root, in: memory))
    #expect(follower.new(in: first).map(\.number) == [2, 3, 4, 5] && follower.missed == 0)
    #expect(follower.new(in: first).isEmpty)
    for number: UInt64 in 6...12 { record(memory, number, "line \(number)") }
    memory.write(0x3ff00, UInt64(12))
    let second = try #require(Reading(at: PaperMemory.root, in: memory))
    #expect(follower.new(in: second).map(\.number) == [9, 10, 11, 12] && follower.missed == 3)
  }

  @Test("a torn record is left out")
  func torn() throws {
    let memory = instance()
    memory.write(0x40000, UInt64(0))
    let reading = try #require(Reading(at: PaperMemory.root, in: memory))
    #expect(reading.log.map(\.number) == [2, 3, 5])
  }

  @Test(
    "the RAM of a guest is a file: the root block is found, holes are passed over",
    arguments: [UInt64.max, 1 << 30])
  func file(low: UInt64) throws {
    let memory = instance()
    let path = "/tmp/porthole-ram-\(getpid())-\(low)"
    defer { unlink(path) }
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    try #require(ftruncate(descriptor, (1 << 30) + 4096) == 0)
    for (address, byte) in memory.bytes {
      var byte = byte
      pwrite(descriptor, &byte, 1, off_t(address))
    }
    // A page with the magic that is no root block: it names another address.
    let magic = Array("PORTHOLE".utf8)
    pwrite(descriptor, magic, 8, 0x3000)
    let size: UInt64 = (1 << 30) + 4096
    let first = min(low, size)
    let file = try #require(
      RAMFile(
        path: path,
        segments: [
          CoreSegment(start: 0, size: first, offset: 0),
          CoreSegment(start: 1 << 32, size: size - first, offset: first),
        ]))
    #expect(file.findRoot() == PaperMemory.root)
    let reading = try #require(Reading(at: PaperMemory.root, in: file))
    #expect(reading.number("loop.turns") == 77)
    var turns: UInt64 = 78
    pwrite(descriptor, &turns, 8, 0x20000)
    #expect(Reading(at: PaperMemory.root, in: file)?.number("loop.turns") == 77)
    file.refresh()
    #expect(Reading(at: PaperMemory.root, in: file)?.number("loop.turns") == 78)
    // What does not fit below the hole stands above 4 GiB.
    pwrite(descriptor, magic, 8, 1 << 30)
    file.refresh()
    let above = low == 1 << 30 ? file.word(at: 1 << 32) : file.word(at: 1 << 30)
    #expect(above == RootLayout.magic)
    #expect(file.word(at: (1 << 30) + 8192) == nil && file.word(at: 1 << 33) == nil)
  }

  @Test("memory of a stranger never traps, whatever byte is another")
  func hostile() {
    let memory = instance()
    var random = SystemRandomNumberGenerator()
    let addresses = memory.bytes.keys.sorted()
    for _ in 0..<3000 {
      let address = addresses[Int.random(in: 0..<addresses.count, using: &random)]
      let before = memory.bytes[address] ?? 0
      memory.poke(address, UInt8.random(in: 0...255, using: &random))
      if let reading = Reading(at: PaperMemory.root, in: memory) {
        _ = (reading.handlers, reading.log, reading.classes, reading.ranges)
      }
      memory.poke(address, before)
    }
  }
}
