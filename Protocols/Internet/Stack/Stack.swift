// The stack of one interface: Ethernet, ARP, IPv4, IPv6, UDP and TCP, without clock and network. It is
// handed each frame that arrives (`received`), asked for each frame to be sent (`transmit`), and
// called when `deadline` has come (`timerExpired`); what happens to connections it tells by
// `nextEvent`. Packets are read where they are and written where they are sent from.
//
// Here are its parts. Frames in: `Stack+Receive`, `Stack+IPv6`, `Stack+TCP`. Frames out:
// `Stack+Transmit`, `Stack+IPv6Transmit`, `Stack+Pieces`. Users: `Stack+User`. What is IPv6's alone:
// `IPv6Interface`, `Stack+Neighbours`.

/// What an interface is.
public struct StackConfiguration: Sendable {
  /// The interface's hardware address.
  public var hardware: MACAddress
  /// Its address and network; nil while it has none.
  public var network: IPv4Network?
  /// Who takes packets for other networks.
  public var gateway: IPv4Address?
  /// The VLAN that the interface is in; 0: frames without a tag.
  public var vlan: UInt16 = 0
  /// Bytes of the longest packet, at least 576, at most what frames have room for.
  public var mtu = 1500
  /// Whether the interface leads back to itself, as `localhost` does: every address of its network is its
  /// own, and no neighbour is asked for.
  public var isLoopback = false
  /// Connections at most, those that are over included.
  public var connectionLimit = 4096
  /// Bytes of memory that the buffers of all connections may have together.
  public var bufferLimit = 16 << 20
  /// What is the same for all connections.
  public var tcp = TCPConfiguration()

  /// An interface without an address.
  public init(hardware: MACAddress) { self.hardware = hardware }
}

/// Everything that one interface knows.
public struct Stack {
  /// What it was made with, and is now.
  public internal(set) var configuration: StackConfiguration
  /// What was dropped, by reason.
  public var drops = DropCounters()
  /// What was received and sent.
  public var traffic = Traffic()

  var neighbours = ARPCache()
  var ip6: IPv6Interface
  var reassembly = Reassembly()
  var outbox = Outbox()
  var connections: ConnectionTable
  var deadlines = DeadlineHeap()
  /// Connections that may have something to send.
  var senders = IndexQueue()
  var parked = 0
  /// Connections whose users are to be told something.
  var tellers = IndexQueue()
  var listeners: [Listener] = []
  /// The ports of UDP that are taken, sorted.
  var datagramPorts: [UInt16] = []
  /// When connections are to be looked through for memory that others want.
  var reliefAt = Moment.distantFuture
  /// The earliest moment at which that is worth while again.
  var nextRelief = Moment(microseconds: 0)
  /// What came of SYN cookies.
  public var cookieCounters = SYNCookieCounters()
  var cookies = SYNCookies()
  let secret: SipHash
  var draws: UInt64 = 0
  var errors = ErrorLimit()

  /// A stack; `secret` is 128 random bits that nobody else knows.
  public init(_ configuration: StackConfiguration, secret: (UInt64, UInt64)) {
    self.configuration = configuration
    self.configuration.tcp.maximumSegmentSize = configuration.mtu - 40
    self.secret = SipHash(key: secret)
    ip6 = IPv6Interface(
      hardware: configuration.hardware, mtu: configuration.mtu, key: self.secret)
    connections = ConnectionTable(hash: self.secret, limit: configuration.connectionLimit)
  }

  /// The interface's address; 0.0.0.0 while it has none.
  public var address: IPv4Address { configuration.network?.address ?? .any }

  /// Gives the interface an address, or takes it: connections of the old one end.
  public mutating func setNetwork(_ network: IPv4Network?, gateway: IPv4Address?) {
    let before = address
    configuration.network = network
    configuration.gateway = gateway
    guard before != address else { return }
    abortConnections(of: .v4(before))
  }

  /// An address is ours no longer.
  @inline(never)
  mutating func abortConnections(of address: IPAddress) {
    for index in 0..<connections.places.count
    where connections[index].connection?.name.local.address == address {
      connections.change(index) { $0.abort() }
      settle(index)
    }
  }

  /// Makes it lead back to itself; before it has an address.
  public mutating func becomeLoopback() { configuration.isLoopback = true }

