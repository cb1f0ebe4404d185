internal import ArgumentParser
internal import JSON
internal import Readings
internal import Telemetry
internal import TerminalText

/// `porthole events`.
struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Print how often event handlers ran, and how long events waited.",
    discussion: """
      DELAY is the time from becoming ready to running, RUN that of a run: the
      median, what 99 of 100 do not exceed, and the longest since boot. SHARE is
      the share of all time that the handler ran.

        porthole events heartbeat                  since boot
        porthole events heartbeat --seconds 10     in the next ten seconds
      """)

  @OptionGroup var options: ReadingOptions

  func run() throws {
    try options.read { reading, earlier in
      let handlers = reading.handlers(since: earlier)
      let span = Span(reading, earlier)
      if options.json {
        for handler in handlers { Output.json(Self.object(handler, span)) }
        return Output.json(Self.loop(reading, earlier))
      }
      let header = [
        "HANDLER", "PRIORITY", "RUNS", "DELAY p50", "p99", "MAX", "RUN p50", "p99", "MAX", "SHARE",
      ]
      Output.text(
        Table.text(
          header: header,
          handlers.map { handler in
            [handler.name, handler.priority, "\(handler.runs)"] + Self.times(handler.delay)
              + Self.times(handler.run)
              + [span.nanoseconds.map { Quantity.share(handler.run.total, of: $0) } ?? "-"]
          }))
      Output.text("\n" + Self.summary(reading, earlier))
    }
  }

  private static func times(_ histogram: HistogramValue) -> [String] {
    guard histogram.count > 0 else { return ["-", "-", "-"] }
    return [
      histogram.quantile(perMille: 500), histogram.quantile(perMille: 990), histogram.maximum,
    ]
    .map { Quantity.duration(nanoseconds: $0) }
  }

  /// What the loop and its timers did.
  private static func summary(_ reading: Reading, _ earlier: Reading?) -> String {
    func count(_ name: String) -> UInt64 {
      (reading.number(name) ?? 0) &- (earlier?.number(name) ?? 0)
    }
    var text = "\(count("loop.turns")) turns, \(count("loop.waits")) halts"
    if let armed = reading.number("timers.armed") {
      text += "; \(armed) timers armed, \(count("timers.runs")) ran"
      let missed = count("timers.missed")
      if missed > 0 { text += ", \(missed) periods missed" }
    }
    return text + "\n"
  }

  private static func object(_ handler: HandlerReading, _ span: Span) -> JSONObject {
    var line = JSONObject(schema: "events")
    line["handler"] = .string(handler.name)
    line["priority"] = .string(handler.priority)
    line["runs"] = .unsigned(handler.runs)
    line["delay"] = .object(handler.delay.json)
    line["run"] = .object(handler.run.json)
    line["nanoseconds"] = span.nanoseconds.map { .unsigned($0) } ?? .null
    return line
  }

  private static func loop(_ reading: Reading, _ earlier: Reading?) -> JSONObject {
    var line = JSONObject(schema: "loop")
    for name in [
      "loop.turns", "loop.waits", "timers.armed", "timers.runs", "timers.missed",
    ] {
      let isGauge = reading[name]?.kind == .gauge
      line[name] = reading.number(name).map {
        .unsigned(isGauge ? $0 : $0 &- (earlier?.number(name) ?? 0))
      }
    }
    return line
  }
}

/// The time that two readings are apart, or one is from boot.
struct Span {
  /// Nil where it cannot be told.
  let nanoseconds: UInt64?

  init(_ reading: Reading, _ earlier: Reading?) {
    guard let earlier else {
      nanoseconds = reading.time
      return
    }
    let host = reading.taken - earlier.taken
    nanoseconds = host > 0 ? UInt64(host) * 1000 : nil
  }
}
