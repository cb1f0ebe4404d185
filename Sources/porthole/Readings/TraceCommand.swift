internal import ArgumentParser
internal import Bytes
internal import Exchange
internal import JSON
internal import Launcher
internal import Readings
internal import RemoteTarget

/// `porthole trace`.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Record each run of an instance's event handlers, as a time line.",
    discussion: """
      For the time asked for the instance records all runs, or those that take
      --least and more. The file is for ui.perfetto.dev and chrome://tracing: a
      handler is a track, what it waited for its turn is shown too, and lines of
      the log are marks.

        porthole trace heartbeat --seconds 5 -o beat.json
        porthole trace heartbeat --least 100us --json    an object for each run
        porthole trace heartbeat --recorded              also of one that hangs

      Without being asked an instance keeps its latest runs of 10 ms and more:
      --recorded shows those, of a dead one too, and of a recording.
      """)

  @OptionGroup var options: TargetOptions

  @Option(help: ArgumentHelp("How long to record; default 3.", valueName: "N"))
  var seconds: Double?

  @OptionGroup var moment: RecordedMoment

  @Option(help: ArgumentHelp("Only runs that take so long: 100us, 2ms.", valueName: "TIME"))
  var least: String?

  @Flag(help: "Only what has been recorded already; asks the instance for nothing.")
  var recorded = false

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The file; - or nothing is standard output.", valueName: "FILE"))
  var output: String?

  @Flag(help: "Print JSON objects, one a run, instead.")
  var json = false

  func validate() throws {
    if let seconds, !(seconds > 0 && seconds <= 3600) {
      throw ValidationError("--seconds takes a number above 0 and up to 3600")
    }
    if json, output != nil { throw ValidationError("--json prints to standard output: without -o") }
    if recorded, least != nil {
      throw ValidationError("--recorded asks for nothing: without --least")
    }
  }

  /// More runs than this are not kept.
  private static let most = 1_000_000

  func run() throws {
    var collector = RunCollector(most: Self.most)
    let last: Reading
    var interruption: Failure?
    let isRecording = options.target?.hasPrefix("recording:") == true
    if recorded || isRecording {
      let source = try options.source(at: moment.at, last: seconds ?? 1e9)
      defer { source.end() }
      var reading = try source.take()
      try check(reading)
      // What stood in the ring before the time asked for is not of it.
      if isRecording, seconds != nil { collector.skip(reading) } else { collector.add(reading) }
      while let recording = source as? RecordingSource, recording.goOn() {
        reading = try source.take { name, _ in name == "trace" || name == "handlers" }
        collector.add(reading)
      }
      last = try source.take()
    } else {
      guard moment.at == nil else {
        throw Failure(.usage, "--at is for recordings: recording:FILE")
      }
      (last, interruption) = try record(&collector)
    }
    // A recording has whatever was recorded.
    let least = try nanoseconds()
    try put(collector.runs.filter { $0.run >= least }, collector.missed, last)
    if let interruption { throw interruption }
  }

  private func record(_ collector: inout RunCollector) throws -> (Reading, Failure?) {
    let (source, agent) = try options.sources()
    defer { source.end() }
    let signals = SignalDescriptor(Interruption.signals)
    let before = try source.take()
    try check(before)
    try agent.ask(.trace(least: try nanoseconds()))
    // What stood in the ring before is not of this time.
    collector.skip(before)
    let deadline = Moment.microseconds + Int((seconds ?? 3) * 1e6)
    var last = before
    var interruption: Failure?
    while interruption == nil, Moment.microseconds < deadline {
      let left = (deadline - Moment.microseconds) / 1000
      do {
        try Interruption.wait(max(1, min(left, 20)), source, signals)
      } catch let failure as Failure where failure.status == .interrupted {
        interruption = failure
      }
      last = try source.take()
      collector.add(last)
    }
    try agent.ask(.trace(least: before.leastTraced ?? 10_000_000))
    return (last, interruption)
  }

  private func check(_ reading: Reading) throws(Failure) {
    if reading.leastTraced == nil {
      throw Failure(.no, "the instance records no runs: build its image anew")
    }
  }

  private func nanoseconds() throws(Failure) -> UInt64 {
    guard let least else { return 0 }
    guard let time = TimeText.nanoseconds(least) else {
      throw Failure(.usage, "--least: \(least) is no time; write 100us or 2ms")
    }
    return time
  }

  private func put(_ runs: [RunReading], _ missed: UInt64, _ last: Reading) throws {
    if missed > 0 {
      Talk.line("\(missed) runs came faster than they could be read; --least leaves out short ones")
    }
    if json {
      for run in runs { Output.json(Self.object(run)) }
      var line = JSONObject(schema: "trace-summary")
      line["runs"] = .integer(runs.count)
      line["missed"] = .unsigned(missed)
      return Output.json(line)
    }
    let trace = ChromeTrace(
      name: try options.target ?? Registry().onlyInstance().name,
      buildID: last.buildID.map { Hex.encode($0) }, runs: runs, missed: missed,
      least: try nanoseconds(), log: last.log)
    try OutputFile.write(trace.bytes, to: output ?? "-")
    Talk.line("\(runs.count) runs of \(Set(runs.map(\.index)).count) handlers")
  }

  private static func object(_ run: RunReading) -> JSONObject {
    var line = JSONObject(schema: "trace")
    line["number"] = .unsigned(run.number)
    line["handler"] = .string(run.handler)
    line["begin"] = .unsigned(run.begin)
    line["run"] = .unsigned(run.run)
    line["delay"] = .unsigned(run.delay)
    return line
  }
}

/// Times as they are written on the command line.
enum TimeText {
  /// Nanoseconds of `5s`, `200ms`, `1.5us`; nil for anything else.
  static func nanoseconds(_ text: String) -> UInt64? {
    for (unit, factor) in [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
    where text.hasSuffix(unit) {
      guard let value = Double(text.dropLast(unit.count)), value >= 0, value * factor < 1e17 else {
        return nil
      }
      return UInt64(value * factor)
    }
    return nil
  }
}
