// Recordings of memory that was written by hand (Protocols/Telemetry/SPEC.md), read back at any
// moment, in any order; and damaged ones.

import Cores
import Readings
import Recordings
import Telemetry
import TestSupport
import Testing

@Suite("Recordings")
struct RecordingTests {
  /// An instance with a counter and a log of four slots.
  private func instance() -> PaperMemory {
    let memory = PaperMemory()
    memory.writeRoot(entries: 2)
    memory.writeEntry(0, "loop.turns", kind: 1, address: 0x20000)
    memory.writeEntry(
      1, "log", kind: 5, address: 0x40000, fields: (0x32400, 2), count: 0x3ff00, capacity: 4,
      stride: 64)
    memory.write(0x20000, UInt64(0))
    memory.write(0x3ff00, UInt64(0))
    memory.writeField(0, at: 0x32400, "number", type: 10, offset: 0, width: 8)
    memory.writeField(1, at: 0x32400, "text", type: 5, offset: 17, width: 40, extra: (0, 16))
    return memory
  }

  /// Two minutes, a reading a second: at second n the counter is 10 n, and the log has n records.
  private func recording() -> [UInt8] {
    let memory = instance()
    var writer = RecordingWriter()
    var bytes = writer.began(RecordingOrigin(name: "beat", source: "memory"))
    for second in 0..<UInt64(120) {
      memory.write(0x20000, second * 10)
      if second > 0 {
        let place = 0x40000 + second % 4 * 64
        memory.zero(place, count: 64)
        let text = "line \(second)"
        memory.write(place, second, UInt64(0), UInt8(text.utf8.count), text)
        memory.write(0x3ff00, second)
      }
      bytes += writer.looked(
        at: memory, rootAt: PaperMemory.root, now: second * 1_000_000_000, time: second * 1_000_000)
      bytes += writer.printed(Array("tick \(second)\n".utf8), time: second * 1_000_000)
      if second == 60 {
        var state = RecordedState()
        state.status = "hung"
        state.lostConsole = 7
        bytes += writer.became(state, time: second * 1_000_000)
      }
    }
    return bytes + writer.ended(.time, time: 119_000_000)
  }

  private func check(_ recording: Recording, at index: Int) {
    guard let reading = recording.reading(index) else {
      Issue.record("no reading \(index)")
      return
    }
    #expect(
      reading.number("loop.turns") == UInt64(index * 10) && reading.taken == index * 1_000_000)
    let expected = (max(1, index - 3)..<max(1, index + 1)).map { "line \($0)" }
    #expect(reading.log.map(\.text) == expected, "\(index)")
  }

  @Test("every moment reads as it was, in whatever order it is asked for")
  func moments() throws {
    let recording = try Recording(ByteArray(recording()))
    #expect(recording.origin.name == "beat" && recording.ending == .time)
    #expect(recording.moments.count == 120 && recording.end == 119_000_000)
    for index in 0..<120 { check(recording, at: index) }
    for index in [100, 3, 59, 60, 61, 119, 0, 30, 29] { check(recording, at: index) }
    #expect(recording.index(at: 45_300_000) == 45 && recording.index(at: .max) == 119)
    #expect(recording.console(upTo: 2_500_000) == Array("tick 0\ntick 1\ntick 2\n".utf8))
    #expect(recording.console(from: 1_000_000, upTo: 1_500_000) == Array("tick 1\n".utf8))
    #expect(recording.state(at: 59_000_000) == RecordedState())
    #expect(
      recording.state(at: 90_000_000).status == "hung"
        && recording.state(at: 90_000_000).lostConsole == 7)
    #expect(recording.beginnings == [0, 30, 60, 90])
  }

  @Test("a recording that was cut off anywhere is read up to there")
  func cut() throws {
    let whole = recording()
    for count in stride(from: 2000, to: whole.count - 1, by: 811) {
      guard let recording = try? Recording(ByteArray(Array(whole.prefix(count)))) else { continue }
      #expect(recording.ending == nil, "\(count)")
      check(recording, at: recording.moments.count - 1)
    }
    let half = try Recording(ByteArray(Array(whole.prefix(whole.count / 2))))
    #expect((40...80).contains(half.moments.count))
  }

  @Test("single samples lie where the ring was, those of the readings asked for, each once")
  func samples() throws {
    let memory = instance()
    var writer = RecordingWriter()
    var bytes = writer.began(RecordingOrigin(name: "beat", source: "memory"))
    // A ring of eight slots; three samples a second, from the second look on they are recorded.
    for second in 0..<UInt64(10) {
      for number in (second * 3 + 1)...(second * 3 + 3) {
        let slot = 0x50000 + number % 8 * 32
        for (place, word) in [number, number * 1000, 7, 9].enumerated() {
          memory.write(slot + UInt64(place) * 8, word)
        }
      }
      bytes += writer.looked(
        at: memory, rootAt: PaperMemory.root, now: second * 1_000_000_000, time: second * 1_000_000)
      let ring = try #require(
        SampleRing(address: 0x50000, capacity: 8, latest: second * 3 + 3))
      bytes += writer.sampled(ring, in: memory, time: second * 1_000_000)
    }
    let recording = try Recording(ByteArray(bytes))
    func numbers(_ index: Int, after before: Int) -> [UInt64]? {
      recording.withSamples(index, after: before) { memory, _ in
        (0..<8).compactMap { memory.word(at: 0x50000 + $0 * 32) }.filter { $0 > 0 }.sorted()
      }
    }
    #expect(numbers(5, after: 4) == [16, 17, 18])
    #expect(numbers(5, after: 3) == [13, 14, 15, 16, 17, 18])
    #expect(numbers(1, after: 0) == [4, 5, 6])
    // Nobody had looked before the first one.
    #expect(numbers(0, after: 0) == [])
    let word = recording.withSamples(5, after: 4) { memory, _ in
      memory.word(at: 0x50000 + 17 % 8 * 32 + 8)
    }
    #expect(word == 17_000)
    #expect(SampleRing(address: 4, capacity: 8, latest: 0) == nil)
    #expect(SampleRing(address: 8, capacity: 1 << 40, latest: 0) == nil)
  }

  @Test("one with more chunks than are looked at is no damaged one")
  func long() throws {
    let whole = try Recording(ByteArray(recording()))
    #expect(!whole.isTooLong && whole.ending == .time)
    let part = try Recording(ByteArray(recording()), most: 50)
    #expect(part.isTooLong && part.ending == nil && part.unread > 0 && part.end < whole.end)
    let cut = try Recording(ByteArray(recording().dropLast(30)))
    #expect(!cut.isTooLong && cut.unread > 0)
  }

  @Test("what is no recording is refused in words")
  func refused() {
    var later = recording()
    later[8] = 2
    for (bytes, word) in [(Array("text".utf8), "no recording"), (later, "version")] {
      let error = #expect(throws: RecordingError.self) { try Recording(ByteArray(bytes)) }
      #expect(error?.message.contains(word) == true)
    }
  }

  @Test("damage never traps, and never gives a reading that was not recorded")
  func damage() {
    let whole = recording()
    var random = Seeded()
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[Int.random(in: 16..<bytes.count, using: &random)] ^= UInt8.random(
          in: 1...255, using: &random)
      }
      guard let recording = try? Recording(ByteArray(bytes)) else { continue }
      for index in [0, 31, 64, recording.moments.count - 1] {
        guard let reading = recording.reading(index) else { continue }
        #expect(reading.number("loop.turns") == UInt64(reading.taken / 100_000))
      }
    }
  }
}
