// The log ring over plain memory: what survives a reset, what does not pass for a record, and the
// layout as a tool would read it, written out a second time here.

import Log
import Testing

/// Memory as a machine keeps it over resets, filled with what a machine may begin with. It stays for
/// ever, as a machine's does: a ring knows only where it is.
private final class Memory {
  let bytes: UnsafeMutableRawBufferPointer

  init(slots: Int, filledWith fill: UInt8 = 0) {
    bytes = .allocate(byteCount: slots * 128, alignment: 4096)
    for index in bytes.indices { bytes[index] = fill }
  }

  /// What a boot does: takes the ring over and notes the boot.
  func boot() throws -> LogRing {
    let ring = try #require(LogRing(over: bytes))
    ring.write(.boot, "boot")
    return ring
  }

  func load<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
    bytes.loadUnaligned(fromByteOffset: offset, as: type)
  }

  /// The texts of all valid records by number, by the rules on the page (LogLayout.swift).
  func texts() -> [UInt64: String] {
    var found: [UInt64: String] = [:]
    for slot in 2..<bytes.count / 128 {
      let at = slot * 128
      let length = Int(load(at + 6, UInt8.self))
      guard length <= 96 else { continue }
      var hash: UInt32 = 2_166_136_261
      for byte in bytes[(at + 4)..<(at + 32 + length)] {
        hash = (hash ^ UInt32(byte)) &* 16_777_619
      }
      guard hash == load(at, UInt32.self) else { continue }
      let text = bytes[(at + 32)..<(at + 32 + length)]
      found[load(at + 8, UInt64.self)] = String(decoding: text, as: UTF8.self)
    }
    return found
  }
}

extension LogRing {
  fileprivate func write(_ kind: LogKind, _ text: String, value: UInt32 = 0, time: UInt64 = 7) {
    var text = text
    text.withUTF8 {
      append(kind, level: 3, value: value, time: time, UnsafeRawBufferPointer($0))
    }
  }

  fileprivate func text(_ number: UInt64) -> String? {
    record(number: number).map { String(decoding: $0.text, as: UTF8.self) }
  }
}

@Suite("Log ring")
struct LogRingTests {
  @Test("a record has what was written, where the layout says")
  func layout() throws {
    let memory = Memory(slots: 10)
    let ring = try memory.boot()
    ring.write(.text, "pump is dry", value: 0x0102_0304, time: 123_456_789_012)
    let record = try #require(ring.record(number: 2))
    #expect(record.kind == .text && record.level == 3 && record.value == 0x0102_0304)
    #expect(record.time == 123_456_789_012 && record.boot == 1 && !record.isCut)
    #expect(memory.texts() == [1: "boot", 2: "pump is dry"])
    #expect(memory.bytes[0..<8].elementsEqual("PORTHLOG".utf8))
    #expect(memory.load(8, UInt16.self) == 1 && memory.load(10, UInt16.self) == 128)
    #expect(memory.load(12, UInt32.self) == 8 && memory.load(16, UInt64.self) == 2)
    // Number 2 modulo 8, after two slots.
    #expect(memory.load(4 * 128 + 16, UInt64.self) == 123_456_789_012)
  }