  /// When `timerExpired` is to be called; `distantFuture`: not at all.
  public var deadline: Moment {
    min(
      min(deadlines.first?.deadline ?? .distantFuture, reliefAt),
      min(min(neighbours.deadline, reassembly.deadline), ip6.deadline))
  }

  /// Time has come to `now`. Ask `transmit` and `nextEvent` afterwards.
  public mutating func timerExpired(at now: Moment) {
    while let first = deadlines.first, first.deadline <= now {
      connections.change(first.owner) { $0.timerExpired(at: now) }
      settle(first.owner)
    }
    if reliefAt <= now { relieveMemory(at: now) }
    for _ in 0..<reassembly.timerExpired(at: now) { drops.count(.fragmentTimeout) }
    if ip6.deadline <= now { ip6TimerExpired(at: now) }
    while true {
      switch neighbours.timerExpired(at: now) {
      case .nothing: return
      case .ask(let address): ask(for: address)
      case .givenUp(let address):
        for _ in 0..<outbox.removeAll(for: .v4(address)) { drops.count(.hostUnreachable) }
        unpark(unreachable: .v4(address))
      }
    }
  }

  /// Where a packet goes next: to its destination or to the gateway; nil if neither is on the network.
  func nextHop(to destination: IPv4Address) -> IPv4Address? {
    // Addresses of the machine itself are seen on no wire (RFC 1122, section 3.2.1.3).
    guard destination != .any, destination.isLoopback == configuration.isLoopback else {
      return nil
    }
    guard let network = configuration.network else {
      return destination == .broadcast ? destination : nil
    }
    if destination == .broadcast || destination.isMulticast || network.contains(destination) {
      return destination
    }
    return configuration.gateway
  }

  /// The same for IPv6.
  @inline(never)
  func nextHop(to destination: IPv6Address) -> IPv6Address? {
    if configuration.isLoopback { return isOwn(destination) ? destination : nil }
    guard destination != .any, !destination.isLocalOnly else { return nil }
    return ip6.nextHop(to: destination)
  }

  /// The same for either family.
  func nextHop(to destination: IPAddress) -> IPAddress? {
    switch destination {
    case .v4(let address): nextHop(to: address).map { .v4($0) }
    case .v6(let address): nextHop(to: address).map { .v6($0) }
    }
  }

  /// Whether an address is the interface's.
  func isOwn(_ other: IPv4Address) -> Bool {
    guard configuration.isLoopback else { return other == address && address != .any }
    return configuration.network?.contains(other) ?? false
  }

  /// Whether an address is the interface's beyond doubt.
  func isOwn(_ other: IPv6Address) -> Bool {
    configuration.isLoopback ? other == .loopback : ip6.own.has(other)
  }

  /// The hardware address of a group of stations; nil for a single one.
  func group(_ destination: IPv4Address) -> MACAddress? {
    if destination == .broadcast || destination == configuration.network?.broadcast {
      return .broadcast
    }
    // RFC 1112, section 6.4.
    guard destination.isMulticast else { return nil }
    return MACAddress(bits: 0x0100_5e00_0000 | UInt64(destination.bits & 0x7f_ffff))
  }

  /// A number that others cannot predict: for transactions.
  public mutating func number() -> UInt32 { UInt32(truncatingIfNeeded: draw()) }

  /// A number that others cannot predict.
  mutating func draw() -> UInt64 {
    draws &+= 1
    return secret.hash(draws, 0x706f_7274)
  }
}

/// What an interface has received and sent, in frames and bytes.
public struct Traffic: Equatable, Sendable {
  /// Frames received.
  public var framesReceived: UInt64 = 0
  /// Bytes of them.
  public var bytesReceived: UInt64 = 0
  /// Frames sent.
  public var framesSent: UInt64 = 0
  /// Bytes of them.
  public var bytesSent: UInt64 = 0

  /// None.
  public init() {}
}

/// A port of TCP that connections are taken at.
struct Listener {
  let port: UInt16
  let backlog: Int
  /// Connections that are not up yet.
  var halfOpen = 0
}

/// Limits ICMP errors (RFC 1812, section 4.3.2.8): so many a second.
struct ErrorLimit {
  private var second: UInt64 = 0
  private var count = 0

  static var rate: Int { 50 }

  mutating func allows(at now: Moment) -> Bool {
    let current = now.microseconds / 1_000_000
    if current != second { (second, count) = (current, 0) }
    count += 1
    return count <= Self.rate
  }
}
