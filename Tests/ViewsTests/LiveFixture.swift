// An instance that tells of itself, second by second, as the dashboard would have followed it.

import Inspect
import Live
import Readings
import Session
import Telemetry

/// Bucket by the definition of SPEC.md, found by looking for it.
private func histogram(_ values: [(UInt64, UInt32)]) -> HistogramValue {
  values.reduce(HistogramValue()) { sum, value in
    let bucket = (0..<496).last { HistogramValue.lowest(of: $0) <= value.0 } ?? 0
    return sum.adding(
      HistogramValue(
        first: bucket, counts: [value.1], maximum: value.0, total: value.0 &* UInt64(value.1)))
  }
}

private func row(_ fields: [(String, Cell)], number: UInt64? = nil) -> ReadingRow {
  ReadingRow(number: number, fields: fields.map { ReadingField(name: $0.0, cell: $0.1) })
}

private func text(_ text: String) -> Cell { .text(Array(text.utf8)) }

/// The reading at a tenth of a second.
private func reading(_ tick: UInt64) -> Reading {
  var reading = Reading()
  reading.taken = 1_000_000 + Int(tick) * 100_000
  reading.time = 4_000_000_000 + tick * 100_000_000
  reading.buildID = [0x63, 0x0d, 0x2f, 0xe0, 1, 2, 3, 4]
  func number(_ name: String, _ kind: EntryKind, _ value: UInt64, _ unit: Unit = .none) {
    reading.entries.append(
      ReadingEntry(name: name, kind: kind, unit: unit, value: .cell(.unsigned(value))))
  }
  func table(_ name: String, _ rows: [ReadingRow]) {
    reading.entries.append(
      ReadingEntry(name: name, kind: .table, unit: .none, value: .rows(rows)))
  }
  let wave = tick % 40 < 20 ? 2 : UInt64(1)
  number("loop.turns", .counter, tick * 17)
  number("loop.waits", .counter, tick * 8)
  number("timers.runs", .counter, tick * 10 * wave)
  number("timers.missed", .counter, 5)
  number("timers.armed", .gauge, 2)
  number("core.0.handler", .gauge, 1)
  number("heap.inUse", .gauge, 410_000 + tick % 30 * 1000, .bytes)
  number("heap.highWater", .gauge, 500_000, .bytes)
  number("heap.allocations", .counter, tick * 11)
  number("console.output", .counter, tick * 30, .bytes)
  number("http.requests", .counter, tick * tick * 3)
  reading.entries.append(
    ReadingEntry(
      name: "http.queue", kind: .gauge, unit: .none, value: .cell(.signed(-Int64(tick % 7)))))
  let runs = UInt32(tick * 10 + 1)
  table(
    "handlers",
    [
      row([
        ("name", text("timers")), ("priority", .enumeration(0, name: Array("high".utf8))),
        ("runs", .unsigned(UInt64(runs))),
        ("delay", .histogram(histogram([(18_000, runs), (300_000, runs / 9)]))),
        ("run", .histogram(histogram([(2_200_000, runs), (9_900_000, runs / 20)]))),
      ]),
      row([
        ("name", text("async")), ("priority", .enumeration(1, name: Array("normal".utf8))),
        ("runs", .unsigned(UInt64(runs))), ("delay", .histogram(histogram([(21_000, runs)]))),
        ("run", .histogram(histogram([(800_000, runs), (120_000_000, runs / 300)]))),
      ]),
      row([
        ("name", text("console input")), ("priority", .enumeration(1, name: Array("normal".utf8))),
        ("runs", .unsigned(3)), ("delay", .histogram(histogram([(5_000, 3)]))),
        ("run", .histogram(histogram([(40_000, 3)]))),
      ]),
    ])
  table("heap.regions", [row([("pages", .unsigned(11_000))])])
  table(
    "heap.classes",
    [(16, 900, 12), (64, 300 + tick, 20), (256, 12, 3), (4096, 1, 1)].map {
      (size: UInt64, live: UInt64, pages: UInt64) in
      row([
        ("size", .unsigned(size)), ("live", .unsigned(live)), ("pages", .unsigned(pages)),
        ("blocksPerPage", .unsigned(max(1, 4000 / size))),
      ])
    })
  table(
    "memory.ranges",
    [(0x100000, 0x170000, "image"), (0x160000, 0x170000, "stack"), (0x100000, 0x4000000, "ram")]
      .map { (start: UInt64, end: UInt64, kind: String) in
        row([
          ("start", .address(start)), ("end", .address(end)),
          ("kind", .enumeration(0, name: Array(kind.utf8))),
        ])
      })
  table(
    "fibers",
    [("waiter", UInt64(1500)), ("sleeper", 12_000)].enumerated().map { index, fiber in
      row([
        ("name", text(fiber.0)), ("number", .unsigned(UInt64(index + 1))),
        ("state", .enumeration(0, name: nil)), ("since", .instant(reading.time)),
        ("stack", .address(0x20_0000)), ("stackSize", .unsigned(16_384)),
        ("stackPointer", .address(0x20_0000 + fiber.1)),
      ])
    })
  let lines: [(String, String)] = [
    ("notice", "Heartbeat is up"), ("info", "pulse 77"), ("warning", "a beat came late"),
    ("info", "pulse 78"), ("error", "no oxygen"), ("debug", "valve 3 open"),
  ]
  table(
    "log",
    lines.enumerated().compactMap { index, line in
      guard UInt64(index) * 40 <= tick else { return nil }
      return row(
        [
          ("text", text(line.1)), ("time", .instant(4_000_000_000 + UInt64(index) * 4_000_000_000)),
          ("level", .enumeration(0, name: Array(line.0.utf8))), ("boot", .unsigned(1)),
        ], number: UInt64(index + 1))
    })
  return reading
}

