// What is exported: the stacks of some time, each spot of the profile one, with the time that a
// sample stands for.

public import Profiling
public import Readings

/// What the core, or who waits, was doing when a sample was taken.
public enum ProfileActivity: String, Sendable, CaseIterable {
  case running
  /// The core was halted.
  case idle
  /// A fiber or task was off the core.
  case waiting
}

/// Samples that were taken at one instruction with the same callers.
public struct ExportedStack: Hashable, Sendable {
  public var activity: ProfileActivity
  public var count: UInt64
  /// Innermost first.
  public var frames: [ProfileFrame]

  /// Creates a stack.
  public init(activity: ProfileActivity, count: UInt64, frames: [ProfileFrame]) {
    self.activity = activity
    self.count = count
    self.frames = frames
  }
}

/// What was sampled of one instance in some time.
public struct ExportedProfile: Sendable {
  /// What was profiled: an instance's name or a target.
  public var name: String
  /// The image's build id in hexadecimal; nil if it tells none.
  public var buildID: String?
  /// Samples a second that were asked for.
  public var rate: UInt64
  /// Most samples first.
  public var stacks: [ExportedStack]

  /// Creates a profile; sorts the stacks.
  public init(name: String, buildID: String? = nil, rate: UInt64, stacks: [ExportedStack]) {
    self.name = name
    self.buildID = buildID
    self.rate = rate
    self.stacks = stacks.sorted { $0.count > $1.count }
  }

  /// A profile as it was read, with names.
  public init(
    _ reading: ProfileReading, _ names: FrameNames, name: String, buildID: String? = nil
  ) {
    self.init(
      name: name, buildID: buildID, rate: reading.rate,
      stacks: reading.spots.map { spot in
        ExportedStack(
          activity: ProfileActivity(rawValue: spot.activity) ?? .running, count: spot.count,
          frames: names.stack(at: spot.address, spot.stack))
      })
  }

  /// The time that one sample stands for, in nanoseconds.
  public var period: UInt64 { 1_000_000_000 / max(rate, 1) }
}
