// A connection (RFC 9293): a state machine without clock and network. Segments, the user's calls
// and the timer are its events; `nextSegment` says what it has to send, one segment at a time, and
// `deadline` when its timer is to run. What the user should know collects in `signals`.
//
// Here are its parts and how it begins. What it does with a segment stands in `+Arrival` and
// `+Acknowledgment`, what it sends in `+Output`, its timers in `+Timers`, its user in `+User`.

/// One end of a connection.
public struct TCPConnection {
  /// Its two ends.
  public let name: ConnectionName
  /// Its state.
  public internal(set) var state: TCPState
  /// What has happened since the signals were taken last.
  public internal(set) var signals: TCPSignals = []
  /// How it ended; nil while it has not.
  public internal(set) var closeReason: TCPCloseReason?
  /// What has been counted.
  public internal(set) var statistics = TCPStatistics()
  let configuration: TCPConfiguration

  // Sending (RFC 9293, section 3.3.1): SND.UNA, SND.NXT, ISS, SND.WND, SND.WL1, SND.WL2.
  let initialSequence: SequenceNumber
  /// What our clock of timestamps began with, the same for all connections between two hosts.
  let timestampOffset: UInt32
  var una: SequenceNumber
  var next: SequenceNumber
  /// Bytes from `dataStart` on that are not acknowledged, sent or not.
  var sendBuffer: ByteRing
  var dataStart: SequenceNumber
  var sendWindow = 0
  var largestSendWindow = 0
  var windowSequence = SequenceNumber(0)
  var windowAcknowledgment: SequenceNumber
  var sendScale: UInt8 = 0
  /// Bytes of a segment after its fixed header, options included.
  var segmentSize: Int
  var recovery: LossRecovery
  var congestion: CongestionWindow
  var roundTrip = RoundTripTime()
  /// The segment whose round trip is measured, where there are no timestamps.
  var timed: (end: SequenceNumber, sent: Moment)?
  var lastSent: Moment

  // Receiving.
  var receive: ReceiveBuffer
  var remoteInitialSequence = SequenceNumber(0)
  /// Whether the user wants no more data.
  var isAbandoned = false
  /// Whether this end finishes as soon as the connection is up.
  var finishesWhenOpen = false
  /// The number of the peer's FIN, which may have come before what it follows.
  var remoteFinish: SequenceNumber?

  // What both ends have agreed on.
  var usesTimestamps = false
  var usesSACK = false
  var recentTimestamp: UInt32 = 0
  var recentTimestampAt = Moment(microseconds: 0)

  // What is to be sent whatever the windows say.
  var owesSYN = false
  var owesProbe = false
  /// Whether less is sent than is worth a segment, as the window has been small for so long.
  var forcesSmall = false
  var resets: SequenceNumber?
  var acknowledgment = AcknowledgmentDebt()
  var challenge = ChallengeLimit()

  // Timers.
  var retransmitAt = Moment.distantFuture
  var closeAt = Moment.distantFuture
  /// When a peer that says nothing is to be asked whether it is there.
  var keepAliveAt = Moment.distantFuture
  var keepAliveTries: UInt8 = 0
  /// Since when the peer has acknowledged nothing of what it should.
  var waitingSince = Moment(microseconds: 0)
  /// How long that may go on, and how a silent peer is asked; the interface's, or the user's own.
  public internal(set) var limits: TCPLimits
  var retries: UInt8 = 0
  /// Whether a write has found too little room.
  var isWriterWaiting = false

  /// An active open: SYN is the first segment to be sent.
  public init(
    connecting name: ConnectionName, initialSequence: SequenceNumber, timestampOffset: UInt32 = 0,
    _ configuration: TCPConfiguration, at now: Moment
  ) {
    self.init(name, .synSent, initialSequence, timestampOffset, configuration, now)
    usesTimestamps = true
    usesSACK = true
    owesSYN = true
  }

  /// A passive open: `segment`, a SYN without ACK or RST, has come to a port that listens.
  public init(
    accepting segment: TCPSegment, _ name: ConnectionName, initialSequence: SequenceNumber,
    timestampOffset: UInt32 = 0, _ configuration: TCPConfiguration, at now: Moment
  ) {
    self.init(name, .synReceived, initialSequence, timestampOffset, configuration, now)
    synchronize(with: segment, at: now)
    owesSYN = true
  }

