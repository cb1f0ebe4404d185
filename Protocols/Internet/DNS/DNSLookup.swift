// One question, and how it is brought to an answer: servers in turn, each try from a new port with a
// new number (RFC 5452), over a connection where a datagram does not hold the answer (RFC 7766), along
// names that stand for others. Without clock and network: each event returns what is to be done.

/// A question on its way.
public struct DNSLookup {
  /// What is to be done. Each but `nothing` and `write` ends what was before: its port or connection
  /// is to be closed.
  public enum Effect: Equatable, Sendable {
    case nothing
    /// Send `query` from a new port to this server.
    case ask(Endpoint)
    /// Open a connection to this server; `streamOpened` comes next.
    case connect(Endpoint)
    /// Send this on the connection.
    case write([UInt8])
    /// It is over.
    case finished(DNSResult)
  }

  private enum Phase: Equatable { case idle, datagram, connecting, stream }

  /// What is asked.
  public let question: DNSQuestion
  /// Who is asked, in turn.
  public let servers: [Endpoint]
  /// The message to be sent.
  public private(set) var query: [UInt8] = []
  /// When `timerExpired` is to be called.
  public private(set) var deadline = Moment.distantFuture
  /// Messages that were sent; and connections that were wanted.
  public private(set) var counts = DNSCounters()
  /// The number in `servers` of who was asked last.
  public private(set) var server: Int

  private var phase = Phase.idle
  private var id: UInt16 = 0
  /// The name that is asked for: the question's, or what it stands for.
  private var current: DNSName
  private var aliases = 0
  private var seconds = UInt32.max
  private var usesEDNS = true
  private var tries = 0
  private var hasFailed = false
  private var inbox: [UInt8] = []
  private let secret: SipHash
  private var draws: UInt64 = 0

  /// Names that stand for others, one after the other.
  static var aliasLimit: Int { 8 }

  /// A question for these servers, of which number `first` is asked first; `random` is 128 random bits.
  public init(
    _ question: DNSQuestion, servers: [Endpoint], first: Int = 0, random: (UInt64, UInt64)
  ) {
    self.question = question
    self.servers = servers
    server = servers.indices.contains(first) ? first : 0
    current = question.name
    secret = SipHash(key: random)
  }

  /// Begins.
  public mutating func started(at now: Moment) -> Effect {
    servers.isEmpty ? finish(.missing(.noServer)) : ask(at: now)
  }

  /// A datagram has come to the port; throws why it is none of ours. Then the wait goes on: who does
  /// not know port and number may send as many as he likes.
  public mutating func received(
    _ bytes: Span<UInt8>, from source: Endpoint, at now: Moment
  ) throws(Drop) -> Effect {
    guard phase == .datagram, source == servers[server] else { throw .dnsUnexpected }
    let message = try answer(in: bytes)
    guard message.isTruncated else { return take(message, at: now) }
    counts.truncated &+= 1
    phase = .connecting
    deadline = now + .seconds(5)
    return .connect(servers[server])
  }

