// Conditions on readings made by hand.

import Conditions
import Readings
import Telemetry
import TestSupport
import Testing

@Suite("Conditions")
struct ConditionTests {
  /// An instance at some second: two counters, a signed gauge, a handler, a log.
  static func reading(
    _ second: Double, turns: UInt64 = 100, bytes: UInt64 = 4096, counts: [UInt32] = [99, 1],
    log: [(UInt64, String)] = [(1, "booted")]
  ) throws -> Reading {
    let memory = PaperMemory()
    // Values from 1000 on: bucket 8 * 7 + 7 holds 960 to 1023, the next one 1024 to 1151.
    memory.write(0x1000, UInt64(0x2000), UInt64(63), UInt64(counts.count), UInt64(5000), UInt64(7))
    for pair in stride(from: 0, to: counts.count, by: 2) {
      let second = pair + 1 < counts.count ? counts[pair + 1] : 0
      memory.write(0x2000 + UInt64(pair) * 4, counts[pair], second)
    }
    let histogram = Cell.histogram(try #require(HistogramValue(at: 0x1000, in: memory)))
    var reading = Reading()
    reading.taken = Int(second * 1_000_000)
    func field(_ name: String, _ cell: Cell) -> ReadingField {
      ReadingField(name: name, cell: cell)
    }
    reading.entries = [
      ReadingEntry(name: "loop.turns", kind: .counter, unit: .none, value: .cell(.unsigned(turns))),
      ReadingEntry(name: "heap.inUse", kind: .gauge, unit: .bytes, value: .cell(.unsigned(bytes))),
      ReadingEntry(name: "depth", kind: .gauge, unit: .none, value: .cell(.signed(-3))),
      ReadingEntry(
        name: "handlers", kind: .table, unit: .none,
        value: .rows([
          ReadingRow(fields: [
            field("name", .text(Array("tim er".utf8))), field("runs", .unsigned(7)),
            field("delay", histogram), field("run", histogram),
          ])
        ])),
      ReadingEntry(
        name: "log", kind: .ring, unit: .none,
        value: .rows(
          log.enumerated().map { index, record in
            ReadingRow(
              number: UInt64(index + 1),
              fields: [
                field("boot", .unsigned(record.0)), field("text", .text(Array(record.1.utf8))),
              ])
          })),
    ]
    return reading
  }

  @Test(
    "are true or false of what is there",
    arguments: [
      ("loop.turns > 100", false), ("loop.turns >= 100", true), ("loop.turns = 100", true),
      ("loop.turns != 100", false), ("depth < -2", true), ("depth == -3", true),
      ("heap.inUse <= 4KiB", true), ("heap.inUse < 4kB", false), ("heap.inUse == 4_096", true),
      ("not loop.turns > 100", true), ("!(depth < 0 && loop.turns > 1)", false),
      ("loop.turns > 1 and depth > 0 or heap.inUse > 1", true),
      ("loop.turns > 1 and (depth > 0 or heap.inUse < 1)", false),
      ("p50(handlers.\"tim er\".run) < 1us", true), ("p99.9(handlers.\"tim er\".run) < 1us", false),
      ("p99(handlers.\"tim er\".delay) < 1ms", true), ("max(handlers.\"tim er\".run) == 5us", true),
      ("count(handlers.\"tim er\".run) == 100", true), ("handlers.\"tim er\".runs == 7", true),
      ("state == running", true), ("state != panicked", true), ("state == panicked", false),
      ("log ~ \"boot\"", true), ("log ~ 'sunk'", false), ("log == 1", true),
    ])
  func truth(_ text: String, _ expected: Bool) throws {
    var watch = ConditionWatch(try Condition(parsing: text))
    let verdict = try watch.looked(Self.reading(1), state: "running")
    #expect(verdict.isTrue == expected && verdict.hasHeld == expected)
  }

  @Test(
    "that make no sense say what does",
    arguments: [
      ("", "begins with a name"), ("loop.turns", "comes one of"), ("loop.turns >", "with a number"),
      ("loop.turns > 1 2", "left over"), ("loop.turns > 5parsec", "ns us ms"),
      ("(loop.turns > 1", "closing bracket"), ("frob(loop.turns) > 1", "rate, p50"),
      ("state == sunk", "panicked"), ("log ~ 5", "in quotes"), ("log ~ \"x", "has no end"),
      ("loop.turns > 1 @", "no meaning"), ("p101(x) > 1", "no function"),
      (String(repeating: "(", count: 5000), "too many"),
      (String(repeating: "!", count: 4000), "too many"),
    ])
  func senseless(_ text: String, _ words: String) {
    do {
      _ = try Condition(parsing: text)
      Issue.record("\(text.prefix(40)) was taken")
    } catch {
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test(
    "on what is not there, or is something else, say so",
    arguments: [
      ("loop.turn > 1", "did you mean loop.turns"), ("turns > 1", "loop.turns"),
      ("wholly.different > 1", "porthole counters"), ("loop.turns < 2ms", "no time"),
      ("heap.inUse < 2ms", "it is a bytes"), ("p99(loop.turns) < 1", "one number"),
      ("handlers.\"tim er\".run < 1", "p99("), ("rate(handlers.\"tim er\".run) < 1", "histogram"),
    ])
  func unknown(_ text: String, _ words: String) throws {
    var watch = ConditionWatch(try Condition(parsing: text))
    let error = try #require(throws: ConditionError.self) { try watch.looked(Self.reading(1)) }
    #expect(error.message.contains(words), "\(error.message)")
    var patient = ConditionWatch(try Condition(parsing: "absent == 1"), mayAppear: true)
    #expect(try patient.looked(Self.reading(1)).isTrue == false)
  }

  @Test("take rates over a second at least, and are not true before there is one")
  func rates() throws {
    var watch = ConditionWatch(try Condition(parsing: "rate(loop.turns) < 50"))
    #expect(try watch.looked(Self.reading(0, turns: 0)).isTrue == false)
    #expect(try watch.looked(Self.reading(0.5, turns: 10)).isTrue == false)
    var verdict = try watch.looked(Self.reading(1, turns: 20))
    #expect(verdict.isTrue && verdict.values.first?.value == 20)
    verdict = try watch.looked(Self.reading(1.5, turns: 110))
    #expect(!verdict.isTrue && verdict.values.first?.value == 100)
    // A negation of what is not known yet is not known either.
    var never = ConditionWatch(try Condition(parsing: "not rate(loop.turns) < 50"))
    #expect(try never.looked(Self.reading(0)).isTrue == false)
  }

  @Test("hold for as long as was asked, at every look")
  func holding() throws {
    var watch = ConditionWatch(try Condition(parsing: "loop.turns > 5"), for: 2_000_000)
    #expect(try watch.looked(Self.reading(1, turns: 6)).hasHeld == false)
    #expect(try watch.looked(Self.reading(2, turns: 5)).isTrue == false)
    #expect(try watch.looked(Self.reading(3, turns: 6)).isTrue)
    #expect(try watch.looked(Self.reading(4.9, turns: 6)).hasHeld == false)
    #expect(try watch.looked(Self.reading(5, turns: 6)).hasHeld)
  }

  @Test("count from the first look on, if that was asked for")
  func fresh() throws {
    let condition = try Condition(
      parsing: "loop.turns == 3 and count(handlers.\"tim er\".run) == 2 and heap.inUse == 4096")
    var watch = ConditionWatch(condition, countsFromNow: true)
    #expect(try watch.looked(Self.reading(1)).isTrue == false)
    #expect(try watch.looked(Self.reading(2, turns: 103, counts: [101, 1])).isTrue)
  }

  @Test("remember a line of the log that the ring has lost, but not one of an earlier boot")
  func log() throws {
    var watch = ConditionWatch(try Condition(parsing: "log ~ \"ready\" and loop.turns > 100"))
    #expect(
      try watch.looked(Self.reading(1, log: [(1, "ready"), (2, "booted")])).isTrue == false)
    #expect(try watch.looked(Self.reading(2, log: [(2, "ready")])).isTrue == false)
    #expect(try watch.looked(Self.reading(3, turns: 101, log: [(2, "other")])).isTrue)
  }
}
