// A time line, read back by a reader made from the format's documentation (readers.py).

import Exchange
import JSON
import Readings
import Telemetry
import Testing

@Suite("Chrome trace")
struct ChromeTraceTests {
  private func run(
    _ number: UInt64, _ handler: String, _ index: Int, at begin: UInt64, run: UInt64, delay: UInt64
  ) -> RunReading {
    RunReading(number: number, handler: handler, index: index, begin: begin, run: run, delay: delay)
  }

  @Test("runs are slices of their handler's track, with what they waited; gaps and lines are marks")
  func slices() throws {
    let hostile = "ti\"m\u{1b}]0;er\n"
    var record = try #require(
      Reading.logOf(text: "ready\u{7}", time: 4_000).first)
    record.kind = "text"
    let trace = ChromeTrace(
      name: "hb", buildID: "ab",
      runs: [
        run(7, hostile, 0, at: 1_000, run: 500, delay: 250),
        run(8, "async", 3, at: 1_501, run: 1, delay: 0),
        run(11, hostile, 0, at: 5_000_000_001, run: 2_000_000, delay: 9_000_000_000),
      ], missed: 2, least: 100, log: [record])
    let objects = try ProfileFormatTests.Reader.objects("trace", trace.bytes)
    #expect(objects.first?["other"]?["missedRuns"]?.integer == 2)
    let slices = objects.filter { $0["slice"] != nil }.map { object in
      "\(object["slice"]?.string ?? "") \(object["begin"]?.text ?? "") \(object["run"]?.text ?? "") "
        + (object["ready"]?.text ?? "")
    }
    #expect(
      slices == [
        "\(hostile) 1.0 0.5 0.75", "async 1.501 0.001 null", "\(hostile) 5000000.001 2000.0 0.0",
      ])
    let marks = objects.compactMap { $0["mark"]?.string }
    #expect(marks == ["2 runs were not seen", "ready\u{7}"])
  }
}

extension Reading {
  /// A log of one record.
  fileprivate static func logOf(text: String, time: UInt64) -> [LogRecord] {
    var reading = Reading()
    reading.entries = [
      ReadingEntry(
        name: "log", kind: .ring, unit: .none,
        value: .rows([
          ReadingRow(
            number: 1,
            fields: [
              ReadingField(name: "time", cell: .instant(time)),
              ReadingField(name: "text", cell: .text(Array(text.utf8))),
            ])
        ]))
    ]
    return reading.log
  }
}
