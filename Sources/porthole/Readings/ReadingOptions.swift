// What all commands that print readings take, and how they take one or two.

internal import ArgumentParser
internal import JSON
internal import Launcher
internal import Readings
internal import RemoteTarget
internal import Telemetry

/// TARGET, time and form of a command that prints what an instance tells of itself.
struct ReadingOptions: ParsableArguments {
  @OptionGroup var target: TargetOptions

  @Option(
    help: ArgumentHelp(
      "Look twice, so many seconds apart, and tell what happened between.", valueName: "N"))
  var seconds: Double?

  @OptionGroup var moment: RecordedMoment

  @Flag(help: "Print JSON objects, one a line.")
  var json = false

  func validate() throws {
    guard let seconds else { return }
    guard seconds > 0, seconds <= 86_400 else {
      throw ValidationError("--seconds takes a number above 0 and up to 86400")
    }
  }

  /// The best source that TARGET has.
  func source() throws -> any ReadingSource { try target.source(at: moment.at, last: seconds) }

  /// Takes one reading, or two where time is to pass; hands them over and ends the source.
  func read(_ body: (_ reading: Reading, _ earlier: Reading?) throws -> Void) throws {
    let source = try source()
    defer { source.end() }
    let signals = SignalDescriptor(Interruption.signals)
    let first = try source.take()
    guard let seconds, !source.isStill else {
      if seconds != nil { Talk.line("nothing comes after it: this is since boot") }
      try body(first, nil)
      return tell(source, first)
    }
    try Interruption.wait(Int(seconds * 1000), source, signals)
    let second = try source.take()
    try body(second, first)
    tell(source, second)
  }

  private func tell(_ source: any ReadingSource, _ reading: Reading) {
    Self.tell(source, reading, json: json)
  }

  /// Tells what is missing, if anything is.
  static func tell(_ source: any ReadingSource, _ reading: Reading, json: Bool) {
    let losses = source.losses
    if json {
      var line = JSONObject(schema: "source")
      line["source"] = .string(source.kind)
      line["time"] = reading.time.map { .unsigned($0) } ?? .null
      line["unreadable"] = .integer(reading.unreadable)
      if let losses {
        line["frames"] = .unsigned(losses.frames)
        line["bytes"] = .unsigned(losses.bytes)
        line["lost"] = .unsigned(losses.lost)
        line["damaged"] = .unsigned(losses.damaged)
        line["skipped"] = .unsigned(losses.skipped)
        line["unkept"] = .unsigned(losses.unkept)
      }
      return Output.json(line)
    }
    if reading.unreadable > 0 { Talk.line("\(reading.unreadable) entries made no sense") }
    guard let losses, (losses.lost | losses.damaged | losses.skipped | losses.unkept) > 0 else {
      return
    }
    Talk.line(
      "the link lost \(losses.lost) frames, \(losses.damaged) were damaged, \(losses.skipped) rounds"
        + " left out, \(losses.unkept) words not told")
  }
}

/// Which moment of a recording a command looks at.
struct RecordedMoment: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of a recording: the moment, or the end of the time, that is told, in seconds from its "
        + "beginning; default: its end.", valueName: "N"))
  var at: Double?

  func validate() throws {
    if let at, !(at >= 0 && at <= 1e9) { throw ValidationError("--at takes 0 or more seconds") }
  }
}

extension TargetOptions {
  /// Where readings of TARGET are best taken; of a recording `last` seconds before `at`. An agent's link
  /// is asked for `hertz` of them a second.
  func source(
    at: Double? = nil, last: Double? = nil, hertz: Int = 10
  ) throws -> any ReadingSource {
    let registry = Registry()
    let name = try target.map { try TargetName.parse($0) }
    if case .recording(let path) = name { return try RecordingSource(path, at: at, last: last) }
    guard at == nil else {
      throw Failure(
        .usage, "--at is for recordings, recording:FILE; others are looked at as they are")
    }
    guard let name else { return try MemorySource(registry.onlyInstance()) }
    if let endpoint = name.agentEndpoint { return try StreamSource(endpoint, hertz: hertz) }
    switch name {
    case .instance(let name): return try MemorySource(registry.instance(named: name))
    case .core(let path): return try CoreSource(path)
    default: return StubSource(self)
    }
  }

  /// The same, where an instance that has just been started gets a moment to tell of itself.
  func source(
    patience instance: Instance?, seconds: Double = 10, hertz: Int = 10,
    _ signals: SignalDescriptor
  ) throws -> any ReadingSource {
    let deadline = Moment.microseconds + Int(seconds * 1e6)
    while true {
      do {
        return try source(hertz: hertz)
      } catch let failure as Failure where failure.status == .no {
        guard let instance, instance.process.isAlive, Moment.microseconds < deadline else {
          throw failure
        }
        try Interruption.wait(100, signals) { Moment.sleep(milliseconds: $0) }
      }
    }
  }
}
