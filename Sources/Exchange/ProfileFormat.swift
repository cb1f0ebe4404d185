// The formats in which profiles go to other programs.

/// How a profile is written to a file.
public enum ProfileFormat: String, Sendable, CaseIterable {
  /// A stack a line, for flame graph programs.
  case collapsed
  /// speedscope.app.
  case speedscope
  /// What `perf script` prints.
  case perf
  /// profile.proto, compressed.
  case pprof
  /// The Firefox Profiler, profiler.firefox.com.
  case firefox

  /// The file's bytes. `activities` restricts the profile; by default it is what the format can keep
  /// apart: everything, but for `collapsed`, which leaves out who waits.
  ///
  /// Cost: linear in the frames of all stacks.
  public func bytes(of profile: ExportedProfile, _ activities: Set<ProfileActivity>? = nil)
    -> [UInt8]
  {
    var wanted = profile
    let ownChoice: Set<ProfileActivity> =
      self == .collapsed ? [.running, .idle] : Set(ProfileActivity.allCases)
    let chosen = activities ?? ownChoice
    wanted.stacks.removeAll { !chosen.contains($0.activity) || $0.count == 0 }
    return switch self {
    case .collapsed: Array(Collapsed.text(of: wanted).utf8)
    case .speedscope: Speedscope.bytes(of: wanted)
    case .perf: PerfScript.bytes(of: wanted)
    case .pprof: GZip.stored(Pprof.bytes(of: wanted))
    case .firefox: FirefoxProfile.bytes(of: wanted)
    }
  }
}

/// Numbers for values, in the order in which they came.
struct Interner<Value: Hashable> {
  private(set) var values: [Value] = []
  private var numbers: [Value: Int] = [:]

  /// The value's number from 0.
  mutating func number(of value: Value) -> Int {
    if let number = numbers[value] { return number }
    numbers[value] = values.count
    values.append(value)
    return values.count - 1
  }
}
