// Which of a host's addresses is connected to (RFC 8305, "Happy Eyeballs"): both families are asked for,
// and their addresses tried in turn, IPv6 first. The next has its turn when one has failed, or has not
// answered for a quarter of a second; those begun before go on, and the first connection that is up is
// the one. So an address that is dead costs no more than that quarter.

/// The order of attempts to connect to a host. Who makes them stops asking when one has succeeded.
public struct HappyEyeballs {
  /// What is to be done.
  public enum Effect: Equatable, Sendable {
    case nothing
    /// Begin a connection to this address, beside those that are on their way.
    case connect(IPAddress)
    /// Nothing is left to be tried: the host has no address, for this reason, or nil: none has answered.
    case failed(DNSError?)
  }

  /// When `timerExpired` is to be called.
  public private(set) var deadline = Moment.distantFuture
  /// What is still asked of the name servers.
  private var awaited: [DNSQuestion.Kind]
  private var left4: [IPAddress] = []
  private var left6: [IPAddress] = []
  private var takesIPv6Next = true
  private var running = 0
  private var hasTried = false
  private var error: DNSError?

  /// How long the first address of IPv4 waits for what is said of IPv6 (section 3).
  static var resolutionDelay: Interval { .milliseconds(50) }
  /// How long an attempt has before the next one begins (section 5).
  static var attemptDelay: Interval { .milliseconds(250) }

  /// A host whose addresses of these kinds are being asked for.
  public init(asking kinds: [DNSQuestion.Kind]) { awaited = kinds }

  /// A question is answered.
  public mutating func resolved(
    _ kind: DNSQuestion.Kind, _ answer: Result<[IPAddress], DNSError>, at now: Moment
  ) -> Effect {
    guard awaited.contains(kind) else { return .nothing }
    awaited.removeAll { $0 == kind }
    switch answer {
    case .success(let addresses):
      if kind == .aaaa { left6 += addresses } else { left4 += addresses }
    case .failure(let reason):
      // That one family is absent says less than that nobody could tell.
      if error == nil || error == .noAddress { error = reason }
    }
    guard running == 0 else {
      if deadline == .distantFuture, hasMore { deadline = now + Self.attemptDelay }
      return .nothing
    }
    if left6.isEmpty, !left4.isEmpty, awaited.contains(.aaaa), !hasTried {
      deadline = now + Self.resolutionDelay
      return .nothing
    }
    return next(at: now)
  }

  /// An attempt has failed, at once or after a while.
  public mutating func attemptFailed(at now: Moment) -> Effect {
    running = max(running - 1, 0)
    return next(at: now)
  }

  /// Time has come to `deadline`.
  public mutating func timerExpired(at now: Moment) -> Effect {
    guard deadline <= now else { return .nothing }
    return next(at: now)
  }

  private var hasMore: Bool { !left4.isEmpty || !left6.isEmpty }

  private mutating func next(at now: Moment) -> Effect {
    deadline = .distantFuture
    guard hasMore else {
      guard running == 0, awaited.isEmpty else { return .nothing }
      return .failed(hasTried ? nil : error ?? .noAddress)
    }
    // Families alternate (section 4), as what is wrong is often wrong with all of one.
    let isIPv6 = left4.isEmpty || takesIPv6Next && !left6.isEmpty
    takesIPv6Next = !isIPv6
    hasTried = true
    running += 1
    let address = isIPv6 ? left6.removeFirst() : left4.removeFirst()
    if hasMore { deadline = now + Self.attemptDelay }
    return .connect(address)
  }
}
