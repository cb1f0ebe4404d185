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
      already is left running. SELF is the share of samples in the function itself,
      TOTAL with what it called. [...] stands where frames are missing.

        porthole profile heartbeat
        porthole profile heartbeat --seconds 10 --rate 1000
        porthole profile heartbeat -o beat.json --format speedscope
        porthole profile heartbeat --waiting         what fibers and tasks wait for

      Formats: collapsed (flame graph programs), speedscope (speedscope.app), perf
      (what perf script prints), pprof (go tool pprof), firefox (profiler.firefox.com).
      Running, idle and waiting are told apart in each; collapsed leaves out who waits,
      unless --waiting asks for them. perf has no lines, collapsed neither lines nor
      files.
      """)

  @OptionGroup var options: TargetOptions

  @Option(help: ArgumentHelp("Samples a second, 1 to 10000.", valueName: "HZ"))
  var rate: Int?

  @Option(help: ArgumentHelp("How long to sample.", valueName: "N"))
  var seconds = 3.0

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
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds takes a number above 0 and up to 3600")
    }
    if let rate, !(1...10_000).contains(rate) {
      throw ValidationError("--rate takes 1 to 10000 samples a second")
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
    let (source, agent) = try sources()
    defer {
      source.end()
      agent.end()
    }
    let signals = SignalDescriptor(Interruption.signals)
    let before = try source.take()
    guard let idle = ProfileReading(before) else {
      throw Failure(.no, "the instance has no profiler: it had no memory for one")
    }
    let isOurs = rate != nil || idle.rate == 0
    if isOurs { try agent.profile(rate: rate ?? 997) }
    guard let first = ProfileReading(try source.take()) else { return }
    var interruption: Failure?
    do {
      try Interruption.wait(Int(seconds * 1000), source, signals)
    } catch let failure as Failure where failure.status == .interrupted {
      interruption = failure
    }
    let last = try source.take()
    if isOurs { try agent.profile(rate: 0) }
    guard let profile = ProfileReading(last)?.since(first) else { return }
    let names = FrameNames(symbols(last.buildID))
    if output != nil || format != nil { try export(profile, names, last) }
    if output != nil || format == nil { show(ProfileStacks(profile, names), profile) }
    if let interruption { throw interruption }
  }

  // MARK: The instance

  /// Where the profile is read, and who has it taken: the agent does both, but where the
  /// instance's memory is at hand it need not send anything.
  private func sources() throws -> (any ReadingSource, StreamSource) {
    let registry = Registry()
    func both(_ instance: Instance) throws -> (any ReadingSource, StreamSource) {
      let memory = try MemorySource(instance)
      return (memory, try StreamSource(.unix(path: instance.agentSocket)))
    }
    guard let text = options.target else { return try both(registry.onlyInstance()) }
    let stream: StreamSource
    switch try TargetName.parse(text) {
    case .instance(let name): return try both(registry.instance(named: name))
    case .agent(.unix(let path)): stream = try StreamSource(.unix(path: path))
    case .agent(.tcp(let host, let port)): stream = try StreamSource(.tcp(host: host, port: port))
    case .serial(let device, let baud):
      stream = try StreamSource(.serial(device: device, baud: baud))
    default:
      throw Failure(
        .usage,
        "the profiler is in the agent: name an instance, unix:PATH, tcp:HOST:PORT or "
          + "serial:DEVICE@BAUD")
    }
    return (stream, stream)
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

  private func export(_ profile: ProfileReading, _ names: FrameNames, _ reading: Reading) throws {
    let exported = ExportedProfile(
      profile, names, name: try options.target ?? Registry().onlyInstance().name,
      buildID: reading.buildID.map { Hex.encode($0) })
    let format = chosenFormat ?? .collapsed
    try OutputFile.write(
      format.bytes(of: exported, waiting ? [.waiting] : nil), to: output ?? "-")
  }

  private func show(_ stacks: ProfileStacks, _ profile: ProfileReading) {
    let activity = waiting ? "waiting" : "running"
    if json, output != "-" {
      for line in stacks.lines where line.activity == activity || !waiting { put(line) }
      return Output.json(summary(profile))
    }
    if output == nil { table(stacks, activity) }
    Talk.line(words(profile))
  }

  private func table(_ stacks: ProfileStacks, _ activity: String) {
    let whole =
      waiting ? stacks.count(activity) : stacks.count("running") + stacks.count("idle")
    var rows = stacks.shares(activity).prefix(30).map { share in
      [Quantity.share(share.own, of: whole), Quantity.share(share.all, of: whole), share.name]
    }
    if !waiting, stacks.count("idle") > 0 {
      let share = Quantity.share(stacks.count("idle"), of: whole)
      rows.insert([share, share, "[idle]"], at: 0)
    }
    Output.text(Table.text(header: ["SELF", "TOTAL", "FUNCTION"], rows))
  }

  private func words(_ profile: ProfileReading) -> String {
    func count(_ name: String) -> UInt64 { profile.counters[name] ?? 0 }
    return
      "\(count("running")) samples running, \(count("idle")) idle, \(count("waiting")) waiting; "
      + "\(count("missed")) missed, \(count("homeless")) without room; of the stacks "
      + "\(count("gaps")) with a gap, \(count("cut")) cut, \(count("deep")) too deep"
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

  private func summary(_ profile: ProfileReading) -> JSONObject {
    var line = JSONObject(schema: "profile-summary")
    for (name, value) in profile.counters.sorted(by: { $0.key < $1.key }) {
      line[name] = .unsigned(value)
    }
    return line
  }
}
