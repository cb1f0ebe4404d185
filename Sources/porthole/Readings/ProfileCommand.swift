internal import ArgumentParser
internal import Bytes
internal import Exchange
internal import JSON
internal import Launcher
internal import Profiling
internal import Readings
internal import RemoteTarget
internal import Symbols
internal import TerminalText

/// `porthole profile`.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Sample where an instance's time goes, as whole stacks.",
    discussion: """
      The instance's own profiler takes the samples; it is started for the time
      asked for, and only what was counted in it is shown. A profiler that runs
      already is left running. An instance without an agent, and one that hangs,
      is stopped for a millisecond or two for each sample instead, 20 times a
      second; how long is told. SELF is the share of samples in the function
      itself, TOTAL with what it called. [...] stands where frames are missing.

        porthole profile heartbeat
        porthole profile heartbeat --seconds 10 --rate 1000
        porthole profile heartbeat -o beat.json --format speedscope
        porthole profile heartbeat --waiting       what fibers and tasks wait for
        porthole profile heartbeat --agentless     stopped for each sample
        porthole profile core:FILE                 what was counted before
        porthole profile recording:FILE --at 30 --seconds 10

      Formats: collapsed (flame graph programs), speedscope (speedscope.app),
      perf (what perf script prints), pprof (go tool pprof), firefox
      (profiler.firefox.com). Running, idle and waiting are told apart in each;
      collapsed leaves out who waits, unless --waiting asks for them. perf has no
      lines, collapsed neither lines nor files.
      """)

  @OptionGroup var options: TargetOptions

  @Option(help: ArgumentHelp("Samples a second, 1 to 10000.", valueName: "HZ"))
  var rate: Int?

  @Flag(help: "Do without the agent: stop the instance for each sample (20 a second).")
  var agentless = false

  @Option(
    help: ArgumentHelp(
      "How long to sample; default 3, of a recording all of it.", valueName: "N"))
  var seconds: Double?

  @OptionGroup var moment: RecordedMoment

  @Option(
    name: [.short, .customLong("output")], help: "Write to a file instead; - is standard output.")
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The file's format: \(Self.formats); by default what FILE ends in says, else collapsed.",
      valueName: "FORMAT"))
  var format: String?

  @Flag(help: "Show what fibers and tasks wait for.")
  var waiting = false

  @Flag(help: "Print JSON objects, one a stack.")
  var json = false

  func validate() throws {
    if let seconds, !(seconds > 0 && seconds <= 3600) {
      throw ValidationError("--seconds takes a number above 0 and up to 3600")
    }
    if let rate, !(1...10_000).contains(rate) {
      throw ValidationError("--rate takes 1 to 10000 samples a second")
    }
    if agentless, let rate, rate > PauseSampler.mostRate {
      throw ValidationError("--agentless takes at most \(PauseSampler.mostRate) samples a second")
    }
    guard format == nil || chosenFormat != nil else {
      throw ValidationError("--format takes one of \(Self.formats)")
    }
  }

  private static let formats = ProfileFormat.allCases.map(\.rawValue).joined(separator: ", ")

  /// The format that was asked for, in words or by the file's name.
  private var chosenFormat: ProfileFormat? {
    if let format { return ProfileFormat(rawValue: format) }
    let endings: [(String, ProfileFormat)] = [
      (".pb.gz", .pprof), (".speedscope.json", .speedscope), (".perf", .perf),
    ]
    return endings.first { output?.hasSuffix($0.0) == true }?.1 ?? .collapsed
  }

  func run() throws {
    if let text = options.target, case .core(let path) = try TargetName.parse(text) {
      return try showDead(CoreSource(path))
    }
    if let text = options.target, case .recording(let path) = try TargetName.parse(text) {
      return try showRecorded(RecordingSource(path, at: moment.at, last: seconds ?? 1e9))
    }
    guard moment.at == nil else { throw Failure(.usage, "--at is for recordings: recording:FILE") }
    let sampler = try sampler()
    defer { sampler.end() }
    let signals = SignalDescriptor(Interruption.signals)
    var interruption: Failure?
    do {
      try Interruption.wait(Int((seconds ?? 3) * 1000), signals, sampler.idle)
    } catch let failure as Failure where failure.status == .interrupted {
      interruption = failure
    }
    let profile = try sampler.profile()
    try tell(profile, sampler.buildID, sampler.pause)
    if profile.spots.allSatisfy({ $0.count == 0 }), let why = emptiness() { Talk.line(why) }
    if let interruption { throw interruption }
  }

  /// Why nothing was counted, as far as can be told.
  private func emptiness() -> String? {
    let registry = Registry()
    let instance: Instance?
    switch try? options.target.map({ try TargetName.parse($0) }) {
    case .instance(let name)?: instance = try? registry.instance(named: name)
    case nil where options.target == nil: instance = try? registry.onlyInstance()
    default: instance = nil
    }
    guard let instance else {
      return "no sample was taken: an instance that a debugger has stopped runs nothing to sample"
    }
    let name = instance.name
    switch instance.examine().status {
    case .stopped:
      return
        "\(name) stands still, stopped by a debugger or QEMU's monitor: nothing runs that could "
        + "be sampled; `porthole bt \(name)` shows where it stands"
    case .panicked: return "\(name) has panicked: `porthole bt \(name)` shows where"
    case .running, .halted, .hung: return nil
    }
  }

  private func tell(
    _ profile: ProfileReading, _ buildID: [UInt8]?, _ pause: PauseSummary? = nil
  ) throws {
    let names = FrameNames(symbols(buildID))
    if output != nil || format != nil { try export(profile, names, buildID) }
    if output != nil || format == nil { show(ProfileStacks(profile, names), profile, pause) }
  }

  /// What was counted in a recording, or in a part of it.
  private func showRecorded(_ source: RecordingSource) throws {
    let before = ProfileReading(try source.take())
    let position = source.position
    try source.idle(milliseconds: .max / 1_000_000)
    let reading = try source.take()
    guard var profile = ProfileReading(reading) else {
      throw Failure(.no, "the instance had no profiler: it is in the agent (build with --agent)")
    }
    // Where it was started again meanwhile, what it counts is of this time.
    if let before, position < source.position, before.spots.count <= profile.spots.count {
      profile = profile.since(before)
    }
    profile.spots.removeAll { $0.count == 0 }
    guard !profile.spots.isEmpty else {
      throw Failure(.no, "no samples were taken in that time: porthole profile starts the profiler")
    }
    try tell(profile, reading.buildID)
  }

  /// What a dead instance's profiler had counted.
  private func showDead(_ source: CoreSource) throws {
    let reading = try source.take()
    guard var profile = ProfileReading(reading), profile.spots.contains(where: { $0.count > 0 })
    else {
      throw Failure(.no, "the instance's profiler had counted nothing")
    }
    profile.spots.removeAll { $0.count == 0 }
    try tell(profile, reading.buildID)
  }

  // MARK: The instance

  /// Who takes the samples: the instance's own profiler, or we, where there is none or it cannot
  /// hear.
  private func sampler() throws -> any StackSampler {
    let registry = Registry()
    guard let text = options.target else { return try sampler(of: registry.onlyInstance()) }
    let name = try TargetName.parse(text)
    if case .instance(let name) = name { return try sampler(of: registry.instance(named: name)) }
    let stream = try name.agentStream()
    guard !agentless else {
      throw Failure(.usage, "--agentless is for instances of this machine, by their name")
    }
    return try AgentSampler(stream, stream, rate: rate)
  }

  /// The agent does both, but where the instance's memory is at hand it need not send anything.
  private func sampler(of instance: Instance) throws -> any StackSampler {
    let deadline = Deadline(milliseconds: Self.patience)
    if !agentless { _ = instance.stage(within: Self.patience, known(instance.buildID)) }
    let memory = agentless ? nil : try? MemorySource(instance)
    let hasProfiler = try memory.map { ProfileReading(try $0.take()) != nil } ?? false
    var why = hasProfiler ? "hangs" : "has no agent"
    if let memory, hasProfiler {
      while instance.diagnose().status != .hung {
        do {
          return try AgentSampler(memory, InstanceAgent(instance), rate: rate)
        } catch let failure as Failure where failure.status == .timedOut {
          why = "does not answer"
          // On a busy host it may be about to.
          if deadline.isOver { break }
        }
      }
    }
    if !agentless { Talk.line("\(instance.name) \(why): it is stopped for each sample") }
    return try PauseSampler(instance, rate: rate, symbols: symbols(instance.buildID?.bytes))
  }

  /// Milliseconds that an agent may take to come, as for `wait-for`.
  private static let patience = 10_000

  /// The symbols of a build id, if there are any.
  private func known(_ id: BuildID?) -> SymbolFile? {
    let path = options.symbols ?? id.flatMap { SymbolCache.path(of: $0) }
    return path.flatMap { try? SymbolFile(path: $0) }
  }

  /// The symbols of the image that tells this build id, or those that were given.
  private func symbols(_ buildID: [UInt8]?) -> SymbolFile? {
    if let path = options.symbols { return try? SymbolFile(path: path) }
    guard let id = buildID.flatMap({ BuildID($0) }), let path = SymbolCache.path(of: id) else {
      Talk.line("no symbols for this image: name its ELF file with --symbols")
      return nil
    }
    return try? SymbolFile(path: path)
  }

  // MARK: What is shown

  private func export(_ profile: ProfileReading, _ names: FrameNames, _ buildID: [UInt8]?) throws {
    let exported = ExportedProfile(
      profile, names, name: try options.target ?? Registry().onlyInstance().name,
      buildID: buildID.map { Hex.encode($0) })
    let format = chosenFormat ?? .collapsed
    try OutputFile.write(
      format.bytes(of: exported, waiting ? [.waiting] : nil), to: output ?? "-")
  }

  private func show(
    _ stacks: ProfileStacks, _ profile: ProfileReading, _ pause: PauseSummary?
  ) {
    let activity = waiting ? "waiting" : "running"
    if json, output != "-" {
      for line in stacks.lines where line.activity == activity || !waiting { put(line) }
      return Output.json(summary(profile, pause))
    }
    if output == nil { table(stacks, activity) }
    Talk.line(words(profile))
    if let pause { Talk.line(words(pause)) }
  }

  private func table(_ stacks: ProfileStacks, _ activity: String) {
    let whole =
      waiting ? stacks.count(activity) : stacks.count("running") + stacks.count("idle")
    let functions = stacks.leading(activity, 20)
    var rows = functions.shown.map { share in
      [Quantity.share(share.own, of: whole), Quantity.share(share.all, of: whole), share.name]
    }
    if !waiting, stacks.count("idle") > 0 {
      let share = Quantity.share(stacks.count("idle"), of: whole)
      rows.insert([share, share, "[idle]"], at: 0)
    }
    Output.text(Table.text(header: ["SELF", "TOTAL", "FUNCTION"], rows))
    if functions.left > 0 {
      Talk.line("\(functions.left) functions more, with less; -o FILE writes all stacks")
    }
  }

  private func words(_ profile: ProfileReading) -> String {
    func count(_ name: String) -> UInt64 { profile.counters[name] ?? 0 }
    return
      "\(count("running")) samples running, \(count("idle")) idle, \(count("waiting")) waiting; "
      + "\(count("missed")) missed, \(count("homeless")) without room; of the stacks "
      + "\(count("gaps")) with a gap, \(count("cut")) cut, \(count("deep")) too deep"
  }

  private func words(_ pause: PauseSummary) -> String {
    func time(_ microseconds: Int) -> String {
      Quantity.duration(nanoseconds: UInt64(microseconds) * 1000)
    }
    return "stopped for each sample: \(time(pause.median)) (median), 99% under "
      + "\(time(pause.longTail)), at most \(time(pause.longest)); "
      + "\((pause.rate * 10).rounded() / 10) samples a second, "
      + "\(Quantity.share(UInt64(pause.total), of: UInt64(max(pause.elapsed, 1)))) of the time"
  }

  private func put(_ stack: ProfileStacks.Line) {
    var line = JSONObject(schema: "profile")
    line["activity"] = .string(stack.activity)
    line["count"] = .unsigned(stack.count)
    line["frames"] = .array(stack.functions.map { .string($0) })
    line["lines"] = .array(
      stack.frames.map { frame in
        frame.file.map { .string("\($0):\(frame.line)") } ?? .null
      })
    line["inlined"] = .array(stack.frames.map { .bool($0.isInlined) })
    Output.json(line)
  }

  private func summary(_ profile: ProfileReading, _ pause: PauseSummary?) -> JSONObject {
    var line = JSONObject(schema: "profile-summary")
    for (name, value) in profile.counters.sorted(by: { $0.key < $1.key }) {
      line[name] = .unsigned(value)
    }
    if let pause {
      var object = JSONObject()
      object["count"] = .integer(pause.count)
      object["median"] = .integer(pause.median)
      object["p99"] = .integer(pause.longTail)
      object["max"] = .integer(pause.longest)
      object["total"] = .integer(pause.total)
      object["elapsed"] = .integer(pause.elapsed)
      line["pauses"] = .object(object)
    }
    return line
  }
}
