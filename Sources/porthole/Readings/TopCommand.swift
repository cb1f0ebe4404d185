internal import ArgumentParser
internal import JSON
internal import Readings
internal import Telemetry
internal import TerminalText

/// `porthole top`.
struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Print where an instance's time goes, by event handler.",
    discussion: """
      Looks twice, a second apart (or --seconds), and does not disturb the instance.
      What no handler used is the loop's own and halted time.

        porthole top heartbeat
        porthole top heartbeat --seconds 10 --json
      """)

  @OptionGroup var options: ReadingOptions

  func run() throws {
    var options = options
    options.seconds = options.seconds ?? 1
    try options.read { reading, earlier in
      guard let span = Span(reading, earlier).nanoseconds else { return }
      let handlers = reading.handlers(since: earlier).filter { $0.runs > 0 }
        .sorted { $0.run.total > $1.run.total }
      let used = handlers.reduce(0) { $0 &+ $1.run.total }
      if options.json { return Self.json(reading, earlier, handlers, span) }
      Output.text(Self.summary(reading, earlier, used, span))
      Output.text(
        Table.text(
          header: ["SHARE", "PER SECOND", "RUN p50", "p99", "HANDLER"],
          handlers.map { handler in
            [
              Quantity.share(handler.run.total, of: span),
              "\(Self.perSecond(handler.runs, span))",
              Quantity.duration(nanoseconds: handler.run.quantile(perMille: 500)),
              Quantity.duration(nanoseconds: handler.run.quantile(perMille: 990)), handler.name,
            ]
          }))
      let fibers = reading.rows("fibers")
      guard !fibers.isEmpty else { return }
      Output.text(
        "\n"
          + Table.text(
            header: ["FIBER", "STATE", "SINCE"],
            fibers.map { fiber in
              [
                fiber["name"]?.text ?? "", fiber["state"]?.text ?? "",
                Self.age(fiber["since"]?.number, reading.time),
              ]
            }))
    }
  }

  private static func summary(
    _ reading: Reading, _ earlier: Reading?, _ used: UInt64, _ span: UInt64
  ) -> String {
    func count(_ name: String) -> UInt64 {
      (reading.number(name) ?? 0) &- (earlier?.number(name) ?? 0)
    }
    let up = reading.time.map { Quantity.duration(nanoseconds: $0) } ?? "-"
    return """
      up \(up); handlers ran \(Quantity.share(used, of: span)) of the time, \
      \(perSecond(count("loop.turns"), span)) turns and \(perSecond(count("loop.waits"), span)) \
      halts a second
      heap \(Quantity.bytes(reading.number("heap.inUse") ?? 0)) of \
      \(Quantity.bytes(reading.heapCapacity)), \(perSecond(count("heap.allocations"), span)) \
      allocations a second; \(reading.rows("fibers").count) fibers, \
      \(reading.rows("async.ready").count) tasks ready


      """
  }

  private static func perSecond(_ count: UInt64, _ span: UInt64) -> UInt64 {
    UInt64(min(Double(count) * 1e9 / Double(max(span, 1)), 1e18))
  }

  private static func age(_ since: UInt64?, _ now: UInt64?) -> String {
    guard let since, let now, since > 0 else { return "-" }
    return Quantity.duration(nanoseconds: now > since ? now - since : 0)
  }

  private static func json(
    _ reading: Reading, _ earlier: Reading?, _ handlers: [HandlerReading], _ span: UInt64
  ) {
    for handler in handlers {
      var line = JSONObject(schema: "top")
      line["what"] = "handler"
      line["name"] = .string(handler.name)
      line["share"] = .number(Double(handler.run.total) / Double(span))
      line["runs"] = .unsigned(handler.runs)
      line["run"] = .object(handler.run.json)
      Output.json(line)
    }
    for fiber in reading.rows("fibers") {
      var line = JSONObject(schema: "top")
      line["what"] = "fiber"
      for field in fiber.fields { line[field.name] = field.cell.json }
      Output.json(line)
    }
    var line = JSONObject(schema: "top")
    line["what"] = "instance"
    line["nanoseconds"] = .unsigned(span)
    line["up"] = reading.time.map { .unsigned($0) } ?? .null
    for name in ["loop.turns", "loop.waits", "heap.allocations"] {
      line[name] = reading.number(name).map { .unsigned($0 &- (earlier?.number(name) ?? 0)) }
    }
    line["heap.inUse"] = reading.number("heap.inUse").map { .unsigned($0) }
    line["ready"] = .integer(reading.rows("async.ready").count)
    Output.json(line)
  }
}
