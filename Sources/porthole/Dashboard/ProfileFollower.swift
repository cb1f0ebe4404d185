// Follows the profile of an instance that samples itself, for the Profile screen: has it taken, reads
// what is new, gives it names.

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

  private let symbols: (_ buildID: [UInt8]?) -> SymbolFile?
  private var profiler = ProfilerSwitch()
  private var tables = ProfileTables()
  private var recorder: ProfileRecorder?
  private var buildID: [UInt8]?
  private var rate: Int?

  /// `symbols` finds those of an image.
  init(_ symbols: @escaping (_ buildID: [UInt8]?) -> SymbolFile?) { self.symbols = symbols }

  /// Samples that the instance has counted so far; nil before the first look.
  private(set) var samples: UInt64?
  /// Whether there were more of them at the last look.
  private(set) var isCounting = false

  /// Looks at what is new, as `look` has it, and puts it into `live`; false if there is no profiler.
  @discardableResult
  mutating func follow(
    rate: Int, _ reading: Reading, _ agent: () throws -> any AgentServant, _ live: inout Live,
    _ look: (inout ProfileTables) -> Bool
  ) -> Bool {
    guard look(&tables) else {
      live.profile = nil
      live.profileNote = "the instance has no profiler: it is in the agent (build with --agent)"
      return false
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
      recorder = ProfileRecorder(FrameNames(symbols(buildID)))
    }
    recorder?.add(tables, taken: reading.taken)
    live.profile = recorder?.record
    let count = recorder.map { $0.record.totals.running &+ $0.record.totals.idle }
    isCounting = samples != nil && count != samples
    samples = count
    return true
  }

  /// Stops the profiler if it was started here.
  mutating func leave(_ agent: () throws -> any AgentServant) { profiler.leave(agent) }
}