  /// The connection is up.
  public mutating func streamOpened(at now: Moment) -> Effect {
    guard phase == .connecting else { return .nothing }
    phase = .stream
    inbox = []
    deadline = now + .seconds(5)
    counts.queries &+= 1
    let count = query.count
    return .write(
      [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)] + query)
  }

  /// Bytes have come on the connection; throws why they are no answer, after which it is to be closed
  /// as `streamClosed` says.
  public mutating func streamReceived(_ bytes: Span<UInt8>, at now: Moment) throws(Drop) -> Effect {
    guard phase == .stream else { return .nothing }
    for index in 0..<bytes.count {
      // Two bytes with the length go first (RFC 1035, section 4.2.2).
      if inbox.count >= 2, inbox.count == 2 + Int(inbox.span.word16(0)) { break }
      inbox.append(bytes[index])
    }
    guard inbox.count >= 2, inbox.count == 2 + Int(inbox.span.word16(0)) else { return .nothing }
    let message = try answer(in: inbox.span.extracting(2..<inbox.count))
    guard !message.isTruncated else { throw .dnsMalformed }
    return take(message, at: now)
  }

  /// The connection is gone, or was not to be had.
  public mutating func streamClosed(at now: Moment) -> Effect {
    guard phase == .connecting || phase == .stream else { return .nothing }
    hasFailed = true
    return askNext(at: now)
  }

  /// Time has come to `deadline`.
  public mutating func timerExpired(at now: Moment) -> Effect {
    guard phase != .idle else { return .nothing }
    counts.timeouts &+= 1
    return askNext(at: now)
  }

  // MARK: Asking

  private mutating func ask(at now: Moment) -> Effect {
    draws &+= 1
    id = UInt16(truncatingIfNeeded: secret.hash(draws, 0x646e_7369_6400))
    query = DNSQuestion(current, question.kind).message(id, usesEDNS: usesEDNS)
    phase = .datagram
    // A second in the first round, twice as long in each that follows.
    deadline = now + .seconds(1 << UInt64(min(tries / servers.count, 3)))
    counts.queries &+= 1
    return .ask(servers[server])
  }

  private mutating func askNext(at now: Moment) -> Effect {
    tries += 1
    guard tries < servers.count * (servers.count == 1 ? 4 : 3) else {
      return finish(.missing(hasFailed ? .serverFailure : .timedOut))
    }
    server = (server + 1) % servers.count
    counts.retries &+= 1
    return ask(at: now)
  }

  private mutating func finish(_ result: DNSResult) -> Effect {
    phase = .idle
    deadline = .distantFuture
    return .finished(result)
  }

  // MARK: Answers

  private func answer(in bytes: Span<UInt8>) throws(Drop) -> DNSMessage {
    let message = try DNSMessage(parsing: bytes)
    guard message.id == id, message.name == current, message.type == question.kind.rawValue else {
      throw .dnsUnexpected
    }
    return message
  }

  private mutating func take(_ message: DNSMessage, at now: Moment) -> Effect {
    switch message.code {
    case 0: return follow(message, at: now)
    case 3:
      return finish(
        .missing(.noSuchName, seconds: min(seconds, message.negativeSeconds ?? 0)))
    case 1, 4, 16:
      guard usesEDNS else { break }
      // A server that does not know the extension (RFC 6891, section 7).
      usesEDNS = false
      return ask(at: now)
    default: break
    }
    hasFailed = true
    return askNext(at: now)
  }

  /// Follows the names in an answer to addresses, or to a name that is to be asked for.
  private mutating func follow(_ message: DNSMessage, at now: Moment) -> Effect {
    let asked = current
    while true {
      var addresses: [IPAddress] = []
      var alias: DNSName?
      for record in message.answers where record.owner == current {
        switch record.value {
        case .address(let address) where Self.kind(of: address) == question.kind:
          addresses.append(address)
          seconds = min(seconds, record.seconds)
        case .alias(let name) where alias == nil:
          alias = name
          seconds = min(seconds, record.seconds)
        default: break
        }
      }
      if !addresses.isEmpty { return finish(.found(addresses, seconds: seconds)) }
      guard let alias else { break }
      aliases += 1
      guard aliases <= Self.aliasLimit else { return finish(.missing(.tooManyAliases)) }
      current = alias
    }
    if let least = message.negativeSeconds {
      return finish(.missing(.noAddress, seconds: min(seconds, least)))
    }
    if current != asked { return ask(at: now) }
    // A server that only knows whom to ask is of no use.
    guard message.isServing else {
      hasFailed = true
      return askNext(at: now)
    }
    return finish(.missing(.noAddress))
  }

  private static func kind(of address: IPAddress) -> DNSQuestion.Kind {
    if case .v4 = address { .a } else { .aaaa }
  }
}
