internal import ArgumentParser
internal import JSON
internal import Readings
internal import Recordings
internal import TerminalText

/// `porthole log`.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Print an instance's log, that of earlier boots included.",
    discussion: """
      The log is a ring in memory that survives a reset. It is read there, whatever
      the instance does, and also when it does nothing any more.

        porthole log heartbeat
        porthole log heartbeat --follow
        porthole log heartbeat --level warning --seconds 60
        porthole log recording:beat.rec --at 30 --seconds 10
        porthole log recording:beat.rec --console    what was printed meanwhile
      """)

  @OptionGroup var target: TargetOptions

  @Option(help: ArgumentHelp("Go on so many seconds.", valueName: "N"))
  var seconds: Double?

  @OptionGroup var moment: RecordedMoment

  @Flag(name: .shortAndLong, help: "Go on until interrupted.")
  var follow = false

  @Option(
    help: ArgumentHelp(
      "Only records as grave as this: error, warning, notice, info or debug.", valueName: "LEVEL"))
  var level = "debug"

  @Flag(help: "Of a recording: what its console printed meanwhile, instead.")
  var console = false

  @Flag(help: "Print JSON objects, one a line.")
  var json = false

  private static let levels = ["error", "warning", "notice", "info", "debug"]

  func validate() throws {
    guard Self.levels.contains(level) else {
      throw ValidationError("--level takes one of \(Self.levels.joined(separator: ", "))")
    }
    if let seconds, !(seconds > 0 && seconds <= 86_400) {
      throw ValidationError("--seconds takes a number above 0 and up to 86400")
    }
  }

  func run() throws {
    let source = try target.source(at: moment.at, last: isRecording ? seconds ?? 1e9 : nil)
    defer { source.end() }
    if let recording = source as? RecordingSource {
      return try console ? putConsole(recording) : put(recording)
    }
    guard !console else {
      throw Failure(
        .usage, "--console is for recordings; an instance's own console is in its log file")
    }
    let signals = SignalDescriptor(Interruption.signals)
    var follower = LogFollower()
    let deadline = Moment.microseconds + Int((seconds ?? 0) * 1_000_000)
    while true {
      let reading = try source.take()
      let before = follower.missed
      let records = follower.new(in: reading)
      if follower.missed > before { missed(follower.missed - before) }
      for record in records where isWanted(record) { put(record) }
      guard !source.isStill, follow || Moment.microseconds < deadline else {
        return ReadingOptions.tell(source, reading, json: json)
      }
      do {
        try Interruption.wait(200, source, signals)
      } catch let failure as Failure where failure.status == .interrupted {
        ReadingOptions.tell(source, reading, json: json)
        throw failure
      }
    }
  }

  private var isRecording: Bool { target.target?.hasPrefix("recording:") == true }

  /// All that was logged in a recording, or in the seconds of it that are asked for.
  private func put(_ source: RecordingSource) throws {
    var follower = LogFollower()
    var isWhole = seconds == nil
    var reading: Reading
    var records: UInt64?
    repeat {
      var latest = records
      reading = try source.take { name, count in
        guard name == "log" else { return false }
        latest = count
        return count != records
      }
      guard latest != records else { continue }
      records = latest
      let before = follower.missed
      let new = follower.new(in: reading)
      if follower.missed > before { missed(follower.missed - before) }
      // What was there when the time asked for began is not of it.
      if isWhole { for record in new where isWanted(record) { put(record) } }
      isWhole = true
    } while source.goOn()
    ReadingOptions.tell(source, reading, json: json)
  }

  private func putConsole(_ source: RecordingSource) {
    let text = source.recording.console(from: source.position, upTo: source.limit, limit: 16 << 20)
    let (before, after) = (source.position, source.limit)
    let earlier = before == 0 ? 0 : source.recording.state(at: before).lostConsole
    let counted = source.recording.state(at: after).lostConsole
    let lost = counted - min(earlier, counted)
    if lost > 0 { Talk.line("\(lost) bytes came faster than they could be recorded") }
    guard json else {
      for line in Sanitizer.visibleLines(String(decoding: text, as: UTF8.self)) {
        Output.line(line)
      }
      return
    }
    var line = JSONObject(schema: "console")
    line["text"] = .string(String(decoding: text, as: UTF8.self))
    line["lost"] = .unsigned(lost)
    Output.json(line)
  }

  private func isWanted(_ record: LogRecord) -> Bool {
    guard let rank = Self.levels.firstIndex(of: record.level),
      let least = Self.levels.firstIndex(of: level)
    else { return true }
    return rank <= least
  }

  private func missed(_ count: UInt64) {
    guard json else { return Output.line("... \(count) records were written over unseen ...") }
    var line = JSONObject(schema: "log")
    line["missed"] = .unsigned(count)
    Output.json(line)
  }

  private func put(_ record: LogRecord) {
    if json { return Output.json(Self.object(record)) }
    let microseconds = record.time / 1000
    let rest = "\(microseconds % 1_000_000)"
    let time =
      "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - rest.utf8.count) + rest
    let value = record.value == 0 ? "" : " \(record.value)"
    // What the kernel notes of itself has a kind in the place of a level.
    let level = Sanitizer.visible(record.kind == "text" ? record.level : record.kind)
    let blank = String(repeating: " ", count: max(0, 7 - level.count))
    let text = Sanitizer.visible(record.text + (record.isCut ? "..." : ""))
    Output.line("boot \(record.boot) \(time) \(level)\(blank) \(text)\(value)")
  }

  private static func object(_ record: LogRecord) -> JSONObject {
    var line = JSONObject(schema: "log")
    line["number"] = .unsigned(record.number)
    line["boot"] = .unsigned(record.boot)
    line["time"] = .unsigned(record.time)
    line["level"] = .string(record.level)
    line["kind"] = .string(record.kind)
    line["value"] = .unsigned(record.value)
    line["isCut"] = .bool(record.isCut)
    line["text"] = .string(record.text)
    return line
  }
}
