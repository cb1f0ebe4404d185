// An exposition, read by prometheus_client's parser of OpenMetrics, which refuses what the
// specification forbids (readers.py).

import Exchange
import JSON
import Readings
import Telemetry
import TestSupport
import Testing

@Suite("OpenMetrics")
struct OpenMetricsTests {
  private func entry(_ name: String, _ kind: EntryKind, _ unit: Telemetry.Unit, _ cell: Cell)
    -> ReadingEntry
  { ReadingEntry(name: name, kind: kind, unit: unit, value: .cell(cell)) }

  private func reading() throws -> Reading {
    let memory = PaperMemory()
    // Values of 960 to 1023 ns, and of 1024 to 1151.
    memory.write(0x1000, UInt64(0x2000), UInt64(63), UInt64(2), UInt64(1100), UInt64(2_000_000_000))
    memory.write(0x2000, UInt32(5), UInt32(3))
    let histogram = Cell.histogram(try #require(HistogramValue(at: 0x1000, in: memory)))
    var reading = Reading()
    reading.buildID = [0x0a, 0xff]
    reading.entries = [
      entry("loop.turns", .counter, .none, .unsigned(77)),
      entry("loop.moment", .gauge, .instant, .instant(1_500_000_000)),
      entry("heap.inUse", .gauge, .bytes, .unsigned(4096)),
      entry("test.depth", .gauge, .none, .signed(-3)),
      entry("test.many", .counter, .none, .unsigned(1)),
      entry("test.many", .counter, .none, .unsigned(2)),
      // Names that clash: with another's sample, with another kind, with one of ours.
      entry("loop.turns.total", .gauge, .none, .unsigned(1)),
      entry("loop-turns", .gauge, .none, .unsigned(2)),
      entry("up", .counter, .none, .unsigned(3)),
      entry("9 \u{1b}\"évil\n\\", .gauge, .none, .unsigned(4)),
      ReadingEntry(
        name: "handlers", kind: .table, unit: .none,
        value: .rows([
          ReadingRow(fields: [
            ReadingField(name: "name", cell: .text(Array("ti\"m\\er\n".utf8))),
            ReadingField(name: "runs", cell: .unsigned(8)),
            ReadingField(name: "delay", cell: histogram),
            ReadingField(name: "run", cell: histogram),
          ])
        ])),
    ]
    return reading
  }

  @Test("a parser that is not ours reads every value, of several instances")
  func exposition() throws {
    var losses = TelemetryCopy().statistics
    losses.lost = 4
    let text = OpenMetrics.text(of: [
      ScrapedInstance(name: "hb", reading: try reading(), state: "running", age: 250_000),
      ScrapedInstance(name: "unix:/a \"b\"", reading: try reading(), losses: losses),
      ScrapedInstance(name: "gone", state: "hung"),
    ])
    let objects = try ProfileFormatTests.Reader.objects("openmetrics", Array(text.utf8))
    func value(_ name: String, _ labels: [String: String]) -> Double? {
      let found = objects.filter { object in
        object["name"]?.string == name
          && labels.allSatisfy { object["labels"]?[$0.key]?.string == $0.value }
      }
      guard found.count == 1, let value = found[0]["value"] else { return nil }
      if case .number(let number) = value { return number }
      return value.integer.map(Double.init)
    }
    #expect(value("porthole_up", ["instance": "hb"]) == 1)
    #expect(value("porthole_up", ["instance": "gone"]) == 0)
    #expect(value("porthole_state", ["instance": "gone", "porthole_state": "hung"]) == 1)
    #expect(value("porthole_state", ["instance": "gone", "porthole_state": "running"]) == 0)
    #expect(value("porthole_build_info", ["instance": "hb", "build_id": "0aff"]) == 1)
    #expect(value("porthole_reading_age_seconds", ["instance": "hb"]) == 0.25)
    #expect(value("porthole_link_lost_total", ["instance": "unix:/a \"b\""]) == 4)
    #expect(value("porthole_loop_turns_total", ["instance": "hb"]) == 77)
    #expect(value("porthole_loop_moment_seconds", ["instance": "hb"]) == 1.5)
    #expect(value("porthole_heap_inUse_bytes", ["instance": "hb"]) == 4096)
    #expect(value("porthole_test_depth", ["instance": "hb"]) == -3)
    #expect(value("porthole_test_many_total", ["instance": "hb", "entry": "1"]) == 2)
    #expect(value("porthole_export_clashes", [:]) == 6)
    // At most 1023 ns, at most 2047, and all.
    let run = "porthole_handler_run_seconds"
    #expect(value(run + "_count", ["instance": "hb"]) == 8)
    #expect(value(run + "_sum", ["instance": "hb"]) == 2)
    let buckets = objects.filter {
      $0["name"]?.string == run + "_bucket" && $0["labels"]?["instance"]?.string == "hb"
    }
    #expect(buckets.count == 26)
    #expect(buckets.prefix(2).compactMap { $0["value"]?.integer } == [5, 8])
    #expect(buckets.last?["labels"]?["le"]?.string == "+Inf")
    #expect(buckets.last?["labels"]?["handler"]?.string?.hasPrefix("ti\"m\\er") == true)
  }

  @Test(
    "requests: only figures are to be had, and only of a size",
    arguments: [
      ("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", HTTPRequest.Outcome.metrics(withBody: true)),
      ("GET /metrics?x=1 HTTP/1.0\n\n", .metrics(withBody: true)),
      ("HEAD /metrics HTTP/1.1\r\n\r\n", .metrics(withBody: false)),
      ("GET / HTTP/1.1\r\n\r\n", .refuse(404, "the figures are at /metrics")),
      ("GET /metricsx HTTP/1.1\r\n\r\n", .refuse(404, "the figures are at /metrics")),
      ("POST /metrics HTTP/1.1\r\n\r\n", .refuse(405, "only GET")),
      ("\r\n\r\n", .refuse(400, "that is no HTTP/1.1 request")),
      ("GET  /metrics HTTP/1.1\r\n\r\n", .refuse(400, "that is no HTTP/1.1 request")),
      ("GET /metrics HTTP/1.1\r\nHost: a\r\n", .incomplete),
      (String(repeating: "a", count: 8193), .refuse(431, "the request is too long")),
    ])
  func requests(_ text: String, _ expected: HTTPRequest.Outcome) {
    var request = HTTPRequest()
    #expect(request.received(Array(text.utf8)) == expected)
    // Byte by byte it is the same.
    var slow = HTTPRequest()
    var outcome = HTTPRequest.Outcome.incomplete
    for byte in text.utf8 where outcome == .incomplete { outcome = slow.received([byte]) }
    #expect(outcome == expected)
  }
}
