// How much may be under way (RFC 5681, with NewReno's recovery, RFC 6582, and the initial window of
// RFC 6928), by NewReno's rules or by CUBIC's. What counts as lost, and what is under way, `LossRecovery` knows.

/// How the window of a connection grows and shrinks.
public enum CongestionControl: UInt8, CaseIterable, Sendable {
  /// By a segment a round trip, and to the half (RFC 5681).
  case newReno
  /// By CUBIC's function of time, and to 0.7 (RFC 9438).
  case cubic
}

/// The congestion window of a connection.
public struct CongestionWindow {
  /// Bytes that may be under way (cwnd).
  public private(set) var size: Int
  /// Where slow start ends (ssthresh).
  public private(set) var threshold = Int.max
  private var segment: Int
  private var credit = 0
  /// CUBIC's memory; nil: NewReno.
  private var cubic: Cubic?

  /// The window of a new connection with segments of this many bytes.
  public init(segment: Int, _ control: CongestionControl = .newReno) {
    self.segment = segment
    if control == .cubic { cubic = Cubic() }
    size = Self.initial(segment)
  }

  /// RFC 6928, section 2.
  private static func initial(_ segment: Int) -> Int { min(10 * segment, max(2 * segment, 14_600)) }

  /// The segments have another size, by an option or by what a path takes.
  public mutating func segmentChanged(_ segment: Int) {
    if size == Self.initial(self.segment) { size = Self.initial(segment) }
    self.segment = segment
    size = max(size, segment)
  }

  /// New data has been acknowledged, outside of a recovery, while the window was the limit.
  public mutating func acknowledged(_ bytes: Int, roundTrip: Interval, at now: Moment) {
    if size < threshold {
      // Section 3.1; L = 2 of RFC 3465, as an acknowledgment may be for two segments.
      size += min(bytes, 2 * segment)
      return
    }
    if let growth = cubic?.growth(size, bytes, segment: segment, roundTrip: roundTrip, at: now) {
      size += growth
      return
    }
    credit += bytes
    guard credit >= size else { return }
    credit -= size
    size += segment
  }

  /// Something was lost with `flight` bytes under way; there is a recovery now (section 3.2).
  public mutating func lost(flight: Int) {
    threshold = reduced(flight)
    cubic?.lost(size)
    size = threshold
    credit = 0
  }

  /// The retransmission timer has run out (section 3.1); `isRepeated` if for the same data again.
  public mutating func timedOut(flight: Int, isRepeated: Bool) {
    if !isRepeated {
      threshold = reduced(flight)
      cubic?.lost(size)
    }
    size = segment
    credit = 0
  }

  /// Nothing was sent for longer than a time-out: the window says nothing any more (section 4.1).
  public mutating func wasIdle() {
    size = min(size, Self.initial(segment))
    cubic?.wasIdle()
  }

  /// Where slow start is to end after a loss.
  private func reduced(_ flight: Int) -> Int {
    max(cubic == nil ? flight / 2 : flight * Cubic.share / 10, 2 * segment)
  }
}
