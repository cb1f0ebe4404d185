/// Names a request that was taken, so that its answer can be told from others.
public struct Ticket: Hashable, Sendable {
  public var number: UInt64

  /// Creates a name.
  public init(_ number: UInt64) { self.number = number }
}

/// What a client wants done, or has to tell.
public enum Effect: Equatable, Sendable {
  /// Write these bytes to the link.
  case send([UInt8])
  /// The answer to a request that is not a resumption.
  case answered(Ticket, Answer)
  /// The target stopped or ended: in answer to a resumption or to `?`, or unasked.
  case stopped(Ticket?, StopReply)
  /// A thread stopped, in non-stop mode.
  case threadStopped(StopReply)
  /// Text for the console.
  case console([UInt8])
  /// A notification's data.
  case notified([UInt8])
  /// The conversation cannot go on.
  case lost(Loss)
}

/// Why a conversation ended.
public enum Loss: Equatable, Sendable {
  /// The stub did not answer in time.
  case noAnswer
  /// The stub kept refusing a packet, or sent too many that were damaged.
  case damaged
}

/// Why a request was not taken.
public enum Refusal: Error, Equatable, Sendable {
  /// The stub has not said that it can do this.
  case notAdvertised
  /// The target runs: only an interrupt may be sent.
  case running
  /// The packet is longer than the stub takes; it would be dropped, by QEMU silently.
  case tooLong
  /// The conversation has ended.
  case ended
}

/// What a client has seen.
public struct ClientStatistics: Equatable, Sendable {
  public var retransmissions = 0
  /// Packets nobody had asked for.
  public var unexpected = 0

  /// Creates counters at zero.
  public init() {}
}
