// What a connection is, and what it tells its user.

/// The state of a connection (RFC 9293, section 3.3.2). LISTEN is the stack's.
public enum TCPState: UInt8, Sendable {
  /// SYN is on its way.
  case synSent
  /// SYN has come, and SYN with ACK is on its way.
  case synReceived
  /// Data flows both ways.
  case established
  /// This end has finished; its FIN is not acknowledged.
  case finWait1
  /// This end has finished, and the other one knows.
  case finWait2
  /// The other end has finished.
  case closeWait
  /// Both have finished at the same time; this end's FIN is not acknowledged.
  case closing
  /// The other end has finished, then this one; its FIN is not acknowledged.
  case lastAck
  /// Over; waits until no segment of it can be under way.
  case timeWait
  /// Over.
  case closed

  /// Whether both ends know each other's sequence numbers.
  public var isSynchronized: Bool { self != .synSent && self != .synReceived }
  /// Whether the user may still send.
  public var canSend: Bool {
    self == .established || self == .closeWait || self == .synSent || self == .synReceived
  }
  /// Whether more data may come.
  public var canReceive: Bool { self == .established || self == .finWait1 || self == .finWait2 }
}

/// What has happened to a connection since its user was told last.
public struct TCPSignals: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// It is established.
  public static let opened = TCPSignals(rawValue: 1)
  /// There is something to read.
  public static let readable = TCPSignals(rawValue: 2)
  /// There is room again, after a write that did not find enough.
  public static let writable = TCPSignals(rawValue: 4)
  /// The other end has finished: nothing more comes after what can be read.
  public static let finished = TCPSignals(rawValue: 8)
  /// It is over; `closeReason` says how.
  public static let closed = TCPSignals(rawValue: 16)
}

/// How a connection ended.
public enum TCPCloseReason: UInt8, Sendable {
  /// Both ends have finished, and all data has arrived.
  case finished
  /// Aborted by this end.
  case aborted
  /// The other end has reset it.
  case reset
  /// The other end did not take it up.
  case refused
  /// The other end does not answer.
  case timedOut
  /// A packet could not be delivered: no route, or a neighbour that does not answer.
  case unreachable
}

/// When a connection whose peer does not answer is given up.
public struct TCPLimits: Equatable, Sendable {
  /// How long data may stay unacknowledged, whether or not the peer has room for it (RFC 5482); nil: as
  /// long as the retries last, and for ever with a peer that answers that it has no room.
  public var userTimeout: Interval?
  /// After how long without a segment the peer is asked whether it is there (RFC 9293, section 3.8.4);
  /// nil: never.
  public var keepAlive: Interval?
  /// How long it has for an answer before it is asked again.
  public var keepAliveInterval = Interval.seconds(75)
  /// How often it is asked.
  public var keepAliveTries: UInt8 = 9

  /// None but the retries.
  public init() {}
}

/// What is the same for all connections of an interface.
public struct TCPConfiguration: Sendable {
  /// The longest segment to be received: the interface's MTU less 40.
  public var maximumSegmentSize = 1460
  /// Bytes that wait for being sent or acknowledged, at most.
  public var sendLimit = 65_536
  /// Bytes that wait for the user, at most: the largest window that is offered.
  public var receiveLimit = 65_536
  /// Whether small segments wait for what is under way (Nagle's algorithm, RFC 9293, section
  /// 3.7.4). Off, as in most servers: whoever writes has decided what belongs together.
  public var collectsSmallWrites = false
  /// How long an acknowledgment waits for another segment (RFC 9293, section 3.8.6.3).
  public var acknowledgmentDelay = Interval.milliseconds(40)
  /// How long a connection stays when it is over: twice the maximum segment lifetime.
  public var timeWait = Interval.seconds(60)
  /// How often something is sent again before the connection is given up; after some minutes.
  public var retryLimit: UInt8 = 12
  /// The same for SYN.
  public var synRetryLimit: UInt8 = 6

  /// How the congestion window grows and shrinks.
  public var congestionControl = CongestionControl.cubic
  /// When a peer that does not answer is given up.
  public var limits = TCPLimits()
  /// Whether SYN is answered without a word kept of it (RFC 4987, section 3.6) when a backlog is full.
  public var usesCookies = true

  /// The usual values.
  public init() {}
}
