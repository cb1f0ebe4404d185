// Sampling an instance that does not sample itself: it is stopped for a moment, its stacks are copied,
// and it goes on.

public import Profiling

/// That an instance's stacks can be sampled by stopping it, and how that goes.
public struct PausedSampling: Equatable, Sendable {
  /// Why its own profiler is of no use, after its name: `its image has no profiler`.
  public var reason: String
  /// Samples a second that are asked for; 0 while it is left alone.
  public var rate = 0
  /// How long it stood still for them; nil before the first.
  public var pauses: PauseSummary?
  /// What is in the way of sampling it; empty if nothing is.
  public var note = ""

  /// Sampling that has not begun.
  public init(reason: String) { self.reason = reason }
}
