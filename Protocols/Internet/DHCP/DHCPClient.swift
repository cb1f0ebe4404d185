// A client of DHCP (RFC 2131, section 4.4): INIT, SELECTING, REQUESTING, BOUND, RENEWING, REBINDING.
// It takes the first offer. Without clock and network: each event returns what is to be done.

/// A client of DHCP on one interface.
public struct DHCPClient {
  /// What is to be done.
  public enum Effect: Equatable, Sendable {
    case nothing
    /// Send this from port 68 to port 67 of a server, or of all.
    case send(DHCPRequest, to: IPv4Address)
    /// The interface has this address from now on.
    case configure(IPv4Network, gateway: IPv4Address?)
    /// The interface has no address any more; and send this.
    case lose(DHCPRequest)
  }

  private enum State: Equatable {
    case selecting
    case requesting(IPv4Address, IPv4Address)
    case bound(IPv4Address, IPv4Address)
    case renewing(IPv4Address, IPv4Address)
    case rebinding(IPv4Address, IPv4Address)
  }

  private let hardware: MACAddress
  private var state = State.selecting
  private var transaction: UInt32
  private var tries: UInt64 = 0
  private var renewAt = Moment.distantFuture
  private var rebindAt = Moment.distantFuture
  private var endsAt = Moment.distantFuture
  /// When `timerExpired` is to be called.
  public private(set) var deadline = Moment.distantFuture
  /// The name servers that came with the address.
  public private(set) var nameServers: [IPv4Address] = []

  /// A client that has not begun; `transaction` is random.
  public init(hardware: MACAddress, transaction: UInt32) {
    self.hardware = hardware
    self.transaction = transaction
  }

  /// Begins, or begins again.
  public mutating func started(at now: Moment) -> Effect {
    state = .selecting
    tries = 0
    return .send(discover(at: now), to: .broadcast)
  }

  /// A datagram has come to port 68.
  public mutating func received(_ bytes: Span<UInt8>, at now: Moment) -> Effect {
    guard
      let answer = DHCPAnswer(parsing: bytes, transaction: transaction, hardware: hardware)
    else { return .nothing }
    switch (state, answer.kind) {
    case (.selecting, .offer):
      guard let server = answer.server, answer.address != .any else { return .nothing }
      state = .requesting(answer.address, server)
      tries = 0
      return .send(request(at: now), to: .broadcast)
    case (.requesting, .acknowledge), (.renewing, .acknowledge), (.rebinding, .acknowledge):
      return bound(by: answer, at: now)
    case (.requesting, .refuse): return started(at: now)
    case (.renewing, .refuse), (.rebinding, .refuse): return lost(at: now)
    default: return .nothing
    }
  }

  /// Time has come to `deadline`.
  public mutating func timerExpired(at now: Moment) -> Effect {
    switch state {
    case .selecting: return .send(discover(at: now), to: .broadcast)
    case .requesting:
      // A server that offers and does not give: another may.
      return tries < 4 ? .send(request(at: now), to: .broadcast) : started(at: now)
    case .bound(let address, let server), .renewing(let address, let server):
      guard now < rebindAt else {
        state = .rebinding(address, server)
        return renew(to: .broadcast, before: endsAt, at: now)
      }
      state = .renewing(address, server)
      return renew(to: server, before: rebindAt, at: now)
    case .rebinding:
      return now < endsAt ? renew(to: .broadcast, before: endsAt, at: now) : lost(at: now)
    }
  }

  private mutating func bound(by answer: DHCPAnswer, at now: Moment) -> Effect {
    guard answer.address != .any, let server = answer.server ?? currentServer else {
      return .nothing
    }
    state = .bound(answer.address, server)
    nameServers = answer.nameServers
    // Less than a minute would have us ask all the time; the largest number means for ever.
    let lease = UInt64(max(answer.lease ?? 3600, 60))
    let isForEver = lease == UInt64(UInt32.max)
    renewAt = isForEver ? .distantFuture : now + .seconds(lease / 2)
    rebindAt = isForEver ? .distantFuture : now + .seconds(lease * 7 / 8)
    endsAt = isForEver ? .distantFuture : now + .seconds(lease)
    deadline = renewAt
    // Without a mask: the class of the address (RFC 950), of which only one is still seen.
    let network = IPv4Network(answer.address, prefixLength: answer.prefixLength ?? 24)
    let gateway = answer.router.flatMap { network.contains($0) ? $0 : nil }
    return .configure(network, gateway: gateway)
  }

  private var currentServer: IPv4Address? {
    switch state {
    case .selecting: nil
    case .requesting(_, let server), .bound(_, let server), .renewing(_, let server),
      .rebinding(_, let server):
      server
    }
  }

  private mutating func lost(at now: Moment) -> Effect {
    state = .selecting
    tries = 0
    return .lose(discover(at: now))
  }

  private mutating func discover(at now: Moment) -> DHCPRequest {
    transaction = transaction &* 0x0019_660d &+ 0x3c6e_f35f
    back(off: now)
    return DHCPRequest(kind: .discover, transaction: transaction, hardware: hardware)
  }

  private mutating func request(at now: Moment) -> DHCPRequest {
    back(off: now)
    var request = DHCPRequest(kind: .request, transaction: transaction, hardware: hardware)
    if case .requesting(let address, let server) = state { request.wanted = (address, server) }
    return request
  }

  /// Half of the time that is left, a minute at least (section 4.4.5).
  private mutating func renew(
    to server: IPv4Address, before end: Moment, at now: Moment
  ) -> Effect {
    deadline = min(
      end, now + max(Interval(microseconds: (end - now).microseconds / 2), .seconds(60)))
    var request = DHCPRequest(kind: .request, transaction: transaction, hardware: hardware)
    switch state {
    case .renewing(let address, _), .rebinding(let address, _): request.current = address
    default: break
    }
    return .send(request, to: server)
  }

  /// The first repetition after a second, as a machine is waiting; then at doubling distances up to a
  /// minute (section 4.1).
  private mutating func back(off now: Moment) {
    deadline = now + .seconds(min(1 << tries, 64))
    tries = min(tries + 1, 6)
  }
}