  private init(
    _ name: ConnectionName, _ state: TCPState, _ initialSequence: SequenceNumber,
    _ timestampOffset: UInt32, _ configuration: TCPConfiguration, _ now: Moment
  ) {
    self.name = name
    self.state = state
    self.configuration = configuration
    self.initialSequence = initialSequence
    self.timestampOffset = timestampOffset
    limits = configuration.limits
    una = initialSequence
    next = initialSequence
    dataStart = initialSequence + 1
    windowAcknowledgment = initialSequence
    sendBuffer = ByteRing(limit: configuration.sendLimit)
    // Without the option: RFC 9293, section 3.7.1.
    segmentSize = 536
    recovery = LossRecovery(una: initialSequence)
    congestion = CongestionWindow(segment: 536, configuration.congestionControl)
    lastSent = now
    receive = ReceiveBuffer(
      next: SequenceNumber(0), limit: configuration.receiveLimit,
      scale: ReceiveBuffer.scale(limit: configuration.receiveLimit))
  }

  /// Takes over what the peer's SYN says.
  mutating func synchronize(with segment: TCPSegment, at now: Moment) {
    let options = segment.options
    remoteInitialSequence = segment.sequence
    // A peer that does not scale (RFC 7323, section 2.2) gets no more than 64 kB, unscaled.
    let scale = options.windowScale.map { min($0, 14) }
    sendScale = scale ?? 0
    let limit = scale == nil ? min(configuration.receiveLimit, 65_535) : configuration.receiveLimit
    receive = ReceiveBuffer(
      next: segment.sequence + 1, limit: limit,
      scale: scale == nil ? 0 : ReceiveBuffer.scale(limit: limit))
    isScaling = scale != nil
    usesSACK = options.permitsSACK
    usesTimestamps = options.timestamps != nil
    recentTimestamp = options.timestamps?.value ?? 0
    recentTimestampAt = now
    setSegmentSize(Int(options.maximumSegmentSize ?? 536))
    sendWindow = Int(segment.window)
    largestSendWindow = sendWindow
    windowSequence = segment.sequence
  }

  /// Whether both ends shift their windows.
  var isScaling = true

  /// Limits segments to what the peer, the path and this end take. A peer that asks for next to
  /// nothing, to have us send as many packets as bytes, does not get it.
  mutating func setSegmentSize(_ size: Int) {
    segmentSize = max(min(size, configuration.maximumSegmentSize), 64)
    congestion.segmentChanged(segmentSize)
  }

  /// The number that FIN has or will have: the one after the data.
  var dataEnd: SequenceNumber { dataStart + sendBuffer.count }
  /// Whether this end has finished: FIN follows the data.
  var isFinishing: Bool {
    state == .finWait1 || state == .finWait2 || state == .closing || state == .lastAck
      || state == .timeWait
  }
  /// Whether FIN has been sent.
  var hasSentFinish: Bool { isFinishing && next > dataEnd }

  /// The connection is over.
  mutating func end(_ reason: TCPCloseReason) {
    state = .closed
    conclude(reason)
    retransmitAt = .distantFuture
    closeAt = .distantFuture
    keepAliveAt = .distantFuture
    acknowledgment = AcknowledgmentDebt()
    owesSYN = false
    owesProbe = false
    sendBuffer.release()
  }
}

extension TCPConnection {
  /// The user is told, once, that it is over.
  mutating func conclude(_ reason: TCPCloseReason) {
    guard closeReason == nil else { return }
    closeReason = reason
    signals.insert(.closed)
  }
}

/// What a connection has counted.
public struct TCPStatistics: Equatable, Sendable {
  /// Segments sent, retransmissions included.
  public var segmentsSent: UInt64 = 0
  /// Segments received.
  public var segmentsReceived: UInt64 = 0
  /// Segments that were sent again.
  public var retransmissions: UInt64 = 0
  /// Times that the retransmission timer ran out.
  public var timeouts: UInt64 = 0
  /// Losses that were noticed by what arrived beyond them.
  public var recoveries: UInt64 = 0

  /// Nothing counted.
  public init() {}
}

/// What the peer has not been told that has arrived (RFC 9293, section 3.8.6.3; RFC 5681, 4.2).
struct AcknowledgmentDebt {
  /// Whether an acknowledgment is to be sent at once.
  var isDue = false
  /// When one is, at the latest.
  var deadline = Moment.distantFuture
  private var bytes = 0

  /// Data has arrived in order: the second full segment is acknowledged, the first waits.
  mutating func add(_ count: Int, segment: Int, delay: Interval, at now: Moment) {
    bytes += count
    if bytes >= 2 * segment { isDue = true }
    if deadline == .distantFuture { deadline = now + delay }
  }
}

/// Limits the answers to segments that make no sense (RFC 5961, sections 3.2, 4.2 and 10): each may
/// be an attack, and two ends that answer each other's would go on for ever.
struct ChallengeLimit {
  private var last: Moment?

  static var pause: Interval { .milliseconds(100) }

  /// Whether one may be sent now; it then counts as sent.
  mutating func allows(at now: Moment) -> Bool {
    if let last, now < last + Self.pause { return false }
    last = now
    return true
  }
}
