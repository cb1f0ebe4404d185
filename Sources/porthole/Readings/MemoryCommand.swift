internal import ArgumentParser
internal import JSON
internal import Readings
internal import Telemetry
internal import TerminalText

/// `porthole memory`.
struct MemoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Print an instance's memory: ranges, heap, size classes.",
    discussion: """
        porthole memory heartbeat
        porthole memory heartbeat --seconds 60     and what was allocated meanwhile
      """)

  @OptionGroup var options: ReadingOptions

  func run() throws {
    try options.read { reading, earlier in
      if options.json { return json(reading, earlier) }
      Output.text(
        Table.text(
          header: ["RANGE", "START", "END", "SIZE"],
          reading.ranges.map { range in
            [
              range.kind, Self.hex(range.start), Self.hex(range.end),
              Quantity.bytes(range.end &- range.start),
            ]
          }))
      Output.text("\n" + Self.heap(reading, earlier) + "\n")
      let before = Dictionary(
        (earlier?.classes ?? []).map { ($0.size, $0.live) }, uniquingKeysWith: { first, _ in first }
      )
      var header = ["BLOCKS OF", "IN USE", "ROOM", "FILLED", "PAGES"]
      if earlier != nil { header.append("CHANGE") }
      Output.text(
        Table.text(
          header: header,
          reading.classes.map { size in
            let row = [
              "\(size.size)", "\(size.live)", "\(size.room)",
              Quantity.share(size.live, of: size.room), "\(size.pages)",
            ]
            let change = Int64(bitPattern: size.live &- (before[size.size] ?? 0))
            return earlier == nil ? row : row + [change > 0 ? "+\(change)" : "\(change)"]
          }))
    }
  }

  private static func heap(_ reading: Reading, _ earlier: Reading?) -> String {
    func number(_ name: String) -> UInt64 { reading.number("heap." + name) ?? 0 }
    func count(_ name: String) -> UInt64 {
      number(name) &- (earlier?.number("heap." + name) ?? 0)
    }
    let isFirst = earlier == nil
    return """
      heap: \(Quantity.bytes(number("inUse"))) in use of \(Quantity.bytes(reading.heapCapacity)), \
      at most \(Quantity.bytes(number("highWater"))) so far
      \(isFirst ? "since boot" : "meanwhile"): \(count("allocations")) allocations, \
      \(count("frees")) frees, \(count("failures")) failures, \(count("misuses")) misuses

      """
  }

  private func json(_ reading: Reading, _ earlier: Reading?) {
    for range in reading.ranges {
      var line = JSONObject(schema: "memory")
      line["what"] = "range"
      line["kind"] = .string(range.kind)
      line["start"] = .string(Self.hex(range.start))
      line["end"] = .string(Self.hex(range.end))
      Output.json(line)
    }
    var heap = JSONObject(schema: "memory")
    heap["what"] = "heap"
    heap["capacity"] = .unsigned(reading.heapCapacity)
    for name in ["inUse", "highWater", "allocations", "frees", "failures", "misuses"] {
      guard let entry = reading["heap." + name], let number = entry.number else { continue }
      let before = entry.kind == .counter ? earlier?.number("heap." + name) ?? 0 : 0
      heap[name] = .unsigned(number &- before)
    }
    Output.json(heap)
    for size in reading.classes {
      var line = JSONObject(schema: "memory")
      line["what"] = "class"
      line["size"] = .unsigned(size.size)
      line["live"] = .unsigned(size.live)
      line["room"] = .unsigned(size.room)
      line["pages"] = .unsigned(size.pages)
      Output.json(line)
    }
  }

  private static func hex(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }
}
