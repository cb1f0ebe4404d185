// Starts and stops the profiler of an instance, for the Profile screen. The instance's agent does
// it, over a link that is opened for that alone: samples are read where readings come from.

/// The profiler's switch, for as long as a dashboard is there.
struct ProfilerSwitch {
  /// Samples a second that were last wanted; nil while nobody wanted any.
  private var wanted: Int?
  /// Whether what runs was started here.
  private var isOurs = false

  /// Brings about that `rate` samples a second are taken, 0 for none, while `running` are. A
  /// profiler that runs already is left alone until another rate is wanted. What fails is tried again
  /// when another rate is wanted.
  mutating func want(_ rate: Int, running: UInt64, _ agent: () throws -> StreamSource) throws {
    guard rate != wanted else { return }
    let isFirst = wanted == nil
    wanted = rate
    if isFirst, running > 0 { return }
    try Self.set(rate, agent)
    isOurs = rate > 0
  }

  /// Stops what was started here.
  mutating func leave(_ agent: () throws -> StreamSource) {
    if isOurs { try? Self.set(0, agent) }
    isOurs = false
  }

  private static func set(_ rate: Int, _ agent: () throws -> StreamSource) throws {
    let agent = try agent()
    defer { agent.end() }
    try agent.profile(rate: rate)
  }
}
