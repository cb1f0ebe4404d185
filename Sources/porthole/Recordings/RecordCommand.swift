internal import ArgumentParser
internal import Glibc
internal import JSON
internal import Launcher
internal import Readings
internal import Recordings
internal import TerminalText

/// `porthole record`.
struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Record what an instance tells of itself, to look at later.",
    discussion: """
      Counters, handlers, memory, log, what its profiler counts, and its console,
      several times a second, until Ctrl-C, for --seconds, or until the file has
      the size of --most. The instance is not disturbed. Whatever ends the
      recording, what is in the file can be read, also while it is written.

        porthole record heartbeat -o beat.rec --seconds 60
        porthole attach recording:beat.rec         the dashboard, on its past
        porthole top recording:beat.rec --at 30 --seconds 10
        porthole counters recording:beat.rec --at 12.5

      recording:FILE takes an instance's place in attach, top, counters, events,
      memory, net, log, profile, trace, lint, wait-for and export; --at N looks at
      its Nth second instead of its end.
      """)

  @OptionGroup var target: TargetOptions

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The recording's file.", valueName: "FILE"), completion: .file())
  var output: String

  @Option(help: ArgumentHelp("How long; default until interrupted.", valueName: "N"))
  var seconds: Double?

  @Option(help: ArgumentHelp("Readings a second, 1 to 20.", valueName: "HZ"))
  var rate = 5

  @Option(help: ArgumentHelp("End when the file has so many MiB.", valueName: "MIB"))
  var most = 1024

  @Flag(help: "Print a JSON object.")
  var json = false

  func validate() throws {
    guard (1...20).contains(rate) else { throw ValidationError("--rate takes 1 to 20") }
    guard (1...1_048_576).contains(most) else { throw ValidationError("--most takes 1 to 1048576") }
    if let seconds, !(seconds > 0 && seconds <= 31_536_000) {
      throw ValidationError("--seconds takes a number above 0, and up to a year")
    }
  }

  func run() throws {
    guard output != "-" else {
      throw Failure(
        .usage, "a recording is looked up by time, and cannot go to a pipe; name a file")
    }
    let signals = SignalDescriptor(Interruption.signals)
    let (source, instance, name) = try opened(signals)
    defer { source.end() }
    let recorder = try Recorder(source, instance: instance, name: name, to: output)
    let start = Moment.microseconds
    let end = seconds.map { start + Int($0 * 1_000_000) } ?? .max
    var progress = RecordingProgress()
    var why = RecordingEnd.time
    while true {
      let begun = Moment.microseconds
      try recorder.look()
      progress.became(recorder, begun - start)
      if recorder.loss != nil { why = .ended }
      if recorder.bytes >= most << 20 { why = .size }
      let left = min(end, begun + 1_000_000 / rate) - Moment.microseconds
      guard why == .time, Moment.microseconds < end else { break }
      do {
        try Interruption.wait(max(1, left / 1000), source, signals)
      } catch let failure as Failure where failure.status == .interrupted {
        why = .interrupted
        break
      } catch let failure as Failure where failure.status == .targetDied {
        why = .ended
        break
      }
    }
    progress.finish()
    try recorder.end(why)
    tell(recorder, why, Moment.microseconds - start)
    // To be interrupted is how a recording without --seconds ends.
    if why == .interrupted, seconds != nil { throw Failure(.interrupted) }
  }

  /// What is recorded, the instance if it is one of this machine, and what it is called.
  private func opened(
    _ signals: SignalDescriptor
  ) throws -> (any ReadingSource, Instance?, String) {
    let registry = Registry()
    let instance: Instance?
    switch try target.target.map({ try TargetName.parse($0) }) {
    case nil: instance = try registry.onlyInstance()
    case .instance(let name): instance = try registry.instance(named: name)
    case .core, .recording:
      throw Failure(.usage, "that tells nothing new: there is nothing to record")
    case .qemu, .gdb, .agent, .serial: instance = nil
    }
    let source = try target.source(patience: instance, hertz: max(10, rate), signals)
    return (source, instance, instance?.name ?? target.target ?? "")
  }

  private func tell(_ recorder: Recorder, _ why: RecordingEnd, _ microseconds: Int) {
    let state = recorder.state
    if json {
      var line = JSONObject(schema: "record")
      line["file"] = .string(output)
      line["readings"] = .integer(recorder.readings)
      line["skipped"] = .unsigned(state.skipped)
      line["lostConsole"] = .unsigned(state.lostConsole)
      line["lostFrames"] = .unsigned(state.lostFrames)
      line["bytes"] = .integer(recorder.bytes)
      line["microseconds"] = .integer(microseconds)
      line["end"] = .string(why.rawValue)
      return Output.json(line)
    }
    var text = "\(recorder.readings) readings, \(Quantity.bytes(UInt64(recorder.bytes)))"
    text += " in \(Quantity.duration(nanoseconds: UInt64(microseconds) * 1000))"
    if state.skipped > 0 { text += "; \(state.skipped) could not be taken" }
    let taken = Double(recorder.readings) * 1e6 / Double(max(microseconds, 1))
    if recorder.readings > 10, taken < Double(rate) * 0.8 {
      text += "; \((taken * 10).rounded() / 10) readings a second instead of \(rate)"
    }
    if state.lostFrames > 0 { text += "; the link lost \(state.lostFrames) frames" }
    if state.lostConsole > 0 {
      text += "; \(Quantity.bytes(state.lostConsole)) of the console left out"
    }
    if why == .ended { text += "; \(recorder.loss ?? "the link is gone")" }
    if why == .size { text += "; the file has the size of --most" }
    Talk.line(text)
    Output.line(output)
  }
}

/// How long and how large it is by now, on standard error where that is a terminal.
private struct RecordingProgress {
  private var shown = -1

  mutating func became(_ recorder: Recorder, _ microseconds: Int) {
    let seconds = microseconds / 1_000_000
    guard Talk.isTerminal, seconds > shown else { return }
    shown = seconds
    let size = Quantity.bytes(UInt64(recorder.bytes))
    let text = "\r\(seconds) s, \(recorder.readings) readings, \(size); Ctrl-C ends it   "
    _ = Files.write(Array(text.utf8), to: 2)
  }

  func finish() {
    if shown >= 0 {
      _ = Files.write(Array(("\r" + String(repeating: " ", count: 64) + "\r").utf8), to: 2)
    }
  }
}
