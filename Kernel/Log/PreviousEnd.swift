// How the boot before this one ended, as the ring tells.

/// The end of the boot before this one.
public enum PreviousEnd: Sendable {
  /// It powered off with this status.
  case powerOff(status: UInt8)
  /// It reset itself.
  case reset
  /// It panicked; the text is the cause, of which what does not fit a record is cut.
  case panic(String)
  /// It ended without saying: reset from outside, or a fault beyond help.
  case unknown

  /// Reads it from the ring; nil for the first boot of a machine whose memory held no ring.
  public init?(_ ring: LogRing?) {
    guard let ring, ring.boot > 1 else { return nil }
    guard let end = ring.previousEnd else {
      self = .unknown
      return
    }
    switch end.kind {
    case .powerOff: self = .powerOff(status: UInt8(truncatingIfNeeded: end.value))
    case .reset: self = .reset
    case .panic: self = .panic(String(decoding: end.text, as: UTF8.self))
    default: self = .unknown
    }
  }
}
