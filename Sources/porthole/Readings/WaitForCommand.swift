internal import ArgumentParser
internal import Conditions
internal import Glibc
internal import JSON
internal import Launcher
internal import Readings

/// `porthole wait-for`.
struct WaitForCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait-for",
    abstract: "Wait until a condition on an instance's figures is true.",
    discussion: """
      For scripts and CI. The instance is not disturbed.

        porthole wait-for hb 'loop.turns > 100'
        porthole wait-for hb 'rate(heap.allocations) < 1000' --for 5s --timeout 60
        porthole wait-for hb 'p99(handlers.timers.run) < 2ms' --from-now
        porthole wait-for hb 'state == panicked or log ~ "giving up"'
        porthole wait-for hb 'heap.inUse < 4MiB' --now       ask once
        porthole wait-for recording:hb.rec 'rate(log.records) > 100'

      Of a recording it tells when the condition became true, or ends with 1.

      Names are those of porthole counters, and handlers.NAME.run, .delay
      (nanoseconds) and .runs; a name with blanks stands in double quotes.
      Functions: rate (a second's growth), and of histograms p50, p99, p99.9, max,
      mean, count. Units: ns us ms s min h, B kB MB KiB MiB GiB. Join with and, or,
      not and brackets.

      Exit status: 0 it is true, 1 it is false (--now), 2 a name that does not exist,
      3 nothing there, 4 the instance ended or panicked first, 124 time-out.
      """)

  @Argument(
    help: ArgumentHelp("An instance's name or any other target.", valueName: "TARGET"),
    completion: .instances)
  var target: String

  @Argument(help: ArgumentHelp("What is to become true.", valueName: "CONDITION"))
  var condition: String

  @Option(
    help: ArgumentHelp(
      "The ELF file with symbols, where the build id does not find them.", valueName: "FILE"))
  var symbols: String?

  @Option(help: ArgumentHelp("Give up after so many seconds.", valueName: "N"))
  var timeout: Double?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("It has to stay true for so long: 5s, 200ms.", valueName: "TIME"))
  var span: String?

  @Flag(help: "Look once and do not wait: exit status 1 if it is false.")
  var now = false

  @Flag(name: .customLong("from-now"), help: "Counters and histograms count from now on.")
  var fromNow = false

  @Flag(name: .customLong("may-appear"), help: "Wait for names that are not there yet.")
  var mayAppear = false

  @Flag(help: "Print a JSON object.")
  var json = false

  func validate() throws {
    if let timeout, !(timeout >= 0 && timeout <= 604_800) {
      throw ValidationError("--timeout takes 0 to 604800 seconds")
    }
    guard now, span != nil || timeout != nil || fromNow else { return }
    throw ValidationError("--now looks once: it goes with no --for, --timeout or --from-now")
  }

  func run() throws {
    let parsed: Condition
    do throws(ConditionError) {
      parsed = try Condition(parsing: condition)
    } catch {
      throw Failure(.usage, error.message)
    }
    var options = TargetOptions()
    options.target = target
    options.symbols = symbols
    let instance = try instance()
    let signals = SignalDescriptor(Interruption.signals)
    // One that `run` has just started tells nothing yet: it gets a moment for that.
    let source =
      if case .recording(let path) = try TargetName.parse(target) {
        try RecordingSource(path, last: now ? nil : 1e9) as any ReadingSource
      } else {
        try options.source(
          patience: now ? nil : instance, seconds: min(timeout ?? 10, 10), signals)
      }
    defer { source.end() }
    let watch = ConditionWatch(
      parsed, for: try microseconds(), countsFromNow: fromNow, mayAppear: mayAppear)
    try wait(watch, source, instance, signals, asksForState: parsed.asksForState)
  }

  private func wait(
    _ watch: ConditionWatch, _ source: any ReadingSource, _ instance: Instance?,
    _ signals: SignalDescriptor, asksForState: Bool
  ) throws {
    var watch = watch
    let begin = Moment.microseconds
    while true {
      let state = try state(of: instance, asksForState)
      let (verdict, taken) = try look(&watch, source, state)
      let spent = Moment.microseconds - begin
      let isOver = now || verdict.hasHeld
      let isLate = timeout.map { Double(spent) >= $0 * 1e6 } ?? false
      let isSilent = source.passesAtOnce && source.isStill
      guard isOver || isLate || isSilent else {
        if let recording = source as? RecordingSource {
          if signals.take() != nil { throw Failure(.interrupted) }
          _ = recording.goOn()
        } else {
          try Interruption.wait(source is StubSource ? 1000 : 100, source, signals)
        }
        continue
      }
      tell(verdict, source.passesAtOnce ? taken : spent)
      if now ? verdict.isTrue : verdict.hasHeld {
        if source.passesAtOnce, !json { Talk.line("true at \(Double(taken / 100_000) / 10) s") }
        return
      }
      throw Failure(now || isSilent ? .no : .timedOut, json ? "" : Self.words(verdict))
    }
  }

  private func look(
    _ watch: inout ConditionWatch, _ source: any ReadingSource, _ state: String?
  ) throws -> (Verdict, taken: Int) {
    let reading = try source.take()
    do throws(ConditionError) {
      return (try watch.looked(reading, state: state), reading.taken)
    } catch {
      throw Failure(.usage, error.message)
    }
  }

  /// The machine's state, where there is an instance; ends the wait if that is over.
  private func state(of instance: Instance?, _ asksForState: Bool) throws -> String? {
    guard let instance else { return nil }
    guard instance.process.isAlive else {
      throw Failure(.targetDied, "\(instance.name) has ended")
    }
    let status = instance.status()
    if !asksForState, status == .panicked {
      throw Failure(.targetDied, "\(instance.name) has panicked: porthole log \(instance.name)")
    }
    guard asksForState, status == .running else { return status.rawValue }
    return instance.examine().status.rawValue
  }

  private func instance() throws -> Instance? {
    guard case .instance(let name) = try TargetName.parse(target) else { return nil }
    return try Registry().instance(named: name)
  }

  private func microseconds() throws -> Int {
    guard let span else { return 0 }
    do throws(ConditionError) {
      return try Quantity.microseconds(span)
    } catch {
      throw Failure(.usage, "--for: " + error.message)
    }
  }

  private func tell(_ verdict: Verdict, _ microseconds: Int) {
    guard json else { return }
    var line = JSONObject(schema: "wait-for")
    line["condition"] = .string(condition)
    line["isTrue"] = .bool(now ? verdict.isTrue : verdict.hasHeld)
    line["seconds"] = .number(Double(microseconds) / 1e6)
    line["values"] = .array(
      verdict.values.map { text, value in
        .object(["measure": .string(text), "value": value.map { .number($0) } ?? .null])
      })
    Output.json(line)
  }

  private static func words(_ verdict: Verdict) -> String {
    let values = verdict.values.map { text, value in
      "\(text) is \(value.map { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int($0))" : "\($0)" } ?? "not known yet")"
    }
    return values.isEmpty ? "it is not so" : values.joined(separator: ", ")
  }
}
