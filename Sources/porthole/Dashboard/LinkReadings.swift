// Readings that come over the session's own link: of an agent behind a socket or a serial line, where
// no other link is to be had. Its profile is followed here too.

internal import Launcher
internal import Live
internal import Readings
internal import RemoteTarget
internal import Session
internal import Symbols
internal import Telemetry

/// Makes readings of an agent's frames.
struct LinkReadings {
  /// Samples a second that the Profile screen wants, 0 for none; nil while nobody looks at one.
  var profile: Int?
  private let target: OpenTarget
  private var follower: ProfileFollower
  private var live = Live()
  private var rounds = 0
  private var next = Deadline(milliseconds: 0)

  /// Milliseconds between readings.
  private static let pause = 250

  init(_ target: OpenTarget) {
    self.target = target
    follower = ProfileFollower { _ in target.session.symbols as? SymbolFile }
  }

  /// What is new; nil while nothing is.
  mutating func take(_ feed: TelemetryFeed) -> Live? {
    // The profile's tables are followed row by row, and only for who looks at them.
    guard feed.rounds > rounds, next.isOver,
      var reading = Reading(
        at: feed.root, in: feed.copy,
        wanting: { name, _ in !ProfileFollower.tables.contains(name) })
    else { return nil }
    rounds = feed.rounds
    next = Deadline(milliseconds: Self.pause)
    reading.taken = Moment.microseconds
    reading.time = feed.copy.time
    live.earlier = live.reading
    live.reading = reading
    live.source = "agent"
    let lost = feed.copy.statistics
    live.losses = LiveLosses(
      lost: lost.lost, damaged: lost.damaged, skipped: lost.skipped, unkept: lost.unkept)
    if let profile {
      follower.follow(rate: profile, reading, agent, &live) {
        $0.look(at: feed.root, in: feed.copy)
      }
    }
    live.generation += 1
    return live
  }

  /// Stops the profiler if it was started here.
  mutating func leave() { follower.leave(agent) }

  private func agent() throws -> any AgentServant { target }
}
