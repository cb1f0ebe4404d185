internal import ArgumentParser
internal import JSON
internal import Launcher
internal import Live
internal import Readings
internal import TerminalText

/// `porthole lint`.
struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Look for what is usually wrong, and end with 1 if something is.",
    discussion: """
      Follows the instance for some seconds, undisturbed, and looks for: a blocked
      loop, starved tasks, lost wake-ups, fibers that nothing wakes, timer drift, a
      heap that only grows, stacks nearly used up, interrupt storms, log floods.
      The dashboard's overview shows the same.

        porthole lint heartbeat
        porthole lint heartbeat --seconds 60 --json
        porthole lint recording:beat.rec --at 30
      """)

  @OptionGroup var target: TargetOptions

  @Option(help: ArgumentHelp("How long to look; default 5, of a recording 600.", valueName: "N"))
  var seconds: Double?

  @OptionGroup var moment: RecordedMoment

  @Option(
    help: ArgumentHelp(
      "How long a fiber may wait without being woken before that is told.",
      valueName: "SECONDS"))
  var patience = 30.0

  @Flag(help: "Print JSON objects, one a line.")
  var json = false

  func validate() throws {
    for (name, value) in [("seconds", seconds ?? 1), ("patience", patience)] {
      guard value > 0, value <= 86_400 else {
        throw ValidationError("--\(name) takes a number above 0 and up to 86400")
      }
    }
  }

  func run() throws {
    let source = try target.source(at: moment.at, last: seconds ?? 600)
    defer { source.end() }
    let signals = SignalDescriptor(Interruption.signals)
    var history = LiveHistory()
    let begun = try source.take()
    history.add(begun)
    var last = begun
    if let recording = source as? RecordingSource {
      while recording.goOn() {
        last = try recording.take()
        history.add(last)
      }
    } else {
      let end = Moment.microseconds + Int((seconds ?? 5) * 1_000_000)
      while Moment.microseconds < end {
        let pause = min(100, max(1, (end - Moment.microseconds) / 1000))
        try Interruption.wait(pause, source, signals)
        last = try source.take()
        history.add(last)
      }
    }
    let seconds = max(Double((last.taken - begun.taken) / 100_000) / 10, 0.1)
    var limits = LintLimits()
    limits.patience = Int(patience * 1_000_000)
    // A heap that grew all the time that was looked.
    limits.growth = Int(seconds * 800_000)
    let findings = Lints.findings(history, limits)
    if json { for finding in findings { Output.json(Self.object(finding)) } }
    if !json {
      for finding in findings {
        Output.text(
          Sanitizer.visible("\(finding.lint.rawValue): \(finding.evidence)") + "\n    "
            + Sanitizer.visible(finding.advice) + "\n")
      }
      if findings.isEmpty {
        Output.text("nothing looks wrong (\(Lint.allCases.count) lints, \(seconds) s)\n")
      }
    }
    ReadingOptions.tell(source, last, json: json)
    if !findings.isEmpty { throw Failure(.no, "") }
  }

  private static func object(_ finding: Finding) -> JSONObject {
    var line = JSONObject(schema: "lint")
    line["lint"] = .string(finding.lint.rawValue)
    line["subject"] = .string(finding.subject)
    line["evidence"] = .string(finding.evidence)
    line["advice"] = .string(finding.advice)
    return line
  }
}
