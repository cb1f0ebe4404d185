// Runs of handlers on a time line, in the Trace Event Format (JSON) that chrome://tracing, Perfetto
// (ui.perfetto.dev) and speedscope open. A handler is a thread, a run a slice of it; how long it had
// been ready before is an asynchronous slice; log lines and losses are marks.

internal import JSON
public import Readings

/// A time line of one instance.
public struct ChromeTrace: Sendable {
  /// What was traced: an instance's name or a target.
  public var name: String
  /// The image's build id in hexadecimal.
  public var buildID: String?
  /// In the order of their ends.
  public var runs: [RunReading]
  /// Runs that were written over before they could be read.
  public var missed: UInt64
  /// From how many nanoseconds on runs were recorded.
  public var least: UInt64
  /// Lines of this boot's log.
  public var log: [LogRecord]

  /// Creates a time line.
  public init(
    name: String, buildID: String? = nil, runs: [RunReading], missed: UInt64 = 0, least: UInt64 = 0,
    log: [LogRecord] = []
  ) {
    self.name = name
    self.buildID = buildID
    self.runs = runs
    self.missed = missed
    self.least = least
    self.log = log
  }

  /// The file's bytes, an event a line.
  public var bytes: [UInt8] {
    var head = JSONObject()
    head["instance"] = .string(name)
    if let buildID { head["buildID"] = .string(buildID) }
    head["missedRuns"] = .unsigned(missed)
    head["leastNanoseconds"] = .unsigned(least)
    var bytes = Array(#"{"displayTimeUnit":"ns","otherData":"#.utf8)
    bytes += Array(head.text.utf8)
    bytes += Array(",\"traceEvents\":[\n".utf8)
    for (index, event) in events.enumerated() {
      if index > 0 { bytes += [0x2c, 0x0a] }
      bytes += event.text.utf8
    }
    return bytes + Array("\n]}\n".utf8)
  }

  private var events: [JSONObject] {
    var events = [Self.label("process_name", thread: 0, name)]
    var named: Set<Int> = []
    for run in runs where named.insert(run.index).inserted {
      events.append(Self.label("thread_name", thread: run.index + 1, run.handler))
    }
    var expected = runs.first?.number ?? 0
    for run in runs {
      if run.number != expected {
        events.append(
          Self.mark(
            run.begin, "\(run.number &- expected) runs were not seen", scope: "p", thread: 0))
      }
      expected = run.number &+ 1
      if run.delay > 0 { events += Self.wait(of: run) }
      events.append(Self.slice(run))
    }
    let boot = log.last?.boot
    for record in log where record.boot == boot && record.kind == "text" {
      events.append(Self.mark(record.time, record.text, scope: "g", thread: 0))
    }
    return events
  }

  private static func event(
    _ phase: JSONValue, _ name: String, _ nanoseconds: UInt64, thread: Int
  ) -> JSONObject {
    [
      "ph": phase, "name": .string(name), "ts": microseconds(nanoseconds), "pid": 1,
      "tid": .integer(thread),
    ]
  }

  private static func slice(_ run: RunReading) -> JSONObject {
    var event = event("X", run.handler, run.begin, thread: run.index + 1)
    event["dur"] = microseconds(run.run)
    event["cat"] = "run"
    event["args"] = .object(["number": .unsigned(run.number), "delay_ns": .unsigned(run.delay)])
    return event
  }

  /// Readiness overlaps with other runs of the handler: slices of a thread may not.
  private static func wait(of run: RunReading) -> [JSONObject] {
    [("b" as JSONValue, run.begin &- min(run.delay, run.begin)), ("e", run.begin)].map {
      phase, time in
      var event = event(phase, "\(run.handler) is ready", time, thread: run.index + 1)
      event["cat"] = "ready"
      event["id"] = .unsigned(run.number)
      return event
    }
  }

  private static func mark(
    _ time: UInt64, _ text: String, scope: JSONValue, thread: Int
  ) -> JSONObject {
    var event = event("i", text, time, thread: thread)
    event["s"] = scope
    return event
  }

  private static func label(_ what: String, thread: Int, _ name: String) -> JSONObject {
    var event = event("M", what, 0, thread: thread)
    event["args"] = .object(["name": .string(name)])
    return event
  }

  /// The format's unit; a double keeps nanoseconds for 100 days.
  private static func microseconds(_ nanoseconds: UInt64) -> JSONValue {
    .number(Double(nanoseconds) / 1000)
  }
}
