// Starts and stops the profiler of an instance, for the Profile screen. The instance's agent does
// it; samples are read where readings come from.

internal import RemoteTarget

/// The profiler's switch, for as long as a dashboard is there.
struct ProfilerSwitch {
  /// Samples a second that were last wanted; nil while nobody wanted any.
  private var wanted: Int?
  /// Whether what runs was started here.
  private var isOurs = false

  /// Brings about that `rate` samples a second are taken, 0 for none, while `running` are. A
  /// profiler that runs already is left alone until another rate is wanted. What fails is tried again
  /// when another rate is wanted.
  mutating func want(_ rate: Int, running: UInt64, _ agent: () throws -> any AgentServant) throws {
    guard rate != wanted else { return }
    let isFirst = wanted == nil
    wanted = rate
    if isFirst, running > 0 { return }
    try agent().ask(.profile(rate: rate))
    isOurs = rate > 0
  }

  /// Stops what was started here.
  mutating func leave(_ agent: () throws -> any AgentServant) {
    if isOurs { try? agent().ask(.profile(rate: 0)) }
    isOurs = false
  }
}
