// Follows the profile of an instance for the Profile screen: has it taken, reads what is new, gives
// it names. Part of the reading thread.

internal import Bytes
internal import Launcher
internal import Live
internal import Profiling
internal import Readings
internal import RemoteTarget
internal import Symbols

/// Follows one instance's profile.
struct ProfileFollower {
  /// The tables that are read row by row here.
  static let tables: Set<String> = ["profile.stacks", "profile.spots", "profile.counts"]

  private let target: String?
  private var profiler = ProfilerSwitch()
  private var tables = ProfileTables()
  private var recorder: ProfileRecorder?
  private var buildID: [UInt8]?
  private var rate: Int?

  init(_ target: String?) { self.target = target }

  /// Looks at what is new, and puts it into `live`.
  mutating func follow(
    _ source: any ReadingSource, rate: Int, _ reading: Reading, _ live: inout Live
  ) {
    guard source.follow(&tables) else {
      live.profile = nil
      live.profileNote = "the instance has no profiler: it is in the agent (build with --agent)"
      return
    }
    do {
      try profiler.want(rate, running: tables.rate ?? 0, agent)
      if rate != self.rate { live.profileNote = "" }
    } catch {
      live.profileNote = (Failure(error) ?? Failure(.no)).message
    }
    self.rate = rate
    if recorder == nil || buildID != reading.buildID {
      buildID = reading.buildID
      recorder = ProfileRecorder(FrameNames(Self.symbols(buildID)))
    }
    recorder?.add(tables, taken: reading.taken)
    live.profile = recorder?.record
  }

  /// Stops the profiler if it was started here.
  mutating func leave() { profiler.leave(agent) }

  /// The instance's agent, which has the profiler.
  private func agent() throws -> any AgentServant {
    let registry = Registry()
    guard let target else {
      return InstanceAgent(try registry.onlyInstance())
    }
    guard case .instance(let name) = try TargetName.parse(target) else {
      throw Failure(.no, "the profiler is switched by the agent of a named instance")
    }
    return InstanceAgent(try registry.instance(named: name))
  }

  private static func symbols(_ buildID: [UInt8]?) -> SymbolFile? {
    guard let id = buildID.flatMap({ BuildID($0) }), let path = SymbolCache.path(of: id) else {
      return nil
    }
    return try? SymbolFile(path: path)
  }
}
