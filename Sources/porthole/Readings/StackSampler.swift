// Who takes samples of an instance's stacks: its own profiler, where there is one, or whoever stops
// it for a moment and reads. Both tell of it in one shape.

internal import Launcher
internal import Profiling
internal import Readings
internal import RemoteTarget

/// Takes samples of whole stacks, from its creation on.
protocol StackSampler: AnyObject {
  /// `agent`, or `pauses`.
  var kind: String { get }
  /// The image's build id, if it is known.
  var buildID: [UInt8]? { get }
  /// How long the instance was stopped for the samples; nil if it never is.
  var pause: PauseSummary? { get }
  /// What has been counted so far.
  func profile() throws -> ProfileReading
  /// Does what is due, for so many milliseconds.
  func idle(milliseconds: Int) throws
  /// Ends the sampling.
  func end()
}

/// The instance's own profiler, which the agent starts and stops.
final class AgentSampler: StackSampler {
  let kind = "agent"
  let pause: PauseSummary? = nil
  private(set) var buildID: [UInt8]?
  private let source: any ReadingSource
  private let agent: any AgentServant
  private let isOurs: Bool
  private var first: ProfileReading

  /// Reads from `source` what is counted on request of `agent`, which may be the same. A profiler
  /// that runs already goes on as it does, unless a rate is given.
  init(_ source: any ReadingSource, _ agent: any AgentServant, rate: Int?) throws {
    self.source = source
    self.agent = agent
    guard let idle = ProfileReading(try source.take()) else {
      throw Failure(.no, "the instance has no profiler: it had no memory for one")
    }
    isOurs = rate != nil || idle.rate == 0
    first = idle
    if isOurs { try agent.ask(.profile(rate: rate ?? 997)) }
    first = try now()
  }

  private func now() throws -> ProfileReading {
    let reading = try source.take()
    buildID = reading.buildID
    guard let profile = ProfileReading(reading) else {
      throw Failure(.no, "the instance has no profiler any more")
    }
    return profile
  }

  func profile() throws -> ProfileReading { try now().since(first) }

  func idle(milliseconds: Int) throws { try source.idle(milliseconds: milliseconds) }

  func end() {
    if isOurs { try? agent.ask(.profile(rate: 0)) }
    source.end()
  }
}
