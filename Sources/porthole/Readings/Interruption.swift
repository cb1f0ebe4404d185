// Waiting that Ctrl-C ends in order: the link is told goodbye, and the status is 130.

internal import Glibc

/// The signals that end a wait.
enum Interruption {
  static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Waits so long; throws the status when a signal comes.
  static func wait(
    _ milliseconds: Int, _ source: any ReadingSource, _ signals: SignalDescriptor
  ) throws {
    if signals.take() != nil { throw Failure(.interrupted) }
    if source.passesAtOnce { return try source.idle(milliseconds: milliseconds) }
    try wait(milliseconds, signals, source.idle)
  }

  /// The same where `idle` does what has to be done meanwhile.
  static func wait(
    _ milliseconds: Int, _ signals: SignalDescriptor, _ idle: (_ milliseconds: Int) throws -> Void
  ) throws {
    let deadline = Moment.microseconds + milliseconds * 1000
    while true {
      if signals.take() != nil { throw Failure(.interrupted) }
      let left = (deadline - Moment.microseconds) / 1000
      guard left > 0 else { return }
      try idle(min(left, 50))
    }
  }
}
