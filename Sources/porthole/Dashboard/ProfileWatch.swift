// Whose samples the Profile screen shows: those of the instance's own profiler, or, where it has none or
// hangs, those for which it is stopped. Part of the reading thread.

internal import Bytes
internal import Launcher
internal import Live
internal import Readings
internal import RemoteTarget
internal import Symbols

/// Watches one target's profile.
struct ProfileWatch {
  /// What the Profile screen wants.
  struct Wish {
    /// Samples a second of the instance's own profiler; negative while nobody wants a profile.
    var rate: Int
    /// Samples a second that it is stopped for; 0 for none.
    var pauses: Int
  }

  private let place: ReadingPlace
  private let path: String?
  private var own: ProfileFollower
  private var paused: PauseFollower

  /// Watches `place`; `symbols` is the file that was named, if one was. What is copied from a target that
  /// is stopped comes by `stacks`.
  init(_ place: ReadingPlace, _ symbols: String?, _ stacks: StackQueue) {
    self.place = place
    path = symbols
    own = ProfileFollower { Self.symbols(symbols, $0) }
    paused = PauseFollower(stacks, try? place.instance())
  }

  /// Looks at what is new with an instance that tells of itself.
  mutating func watch(
    _ source: any ReadingSource, _ wish: Wish, _ reading: Reading, _ live: inout Live
  ) {
    guard wish.rate >= 0 else { return }
    guard wish.pauses == 0 || live.pauses == nil else {
      return follow(wish.pauses, reading.buildID, &live)
    }
    let hasProfiler = own.follow(
      rate: wish.rate, reading, { [place] in try Self.agent(of: place) }, &live
    ) { source.follow(&$0) }
    guard hasProfiler else {
      if !source.isStill { offer("the image has no profiler", &live) }
      return
    }
    if let words = paused.ailment(rate: wish.rate, samples: own.samples) {
      offer(words, &live)
    } else if live.pauses != nil, own.isCounting {
      live.pauses = nil
    }
  }

  /// The same with `who` does not tell of himself; whether there is anything to show.
  @discardableResult
  mutating func watchDumb(_ wish: Wish, _ who: String, _ live: inout Live) -> Bool {
    guard wish.rate >= 0, place.canBeStopped else { return false }
    do {
      _ = try place.instance()
    } catch {
      // It is gone, and needs no profiler.
      live.pauses = nil
      return false
    }
    offer(who + " has no profiler", &live)
    if wish.pauses > 0 {
      let instance = try? place.instance()
      follow(wish.pauses, instance?.buildID?.bytes, &live)
    }
    return true
  }

  /// Stops the instance's profiler if it was started here.
  mutating func leave() { own.leave { [place] in try Self.agent(of: place) } }

  private func offer(_ reason: String, _ live: inout Live) {
    if live.pauses?.reason != reason { live.pauses = PausedSampling(reason: reason) }
    live.pauses?.rate = 0
  }

  private mutating func follow(_ rate: Int, _ buildID: [UInt8]?, _ live: inout Live) {
    let path = path
    paused.follow(rate: rate, &live) { Self.symbols(path, buildID) }
  }

  /// The instance's agent, which has the profiler.
  private static func agent(of place: ReadingPlace) throws -> any AgentServant {
    guard let instance = try place.instance() else {
      throw Failure(.no, "it is dead, or has no agent that could start its profiler")
    }
    return InstanceAgent(instance)
  }

  private static func symbols(_ path: String?, _ buildID: [UInt8]?) -> SymbolFile? {
    if let path { return try? SymbolFile(path: path) }
    guard let id = buildID.flatMap({ BuildID($0) }), let path = SymbolCache.path(of: id) else {
      return nil
    }
    return try? SymbolFile(path: path)
  }
}

extension ReadingPlace {
  /// Whether it is something that runs, and may be stopped over the session's link.
  fileprivate var canBeStopped: Bool {
    switch self {
    case .instance, .stub: true
    case .core, .recording, .link: false
    }
  }
}
