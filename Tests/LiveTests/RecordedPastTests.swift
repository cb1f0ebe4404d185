// A recording that was written from a machine on paper, looked at as screens look at it.

import Cores
@testable import Live
import Readings
import Recordings
import Telemetry
import TestSupport
import Testing

@Suite("A recording's past")
struct RecordedPastTests {
  /// A reading a second for so many seconds, whose counter is ten times the second.
  private func recording(seconds: UInt64) throws -> Recording {
    let memory = PaperMemory()
    memory.writeRoot(entries: 1)
    memory.writeEntry(0, "loop.turns", kind: 1, address: 0x20000)
    var writer = RecordingWriter()
    var bytes = writer.began(RecordingOrigin(name: "beat", source: "memory"))
    for second in 0..<seconds {
      memory.write(0x20000, second * 10)
      bytes += writer.looked(
        at: memory, rootAt: PaperMemory.root, now: second * 1_000_000_000, time: second * 1_000_000)
    }
    return try Recording(ByteArray(bytes))
  }

  private func check(_ past: RecordedPast, at second: Int) throws {
    let history = past.history(at: second * 1_000_000)
    let place = try #require(history.place(at: second * 1_000_000))
    let moment = history.moments[place]
    #expect(
      moment.taken == second * 1_000_000 && moment.number("loop.turns") == UInt64(second * 10))
    #expect(history.stretch(to: place)?.rate("loop.turns") == (second > 0 ? 10 : nil))
  }

  @Test("a short one is known as a whole, and rates lead over the places where reading can begin")
  func short() throws {
    var past = RecordedPast(try recording(seconds: 125))
    while past.readMore(near: .max) {}
    #expect(past.history(at: .max).moments.map(\.taken) == (0..<125).map { $0 * 1_000_000 })
    for second in [0, 29, 30, 31, 60, 124] { try check(past, at: second) }
    #expect(past.history(at: .max).moments.filter(\.isAfterGap).map(\.taken) == [0])
  }

  @Test("of a long one all is known around the moment that is looked at, and little of the rest")
  func long() throws {
    var past = RecordedPast(try recording(seconds: 900), most: 200)
    _ = past.readMore(near: 800_000_000)
    try check(past, at: 800)
    for second in [800, 30, 899, 400] {
      var steps = 0
      while past.readMore(near: second * 1_000_000), steps < 5000 { steps += 1 }
      try check(past, at: second)
      let moments = past.history(at: .max).moments
      #expect(moments.count < 300 && moments.map(\.taken) == moments.map(\.taken).sorted())
      // Its whole length is there, half a minute finely.
      #expect(moments[0].taken == 0 && (moments.last?.taken ?? 0) >= 870_000_000)
    }
  }

  @Test("rows go that are furthest from the moment that is looked at, and boots stay apart")
  func rows() {
    var rows = RecordedRows<Int>(most: 100)
    for number in 0..<150 { rows.add(number, boot: 1, number: UInt64(number), at: number * 1000) }
    rows.add(-5, boot: 2, number: 5, at: 149_000)
    #expect(rows.sorted(of: 2) == [-5] && rows.sorted(of: 1).count == 150)
    // 90 are left: those nearest to second 140, and what they are is the nearest that went.
    #expect(rows.makeRoom(around: 140_000) == 80_000)
    #expect(rows.count == 90 && rows.hidden == 61)
    #expect(rows.sorted(of: 1).first == 61 && rows.sorted(of: 1).last == 149)
    #expect(rows.makeRoom(around: 0) == nil)
    for number in 0..<61 { rows.add(number, boot: 1, number: UInt64(number), at: number * 1000) }
    #expect(rows.makeRoom(around: 0) != nil && rows.sorted().first == 0)
    #expect(rows.sorted(of: 2) == [])
  }

  @Test("a long log is there around every moment that is looked at, and what is left out is told")
  func log() throws {
    let memory = PaperMemory()
    memory.writeRoot(entries: 1)
    memory.writeEntry(
      0, "log", kind: 5, address: 0x40000, fields: (0x32400, 3), count: 0x3ff00, capacity: 4,
      stride: 64)
    memory.write(0x3ff00, UInt64(0))
    memory.writeField(0, at: 0x32400, "number", type: 10, offset: 0, width: 8)
    memory.writeField(1, at: 0x32400, "time", type: 1, offset: 8, width: 8)
    memory.writeField(2, at: 0x32400, "text", type: 5, offset: 17, width: 40, extra: (0, 16))
    var writer = RecordingWriter()
    var bytes = writer.began(RecordingOrigin(name: "beat", source: "memory"))
    for second in 0..<UInt64(900) {
      let place = 0x40000 + second % 4 * 64
      memory.zero(place, count: 64)
      let text = "line \(second)"
      memory.write(place, second, second * 1_000_000_000, UInt8(text.utf8.count), text)
      memory.write(0x3ff00, second)
      bytes += writer.looked(
        at: memory, rootAt: PaperMemory.root, now: second * 1_000_000_000, time: second * 1_000_000)
    }
    var past = RecordedPast(try Recording(ByteArray(bytes)), rows: 300)
    for second in [850, 40, 899, 450, 40] {
      var steps = 0
      while past.readMore(near: second * 1_000_000), steps < 5000 { steps += 1 }
      #expect(steps < 5000)
      let texts = past.history(at: second * 1_000_000).log.map(\.text)
      #expect(texts.count <= 300)
      for near in (second - 25)...min(second + 25, 898) where near > 0 {
        #expect(texts.contains("line \(near)"), "at \(second)")
      }
    }
    #expect(past.note.contains("log lines far from here left out"))
    // So dense that one page is too much: what went nearby is read again by who goes there.
    past = RecordedPast(try Recording(ByteArray(bytes)), rows: 40)
    for second in [850, 835, 815, 838, 870, 820] {
      var steps = 0
      while past.readMore(near: second * 1_000_000), steps < 5000 { steps += 1 }
      #expect(steps < 5000)
      let texts = past.history(at: second * 1_000_000).log.map(\.text)
      #expect(texts.count <= 40)
      for near in (second - 8)...(second + 8) {
        #expect(texts.contains("line \(near)"), "line \(near) at \(second)")
      }
    }
    // Told are those that were read, each once: at most all there are.
    let left = Int(past.note.prefix { $0.isNumber }) ?? -1
    #expect((0...900).contains(left), "\(past.note)")
  }

  @Test(
    "dates are those of the calendar",
    arguments: [
      // By date -u -d @N.
      (0, "1970-01-01 00:00:00 UTC"), (951_782_399, "2000-02-28 23:59:59 UTC"),
      (951_782_400, "2000-02-29 00:00:00 UTC"), (1_796_040_310, "2026-11-30 12:05:10 UTC"),
      (4_107_542_400, "2100-03-01 00:00:00 UTC"), (-1, "1969-12-31 23:59:59 UTC"),
    ])
  func dates(seconds: Int, text: String) {
    #expect(RecordedSpan(name: "x", begin: seconds - 5, duration: 0).date(at: 5_999_999) == text)
  }
}
