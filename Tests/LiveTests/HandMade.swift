// Readings made by hand: a machine that is told what happens to it, second by second.

import Live
import Readings
import Telemetry

/// An instance on paper.
struct PaperInstance {
  var history = LiveHistory()
  var counters: [(name: String, value: UInt64)] = [
    ("loop.turns", 0), ("loop.waits", 0), ("timers.runs", 0), ("timers.missed", 0),
    ("heap.inUse", 1 << 20), ("console.outputDropped", 0), ("core.0.handler", 0),
  ]
  var handlers: [HandlerReading] = [
    PaperInstance.handler("timers"), PaperInstance.handler("async"),
  ]
  var fibers: [FiberReading] = []
  var ready: [UInt64] = []
  var deadline: UInt64 = 0
  var log: [LogRecord] = []
  /// Nanoseconds since boot; stands still where a test says so.
  var time: UInt64 = 5_000_000_000
  var taken = 1_000_000

  static func handler(_ name: String) -> HandlerReading {
    HandlerReading(
      name: name, priority: "normal", runs: 0, delay: HistogramValue(), run: HistogramValue())
  }

  subscript(name: String) -> UInt64 {
    get { counters.first { $0.name == name }?.value ?? 0 }
    set {
      if let place = counters.firstIndex(where: { $0.name == name }) {
        counters[place].value = newValue
      } else {
        counters.append((name, newValue))
      }
    }
  }

  /// Bucket by the definition of SPEC.md, found by looking for it.
  static func bucket(of value: UInt64) -> Int {
    (0..<496).last { HistogramValue.lowest(of: $0) <= value } ?? 0
  }

  /// A handler ran so often, so long each time.
  mutating func run(_ place: Int, _ times: UInt64, nanoseconds: UInt64, delay: UInt64 = 1000) {
    func added(_ histogram: HistogramValue, _ value: UInt64) -> HistogramValue {
      histogram.adding(
        HistogramValue(
          first: Self.bucket(of: value), counts: [UInt32(times)], maximum: value,
          total: value &* times))
    }
    handlers[place].runs += times
    handlers[place].run = added(handlers[place].run, nanoseconds)
    handlers[place].delay = added(handlers[place].delay, delay)
    self["loop.turns"] += times
    self["loop.waits"] += times
  }

  var reading: Reading {
    var reading = Reading()
    reading.taken = taken
    reading.time = time
    for counter in counters {
      let kind: EntryKind =
        counter.name == "heap.inUse" || counter.name == "core.0.handler" ? .gauge : .counter
      reading.entries.append(
        ReadingEntry(
          name: counter.name, kind: kind, unit: .none, value: .cell(.unsigned(counter.value))))
    }
    func rows(_ name: String, _ rows: [ReadingRow]) {
      reading.entries.append(
        ReadingEntry(name: name, kind: .table, unit: .none, value: .rows(rows)))
    }
    rows(
      "handlers",
      handlers.map { handler in
        ReadingRow(fields: [
          ReadingField(name: "name", cell: .text(Array(handler.name.utf8))),
          ReadingField(name: "runs", cell: .unsigned(handler.runs)),
          ReadingField(name: "delay", cell: .histogram(handler.delay)),
          ReadingField(name: "run", cell: .histogram(handler.run)),
        ])
      })
    rows(
      "fibers",
      fibers.map { fiber in
        ReadingRow(fields: [
          ReadingField(name: "name", cell: .text(Array(fiber.name.utf8))),
          ReadingField(name: "number", cell: .unsigned(fiber.number)),
          ReadingField(name: "state", cell: .enumeration(fiber.isReady ? 1 : 0, name: nil)),
          ReadingField(name: "since", cell: .instant(fiber.since)),
          ReadingField(name: "stack", cell: .address(0x10000)),
          ReadingField(name: "stackSize", cell: .unsigned(fiber.stackSize)),
          ReadingField(name: "stackPointer", cell: .address(0x10000 + (fiber.margin ?? 1 << 40))),
        ])
      })
    rows(
      "async.ready",
      ready.map { ReadingRow(fields: [ReadingField(name: "since", cell: .instant($0))]) })
    rows(
      "timers.next",
      deadline == 0
        ? [] : [ReadingRow(fields: [ReadingField(name: "deadline", cell: .instant(deadline))])])
    rows(
      "log",
      log.map { record in
        ReadingRow(
          number: record.number,
          fields: [
            ReadingField(name: "text", cell: .text(Array(record.text.utf8))),
            ReadingField(name: "time", cell: .instant(record.time)),
          ])
      })
    return reading
  }

  /// Lets a tenth of a second go by, for the host and, unless it hangs or halts, for the instance.
  mutating func tick(ownTime: Bool = true) {
    taken += 100_000
    if ownTime { time += 100_000_000 }
    history.add(reading)
  }

  /// What the lints say of the kind.
  func findings(_ lint: Lint, _ limits: LintLimits = LintLimits()) -> [Finding] {
    Lints.findings(history, limits).filter { $0.lint == lint }
  }
}
