// Readings that come over the session's own link: of an agent behind a socket or a serial line, where
// no other link is to be had.

internal import Launcher
internal import Live
internal import Readings
internal import RemoteTarget
internal import Telemetry

/// Makes readings of an agent's frames.
struct LinkReadings {
  private var live = Live()
  private var rounds = 0
  private var next = Deadline(milliseconds: 0)

  /// Milliseconds between readings.
  private static let pause = 250

  /// What is new; nil while nothing is.
  mutating func take(_ feed: TelemetryFeed) -> Live? {
    guard feed.rounds > rounds, next.isOver,
      var reading = Reading(at: feed.root, in: feed.copy)
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
    live.generation += 1
    return live
  }
}
