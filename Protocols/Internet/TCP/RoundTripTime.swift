// The retransmission time-out (RFC 6298), with the floor that Linux has: 200 ms on its variable
// part, where the RFC says 1 s in all and that less may be found to do. A peer delays its
// acknowledgments by up to 200 ms in practice.

/// What is known of a connection's round trip.
public struct RoundTripTime {
  /// The smoothed round trip (SRTT); nil before the first sample.
  public private(set) var smoothed: Interval?
  private var variation: UInt64 = 0
  private var doublings: UInt64 = 0

  /// The time-out before anything is known (section 2.1).
  public static var initial: Interval { .seconds(1) }
  /// The least variable part.
  public static var floor: Interval { .milliseconds(200) }
  /// The longest time-out (section 2.5).
  public static var ceiling: Interval { .seconds(60) }

  /// Nothing known yet.
  public init() {}

  /// A segment that was sent once has been acknowledged after `sample` (section 2.2, 2.3).
  public mutating func measured(_ sample: Interval) {
    // A peer's clock, or an echo of nonsense, is not believed beyond what can matter.
    let sample = min(sample, Self.ceiling).microseconds
    if let smoothed = smoothed?.microseconds {
      let difference = smoothed > sample ? smoothed - sample : sample - smoothed
      variation = (3 * variation + difference) / 4
      self.smoothed = Interval(microseconds: (7 * smoothed + sample) / 8)
    } else {
      smoothed = Interval(microseconds: sample)
      variation = sample / 2
    }
    doublings = 0
  }

  /// The timer has run out (section 5.5).
  public mutating func timedOut() { if doublings < 16 { doublings += 1 } }

  /// New data has been acknowledged: the time-out is no longer doubled.
  public mutating func acknowledged() { doublings = 0 }

  /// The time-out (RTO).
  public var timeout: Interval {
    let base: UInt64 =
      if let smoothed {
        smoothed.microseconds + max(4 * variation, Self.floor.microseconds)
      } else {
        Self.initial.microseconds
      }
    return Interval(microseconds: min(base << doublings, Self.ceiling.microseconds))
  }
}
