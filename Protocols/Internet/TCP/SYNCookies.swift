// SYN cookies (RFC 4987, section 3.6, after D. J. Bernstein): when a backlog is full, all that there is
// to know of a SYN goes into the sequence number of its answer, and nothing is kept. Who acknowledges
// it has shown that he is where he says. What the options were, but for the segment size, is lost: such
// a connection has no scaled window, no timestamps and no selective acknowledgments.
//
//      31   27 26   24 23                 0
//     | minute | size |        hash        |     a minute is 64 seconds, modulo 32

struct SYNCookies {
  /// When the last one was sent: acknowledgments of what was never sent are not even looked at.
  private var lastSent: Moment?

  private static var sizes: InlineArray<8, UInt16> {
    [536, 1024, 1220, 1360, 1400, 1440, 1452, 1460]
  }
  /// How long one is good for, at least; twice that at most.
  private static var minute: UInt64 { 64_000_000 }

  /// The sequence number that answers a SYN.
  mutating func number(
    for segment: TCPSegment, _ name: ConnectionName, secret: SipHash, at now: Moment
  ) -> SequenceNumber {
    lastSent = now
    let wanted = segment.options.maximumSegmentSize ?? 536
    var size: UInt32 = 0
    for index in 1..<8 where Self.sizes[index] <= wanted { size = UInt32(index) }
    let minute = now.microseconds / Self.minute
    return SequenceNumber(
      Self.cookie(minute, size, name, segment.sequence.value, secret: secret))
  }

  /// The peer's segment size, if `segment` acknowledges a cookie that was sent to it; else nil.
  func segmentSize(
    in segment: TCPSegment, _ name: ConnectionName, secret: SipHash, at now: Moment
  ) -> UInt16? {
    guard let lastSent, now - lastSent < Interval(microseconds: 2 * Self.minute) else { return nil }
    let number = (segment.acknowledgment + -1).value
    let size = number >> 24 & 7
    let current = now.microseconds / Self.minute
    for age in 0...min(UInt64(1), current) {
      let sent = Self.cookie(
        current - age, size, name, (segment.sequence + -1).value, secret: secret)
      if sent == number { return Self.sizes[Int(size)] }
    }
    return nil
  }

  private static func cookie(
    _ minute: UInt64, _ size: UInt32, _ name: ConnectionName, _ remote: UInt32, secret: SipHash
  ) -> UInt32 {
    let hash = secret.hash(
      name.hash(secret), UInt64(remote) << 32 | (minute & 0x0fff_ffff) << 4 | 1)
    return UInt32(truncatingIfNeeded: minute & 31) << 27 | size << 24
      | UInt32(truncatingIfNeeded: hash) & 0xff_ffff
  }
}

/// What came of connections that no room was kept for.
public struct SYNCookieCounters: Equatable, Sendable {
  /// SYNs that were answered so.
  public var sent: UInt64 = 0
  /// Connections that came of it.
  public var accepted: UInt64 = 0

  /// None.
  public init() {}
}

extension TCPConnection {
  /// A connection of whose SYN nothing was kept: `segment` acknowledges the cookie that answered it.
  init(
    acknowledgedCookie segment: TCPSegment, segmentSize: UInt16, _ name: ConnectionName,
    _ configuration: TCPConfiguration, at now: Moment
  ) {
    var beginning = TCPSegment(.synchronize, segment.sequence + -1)
    beginning.window = segment.window
    beginning.options.maximumSegmentSize = segmentSize
    self.init(
      accepting: beginning, name, initialSequence: segment.acknowledgment + -1, configuration,
      at: now)
    owesSYN = false
    next = initialSequence + 1
    // The answer has promised it, and the peer may have used it already.
    _ = receive.offer(segment: payloadSize, isSYN: true)
  }
}
