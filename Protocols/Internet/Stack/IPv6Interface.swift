// What an interface has for IPv6: its addresses and groups, the neighbours, the routers; and their
// timers. What neighbours say is taken in `Stack+Neighbours`.

struct IPv6Interface {
  /// Whether the interface speaks it.
  var isOn = false
  var own: OwnAddresses
  var groups: GroupMembership
  var neighbours = NeighbourCache()
  var routers: Routers
  /// Addresses that the user has not been told of.
  var gained: [IPv6Address] = []
  /// When routers are to be asked for (RFC 4861, section 6.3.7), and how often still.
  var solicitAt = Moment.distantFuture
  var solicitsLeft: UInt8 = 0

  /// How often routers are asked for, and the pause.
  static var solicits: UInt8 { 3 }
  static var solicitPause: Interval { .seconds(4) }

  init(hardware: MACAddress, mtu: Int, key: SipHash) {
    own = OwnAddresses(hardware: hardware, key: key)
    groups = GroupMembership(key: key)
    routers = Routers(mtu: mtu)
  }

  /// The neighbour to hand a packet to; nil if there is no way.
  func nextHop(to destination: IPv6Address) -> IPv6Address? {
    routers.nextHop(to: destination, neighbours)
  }

  var deadline: Moment {
    min(
      min(own.deadline, groups.deadline),
      min(min(neighbours.deadline, routers.deadline), solicitAt))
  }
}

extension Stack {
  /// The interface speaks IPv6 from now on: it gives itself an address on the link, and asks routers for
  /// more.
  public mutating func startIPv6(at now: Moment) {
    ip6.isOn = true
    ip6.own.started(at: now)
    followGroups(at: now)
  }

  /// Gives the interface an address of IPv6 in a network, and a gateway to others, beside those that it
  /// gives itself; it is used unless somebody on the link has it.
  public mutating func addNetwork(
    _ network: IPv6Network, gateway: IPv6Address?, at now: Moment
  ) {
    ip6.isOn = true
    ip6.own.fixed(network, at: now)
    ip6.routers.fixed(network, gateway: gateway)
    followGroups(at: now)
  }

  /// The interface's addresses of IPv6 that are in use.
  public var addresses6: [IPv6Address] {
    configuration.isLoopback ? [.loopback] : ip6.own.usable
  }

  /// The next address of IPv6 that the interface has got; nil if the user knows of all.
  public mutating func nextAddress() -> IPv6Address? {
    ip6.gained.isEmpty ? nil : ip6.gained.removeFirst()
  }

  mutating func followGroups(at now: Moment) {
    ip6.groups.follow(ip6.own.entries.map { $0.address }, at: now)
  }

  // MARK: Timers

  @inline(never)
  mutating func ip6TimerExpired(at now: Moment) {
    ip6.routers.timerExpired(at: now)
    report(at: now)
    addressesExpired(at: now)
    if ip6.solicitAt <= now { solicitRouters(at: now) }
    while true {
      switch ip6.neighbours.timerExpired(at: now) {
      case .nothing: return
      case .ask(let address, let hardware):
        attempt { stack throws(Drop) in try stack.solicit(address, hardware, at: now) }
      case .givenUp(let address):
        ip6.routers.silent(address)
        for _ in 0..<outbox.removeAll(for: .v6(address)) { drops.count(.neighbourUnreachable) }
        unpark(unreachable: .v6(address))
      }
    }
  }

  @inline(never)
  private mutating func addressesExpired(at now: Moment) {
    while true {
      switch ip6.own.timerExpired(at: now) {
      case .nothing: return
      case .ask(let address): attempt { stack throws(Drop) in try stack.probe(address) }
      case .gained(let address):
        if ip6.gained.count < OwnAddresses.limit { ip6.gained.append(address) }
        guard address.isLinkLocal, !ip6.routers.hasRouter else { break }
        ip6.solicitsLeft = IPv6Interface.solicits
        solicitRouters(at: now)
      case .lost(let address):
        followGroups(at: now)
        abortConnections(of: .v6(address))
      }
    }
  }

  @inline(never)
  private mutating func solicitRouters(at now: Moment) {
    ip6.solicitsLeft &-= 1
    ip6.solicitAt = ip6.solicitsLeft > 0 ? now + IPv6Interface.solicitPause : .distantFuture
    guard let source = ip6.own.linkLocal else { return }
    attempt { stack throws(Drop) in
      try stack.say(.routerSolicitation, from: source, to: .allRouters, tellsHardware: true)
    }
  }

  @inline(never)
  private mutating func report(at now: Moment) {
    while true {
      let records = ip6.groups.timerExpired(at: now)
      guard !records.isEmpty else { return }
      attempt { stack throws(Drop) in try stack.sendReport(records) }
    }
  }

  /// Does something that may find no room, which is counted.
  private mutating func attempt(_ body: (inout Stack) throws(Drop) -> Void) {
    do throws(Drop) {
      try body(&self)
    } catch {
      drops.count(error)
    }
  }
}
