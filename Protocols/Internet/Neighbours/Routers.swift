// Where a packet goes next (RFC 4861, section 5): networks on the link, default routers, what they have
// redirected, and how much the way to a host takes (RFC 8201). All of it is what others have said, so
// every table is small.

/// What an interface knows of the world behind its link.
struct Routers {
  private var routers: [(address: IPv6Address, until: Moment)] = []
  private var networks: [(network: IPv6Network, until: Moment, isFixed: Bool)] = []
  private var redirects: [(destination: IPv6Address, hop: IPv6Address)] = []
  private var paths: [(destination: IPv6Address, mtu: Int, until: Moment)] = []
  /// The hop limit that packets begin with.
  private(set) var hopLimit: UInt8 = 64
  /// Bytes of a packet that the link takes, by the routers' word.
  private(set) var linkMTU: Int
  private let ownMTU: Int

  /// Entries of each table at most.
  static var limit: Int { 8 }
  /// The least that every network takes (RFC 8200, section 5).
  static var leastMTU: Int { 1280 }
  /// How long a path is believed to take no more (RFC 8201, section 4).
  static var pathLifetime: Interval { .seconds(600) }

  init(mtu: Int) {
    ownMTU = mtu
    linkMTU = mtu
  }

  /// The moment so many seconds from now; all ones is never.
  static func end(_ seconds: UInt32, at now: Moment) -> Moment {
    seconds == .max ? .distantFuture : now + .seconds(UInt64(seconds))
  }

  /// Whether there is a default router.
  var hasRouter: Bool { !routers.isEmpty }

  /// The neighbour to hand a packet to; nil if there is no way. A router that does not answer has its
  /// turn when no other is there.
  func nextHop(to destination: IPv6Address, _ neighbours: NeighbourCache) -> IPv6Address? {
    if destination.isMulticast || destination.isLinkLocal { return destination }
    for entry in redirects where entry.destination == destination { return entry.hop }
    for entry in networks where entry.network.contains(destination) { return destination }
    for router in routers where neighbours.mayBeThere(router.address) { return router.address }
    return routers.first?.address
  }

  /// Bytes of a packet that the way to a host takes.
  @inline(never)
  func mtu(to destination: IPv6Address) -> Int {
    for path in paths where path.destination == destination { return min(path.mtu, linkMTU) }
    return linkMTU
  }

  /// A person has decided on a network and a router.
  mutating func fixed(_ network: IPv6Network, gateway: IPv6Address?) {
    if networks.count < Self.limit { networks.append((network, .distantFuture, true)) }
    if let gateway { routers.insert((gateway, .distantFuture), at: 0) }
  }

  /// A router has told of itself (RFC 4861, section 6.3.4).
  mutating func told(
    _ advertisement: RouterAdvertisement, by router: IPv6Address, at now: Moment
  ) {
    if advertisement.hopLimit != 0 { hopLimit = advertisement.hopLimit }
    if let mtu = advertisement.mtu, Int(mtu) >= Self.leastMTU { linkMTU = min(Int(mtu), ownMTU) }
    let until = now + .seconds(UInt64(advertisement.lifetime))
    if advertisement.lifetime == 0 {
      left(router)
    } else if let known = routers.firstIndex(where: { $0.address == router }) {
      // A person's word counts for more.
      if routers[known].until != .distantFuture { routers[known].until = until }
    } else if routers.count < Self.limit {
      routers.append((router, until))
    }
    for prefix in advertisement.prefixes where prefix.isOnLink {
      told(prefix.network, until: Self.end(prefix.validLifetime, at: now), at: now)
    }
  }

  private mutating func told(_ network: IPv6Network, until: Moment, at now: Moment) {
    for index in 0..<networks.count
    where networks[index].network.prefixLength == network.prefixLength
      && networks[index].network.contains(network.address)
    {
      // A person's word counts for more here too.
      if !networks[index].isFixed { networks[index].until = until }
      return
    }
    if until > now, networks.count < Self.limit { networks.append((network, until, false)) }
  }

  /// A neighbour is no router any more, and nothing goes through it.
  mutating func left(_ router: IPv6Address) {
    routers.removeAll { $0.address == router && $0.until != .distantFuture }
    redirects.removeAll { $0.hop == router }
  }

  /// A neighbour does not answer: who was to be reached through it by a redirect is sought anew (section
  /// 7.3.3).
  mutating func silent(_ hop: IPv6Address) { redirects.removeAll { $0.hop == hop } }

  /// A router knows a better way (section 8.3); it is believed only of who the packet went to.
  mutating func redirected(
    _ destination: IPv6Address, to hop: IPv6Address, by router: IPv6Address,
    _ neighbours: NeighbourCache
  ) -> Bool {
    guard nextHop(to: destination, neighbours) == router, router != hop else { return false }
    redirects.removeAll { $0.destination == destination }
    if redirects.count >= Self.limit { redirects.removeFirst() }
    redirects.append((destination, hop))
    return true
  }

  /// A packet to a host was too long for its way, which takes so much. What is said later is believed
  /// only if it is less: more may be somebody else's word.
  mutating func pathTook(_ mtu: Int, to destination: IPv6Address, at now: Moment) {
    let mtu = max(mtu, Self.leastMTU)
    guard mtu < self.mtu(to: destination) else { return }
    paths.removeAll { $0.destination == destination }
    if paths.count >= Self.limit { paths.removeFirst() }
    paths.append((destination, mtu, now + Self.pathLifetime))
  }

  /// When something that was said ends.
  var deadline: Moment {
    var first = Moment.distantFuture
    for entry in routers { first = min(first, entry.until) }
    for entry in networks { first = min(first, entry.until) }
    for entry in paths { first = min(first, entry.until) }
    return first
  }

  /// Forgets what has ended.
  mutating func timerExpired(at now: Moment) {
    for router in routers where router.until <= now { left(router.address) }
    networks.removeAll { $0.until <= now }
    paths.removeAll { $0.until <= now }
  }
}
