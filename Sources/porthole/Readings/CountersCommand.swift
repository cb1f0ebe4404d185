internal import ArgumentParser
internal import JSON
internal import Readings
internal import Telemetry

/// `porthole counters`.
struct CountersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counters",
    abstract: "Print an instance's counters and gauges.",
    discussion: """
      All that the kernel and the application count, by dotted names. The instance
      is not disturbed: its memory is read, or its agent tells. It takes an image
      built for debugging, or with --agent.

        porthole counters heartbeat
        porthole counters heartbeat heap. loop.     only names that begin so
        porthole counters heartbeat --seconds 5     and how fast they count
        porthole counters unix:/run/agent --json
      """)

  @OptionGroup var options: ReadingOptions

  @Argument(
    help: ArgumentHelp("Only names that begin with one of these.", valueName: "NAME"))
  var names: [String] = []

  func run() throws {
    try options.read { reading, earlier in
      let entries = reading.entries.filter { entry in
        guard case .cell = entry.value else { return false }
        return names.isEmpty || names.contains { entry.name.hasPrefix($0) }
      }
      if entries.isEmpty, !names.isEmpty { throw Failure(.no, "no name begins so") }
      let rates = entries.map { CounterRate.perSecond($0, reading, since: earlier) }
      if options.json { return json(entries, rates) }
      var header = ["NAME", "VALUE", "UNIT"]
      if earlier != nil { header.append("PER SECOND") }
      let rows = zip(entries, rates).map { entry, rate in
        guard case .cell(let cell) = entry.value else { return [entry.name] }
        var row = [entry.name, cell.text(entry.unit), entry.unit.text]
        if earlier != nil { row.append(rate.map { CounterRate.text($0) } ?? "") }
        return row
      }
      Output.text(Table.text(header: header, rows))
    }
  }

  private func json(_ entries: [ReadingEntry], _ rates: [Double?]) {
    for (entry, rate) in zip(entries, rates) {
      guard case .cell(let cell) = entry.value else { continue }
      var line = JSONObject(schema: "counters")
      line["name"] = .string(entry.name)
      line["kind"] = .string(entry.kind == .counter ? "counter" : "gauge")
      line["value"] = cell.json
      line["unit"] = .string(entry.unit.text)
      if options.seconds != nil { line["perSecond"] = rate.map { .number($0) } ?? .null }
      Output.json(line)
    }
  }
}