/// A running instance, followed for half a minute.
func liveSnapshot() -> Snapshot {
  var snapshot = runningSnapshot()
  snapshot.link.isStale = false
  for tick in 0..<UInt64(320) {
    var live = Live()
    live.reading = reading(tick)
    live.source = "memory"
    live.generation = Int(tick) + 1
    snapshot.live.take(live, isStanding: false)
  }
  return snapshot
}

/// The same, but everything that it says would act on a terminal, and all numbers are absurd.
func hostileLive() -> Live {
  var live = Live()
  for tick in 0..<3 {
    var reading = reading(UInt64(tick))
    reading.time = .max - 3 + UInt64(tick)
    let most = HistogramValue(
      first: 490, counts: [.max, .max, .max, .max, .max, .max], maximum: .max, total: .max)
    for index in reading.entries.indices {
      switch reading.entries[index].value {
      case .cell: reading.entries[index].value = .cell(.unsigned(.max))
      case .rows(let rows):
        reading.entries[index].value = .rows(
          rows.map { row in
            ReadingRow(
              number: row.number.map { .max - 10 + $0 },
              fields: row.fields.map { field in
                switch field.cell {
                case .text, .enumeration(_, name: .some):
                  ReadingField(
                    name: field.name,
                    cell: .enumeration(.max, name: Array(hostileText.utf8) + [0xff, 0xc0, 0x9b]))
                case .histogram: ReadingField(name: field.name, cell: .histogram(most))
                default: ReadingField(name: field.name, cell: .unsigned(.max))
                }
              })
          })
      default: break
      }
    }
    for number in 0..<40 {
      reading.entries.append(
        ReadingEntry(
          name: hostileText + "\(number)" + String(repeating: "y", count: 3000), kind: .counter,
          unit: Unit(rawValue: UInt8(number % 6)) ?? .none,
          value: .cell(number % 2 == 0 ? .signed(.min) : .unsigned(.max))))
    }
    var new = Live()
    new.reading = reading
    new.source = hostileText
    new.losses = LiveLosses(lost: .max, damaged: .max, skipped: .max, unkept: .max)
    new.generation = tick
    live.take(new, isStanding: false)
  }
  live.note = hostileText
  live.ageMilliseconds = .max
  return live
}