  @Test("the oldest records make room, and are counted", arguments: [1, 7, 8, 9, 100])
  func overwrites(count: Int) throws {
    let memory = Memory(slots: 10)
    let ring = try #require(LogRing(over: memory.bytes))
    for number in 1...count { ring.write(.text, "line \(number)") }
    let kept = max(1, count - 7)...count
    #expect(
      memory.texts()
        == Dictionary(uniqueKeysWithValues: kept.map { (UInt64($0), "line \($0)") }))
    #expect(ring.latest == UInt64(count))
    #expect(ring.overwritten == UInt64(max(0, count - 8)))
    #expect(ring.text(UInt64(count)) == "line \(count)" && ring.text(UInt64(count + 1)) == nil)
  }

  @Test("text of 96 bytes is whole, of 97 cut and marked")
  func length() throws {
    let ring = try Memory(slots: 10).boot()
    for length in [0, 95, 96, 97, 500] {
      ring.write(.text, String(repeating: "x", count: length))
      let record = try #require(ring.record(number: ring.latest))
      #expect(record.text.count == min(length, 96) && record.isCut == (length > 96))
    }
  }

  @Test("records and numbers go on over resets; the boot's number rises")
  func survives() throws {
    let memory = Memory(slots: 40)
    for boot in 1...5 {
      let ring = try memory.boot()
      #expect(ring.boot == UInt32(boot) && ring.latest == UInt64(boot * 2 - 1))
      ring.write(.text, "of boot \(boot)")
    }
    #expect(memory.texts().count == 10 && memory.texts()[6] == "of boot 3")
  }

  @Test("memory that holds no ring is begun anew", arguments: [0, 0xff, 0x50] as [UInt8])
  func garbage(fill: UInt8) throws {
    let memory = Memory(slots: 10, filledWith: fill)
    let ring = try memory.boot()
    #expect(ring.boot == 1 && ring.previousEnd == nil && memory.texts() == [1: "boot"])
    #expect(PreviousEnd(ring) == nil)
  }

  @Test("a ring of another size or version is begun anew", arguments: [8, 10, 12])
  func other(offset: Int) throws {
    let memory = Memory(slots: 10)
    try memory.boot().write(.panic, "old")
    memory.bytes[offset] += 1
    let ring = try memory.boot()
    #expect(ring.boot == 1 && memory.texts() == [1: "boot"] && PreviousEnd(ring) == nil)
  }

  @Test("no room for a record is no ring; one record's room is one")
  func small() throws {
    #expect(LogRing(over: Memory(slots: 2).bytes) == nil)
    let memory = Memory(slots: 3)
    try memory.boot().write(.panic, "only")
    #expect(memory.texts() == [2: "only"])
    let ring = try memory.boot()
    #expect("\(try #require(PreviousEnd(ring)))" == "panic(\"only\")")
  }

  @Test("a line shows only once it is committed")
  func torn() throws {
    let memory = Memory(slots: 10)
    let ring = try memory.boot()
    var line = ring.begin(.text, time: 1)
    for byte in "never ended".utf8 { line.append(byte) }
    ring.write(.text, "interrupts came")
    #expect(memory.texts() == [1: "boot", 3: "interrupts came"])
    line.commit()
    #expect(memory.texts()[2] == "never ended")
  }

  @Test("a record torn over an old one is neither of the two")
  func tornOver() throws {
    let memory = Memory(slots: 4)
    let ring = try #require(LogRing(over: memory.bytes))
    ring.write(.text, "old 1")
    ring.write(.text, "old 2")
    _ = ring.begin(.text, time: 1)
    #expect(memory.texts() == [2: "old 2"])
    let next = try #require(LogRing(over: memory.bytes))
    // The torn one does not count: its number is used again.
    #expect(next.latest == 2 && next.boot == 2)
  }

  @Test("any byte of a record that changes makes it none")
  func damage() throws {
    for offset in 0..<(32 + 4) {
      let memory = Memory(slots: 10)
      _ = try memory.boot()
      memory.bytes[3 * 128 + offset] ^= 0x10
      #expect(memory.texts() == [:], "byte \(offset)")
      #expect(LogRing(over: memory.bytes)?.boot == 1)
    }
  }
}

@Suite("Previous end")
struct PreviousEndTests {
  /// What the boot after one that wrote this says of it.
  private func end(_ write: (LogRing) -> Void) throws -> String {
    let memory = Memory(slots: 20)
    try write(memory.boot())
    let ring = try memory.boot()
    // However much is logged, the answer stays.
    for number in 0..<50 { ring.write(.text, "line \(number)") }
    return "\(try #require(PreviousEnd(ring)))"
  }

  @Test("what the last record of its kind says")
  func kinds() throws {
    #expect(try end { $0.write(.powerOff, "", value: 3) } == "powerOff(status: 3)")
    #expect(try end { $0.write(.reset, "") } == "reset")
    #expect(try end { $0.write(.panic, "page fault") } == "panic(\"page fault\")")
    #expect(try end { $0.write(.text, "and then") } == "unknown")
  }

  @Test("a panic on the way down counts, not the power-off before it; details do not")
  func panicLater() throws {
    let end = try end {
      $0.write(.powerOff, "", value: 0)
      $0.write(.panic, "double fault")
      $0.write(.panicDetail, "rip 0x1")
    }
    #expect(end == "panic(\"double fault\")")
  }

  @Test("an end that lies a boot further back does not count")
  func older() throws {
    let memory = Memory(slots: 20)
    try memory.boot().write(.panic, "long ago")
    _ = try memory.boot()
    #expect("\(try #require(PreviousEnd(memory.boot())))" == "unknown")
  }

  @Test("the first boot knows of none, nor does a machine without a ring")
  func first() throws {
    #expect(try PreviousEnd(Memory(slots: 20).boot()) == nil)
    #expect(PreviousEnd(nil) == nil)
  }
}
