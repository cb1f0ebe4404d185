internal import ArgumentParser
internal import JSON
internal import Readings
internal import Telemetry
internal import TerminalText

/// `porthole net`.
struct NetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "net",
    abstract: "Print connections, traffic and what was dropped; capture packets.",
    discussion: """
      SEND-Q is what the peer has not acknowledged, RECV-Q what the application has
      not read, WINDOW how much may be under way, AGAIN what was sent once more.
      Each packet that came to nothing is counted under its reason. The instance is
      not disturbed. With --json all counters are printed, those at 0 too.

        porthole net echo
        porthole net echo --seconds 5         and how much a second

      --capture writes the packets themselves, as pcapng, until Ctrl-C or for
      --seconds. QEMU copies them; the instance has no part in it, and is never
      held up: what comes faster than it is written is lost, and told of. Times are
      those of the guest's clock, set by this machine's. FILTER is tcpdump's
      (pcap-filter(7), by libpcap).

        porthole net echo --capture -o echo.pcapng 'tcp port 7 and not host 10.0.2.2'
        porthole net echo --capture -o - | tshark -r -
      """)

  @OptionGroup var options: ReadingOptions

  @Flag(help: "Capture what goes over its network card.")
  var capture = false

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The capture's file; - is standard output.", valueName: "FILE"),
    completion: .file())
  var output: String?

  @Argument(
    help: ArgumentHelp("Which packets are captured, as tcpdump has it.", valueName: "FILTER"))
  var filter: [String] = []

  func validate() throws {
    if capture {
      if output == nil { throw ValidationError("--capture writes a file: name it with -o") }
      if options.moment.at != nil { throw ValidationError("--at and --capture exclude each other") }
    } else if output != nil || !filter.isEmpty {
      throw ValidationError("-o and FILTER belong to --capture")
    }
  }

  func run() throws {
    if capture, let output {
      var capture = try PacketCapture(
        options.target.target, to: output, filter: filter.joined(separator: " "))
      return try capture.run(seconds: options.seconds, json: options.json)
    }
    try options.read { reading, earlier in
      let counters = reading.entries.compactMap { entry in
        entry.name.hasPrefix("net.") && entry.name != "net.connections"
          ? entry.number.map { Counted(entry, $0, reading, earlier) } : nil
      }
      guard !counters.isEmpty else {
        throw Failure(
          .no, "this instance has no network: an application gets one by System.network()")
      }
      let connections = reading.connections
      if options.json {
        counters.forEach { json($0) }
        return connections.forEach { Output.json(Self.object($0)) }
      }
      Output.text(Self.table(connections, of: reading.number("net.connections") ?? 0) + "\n")
      Output.text(traffic(counters, earlier != nil))
      let others = counters.filter { !$0.isTraffic && !$0.isDrop }
      if !others.isEmpty { Output.text("\n" + list("COUNTER", others, earlier != nil)) }
      let drops = counters.filter { $0.isDrop && $0.value > 0 }.sorted { $0.value > $1.value }
      Output.text(
        "\n" + (drops.isEmpty ? "nothing was dropped\n" : list("DROPPED", drops, earlier != nil)))
    }
  }

  /// One counter of the network.
  private struct Counted {
    /// Without `net.`.
    var name: Substring
    var value: UInt64
    var unit: Unit
    var rate: Double?

    init(_ entry: ReadingEntry, _ value: UInt64, _ reading: Reading, _ earlier: Reading?) {
      name = entry.name.dropFirst(4)
      self.value = value
      unit = entry.unit
      rate = CounterRate.perSecond(entry, reading, since: earlier)
    }

    var isDrop: Bool { name.hasPrefix("drop.") }
    var isTraffic: Bool { name.hasPrefix("received.") || name.hasPrefix("sent.") }
  }

  /// A line for each connection.
  private static func table(_ connections: [ConnectionReading], of count: UInt64) -> String {
    guard !connections.isEmpty else { return "no connections\n" }
    let text = Table.text(
      header: [
        "STATE", "LOCAL", "REMOTE", "SEND-Q", "RECV-Q", "WINDOW", "ROUND TRIP", "SENT", "RECEIVED",
        "AGAIN",
      ],
      connections.map { connection in
        [
          connection.state, connection.local, connection.remote, "\(connection.sendQueue)",
          "\(connection.receiveQueue)", "\(connection.window)",
          connection.roundTrip > 0 ? Quantity.duration(nanoseconds: connection.roundTrip) : "-",
          "\(connection.sent)", "\(connection.received)", "\(connection.again)",
        ]
      })
    let left = Int(clamping: count) - connections.count
    return left > 0 ? text + "and \(left) more\n" : text
  }

  private static func object(_ connection: ConnectionReading) -> JSONObject {
    var line = JSONObject(schema: "net")
    line["connection"] = "tcp"
    line["state"] = .string(connection.state)
    line["local"] = .string(connection.local)
    line["remote"] = .string(connection.remote)
    line["sendQueue"] = .unsigned(connection.sendQueue)
    line["receiveQueue"] = .unsigned(connection.receiveQueue)
    line["window"] = .unsigned(connection.window)
    line["roundTrip"] = .unsigned(connection.roundTrip)
    line["sent"] = .unsigned(connection.sent)
    line["received"] = .unsigned(connection.received)
    line["again"] = .unsigned(connection.again)
    return line
  }

  /// A line for each direction.
  private func traffic(_ counters: [Counted], _ hasRates: Bool) -> String {
    let rows = ["received", "sent"].map { direction in
      var row = [direction]
      for what in ["frames", "bytes"] {
        let counter = counters.first { $0.name == "\(direction).\(what)" }
        row.append(counter.map { "\($0.value)" } ?? "-")
        if hasRates { row.append(counter?.rate.map { CounterRate.text($0) } ?? "") }
      }
      return row
    }
    let header =
      hasRates ? ["", "FRAMES", "A SECOND", "BYTES", "A SECOND"] : ["", "FRAMES", "BYTES"]
    return Table.text(header: header, rows)
  }

  private func list(_ title: String, _ counters: [Counted], _ hasRates: Bool) -> String {
    Table.text(
      header: [title, "COUNT"] + (hasRates ? ["A SECOND"] : []),
      counters.map { counter in
        [String(counter.isDrop ? counter.name.dropFirst(5) : counter.name), "\(counter.value)"]
          + (hasRates ? [counter.rate.map { CounterRate.text($0) } ?? ""] : [])
      })
  }

  private func json(_ counter: Counted) {
    var line = JSONObject(schema: "net")
    line["name"] = .string(String(counter.name))
    line["value"] = .unsigned(counter.value)
    line["unit"] = .string(counter.unit.text)
    if options.seconds != nil { line["perSecond"] = counter.rate.map { .number($0) } ?? .null }
    Output.json(line)
  }
}
