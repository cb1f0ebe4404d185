// What neighbours and routers say of themselves over IPv6 (RFC 4861, RFC 4862), and what is said to
// them.

extension Stack {
  /// A message of a neighbour or a router, or about groups, has come.
  @inline(never)
  mutating func takeNeighbourMessage(
    _ header: IPv6Header, _ bytes: Span<UInt8>, at now: Moment
  ) throws(Drop) {
    if (130...132).contains(bytes[0]) || bytes[0] == 143 {
      // Others' reports are of no concern to hosts (RFC 3810, section 6).
      guard bytes[0] == 130 else { throw .icmp6Ignored }
      guard header.source.isLinkLocal, header.hopLimit == 1 else { throw .mldMalformed }
      return try ip6.groups.asked(bytes, at: now)
    }
    let (message, hardware) = try NeighbourMessage.parse(bytes, hopLimit: header.hopLimit)
    switch message {
    case .routerSolicitation: throw .ndpNotForUs
    case .solicitation(let target): try solicited(target, header, hardware, at: now)
    case .advertisement:
      try advertised(message, hardware, isGroup: header.destination.isMulticast, at: now)
    case .routerAdvertisement(let advertisement):
      guard header.source.isLinkLocal else { throw .ndpMalformed }
      take(advertisement, from: header.source, hardware, at: now)
    case .redirect(let target, let destination):
      guard header.source.isLinkLocal,
        ip6.routers.redirected(destination, to: target, by: header.source, ip6.neighbours)
      else { throw .ndpNotForUs }
      if let hardware {
        learn(target, hardware, isRouter: target != destination ? true : nil, at: now)
      }
    }
  }

  /// RFC 4861, section 7.2.3, and RFC 4862, section 5.4.3.
  private mutating func solicited(
    _ target: IPv6Address, _ header: IPv6Header, _ hardware: MACAddress?, at now: Moment
  ) throws(Drop) {
    let isProbe = header.source == .any
    guard !isProbe || header.destination == target.solicitedNode && hardware == nil else {
      throw .ndpMalformed
    }
    if ip6.own.isTentative(target) {
      // Another host wants it too; who merely looks for its owner finds nobody.
      if isProbe, ip6.own.claimed(target, at: now) { followGroups(at: now) }
      throw .ndpAddressTaken
    }
    guard ip6.own.has(target) else { throw .ndpNotForUs }
    if let hardware, !isProbe { learn(header.source, hardware, at: now) }
    try say(
      .advertisement(target: target, isRouter: false, isSolicited: !isProbe, overrides: true),
      from: target, to: isProbe ? .allNodes : header.source, at: isProbe ? nil : hardware,
      tellsHardware: true)
  }

  /// Section 7.2.5.
  private mutating func advertised(
    _ message: NeighbourMessage, _ hardware: MACAddress?, isGroup: Bool, at now: Moment
  ) throws(Drop) {
    guard case .advertisement(let target, let isRouter, let isSolicited, let overrides) = message,
      !isGroup || !isSolicited
    else { throw .ndpMalformed }
    if ip6.own.claimed(target, at: now) {
      followGroups(at: now)
      throw .ndpAddressTaken
    }
    // Somebody else's word about an address of ours is not taken.
    guard !ip6.own.has(target) else { throw .ndpAddressTaken }
    let change = ip6.neighbours.advertised(
      target, hardware, isRouter: isRouter, isSolicited: isSolicited, overrides: overrides, at: now)
    if change == .leftRouting { ip6.routers.left(target) }
    if change == .answered { unpark(unreachable: nil) }
  }

  /// Section 6.3.4.
  @inline(never)
  private mutating func take(
    _ advertisement: RouterAdvertisement, from router: IPv6Address, _ hardware: MACAddress?,
    at now: Moment
  ) {
    // Section 6.3.7: who is no default router ends no search for one.
    if advertisement.lifetime > 0 { ip6.solicitAt = .distantFuture }
    ip6.routers.told(advertisement, by: router, at: now)
    if let hardware { learn(router, hardware, isRouter: true, at: now) }
    // An hour at most (section 6.2.1), and no faster than makes sense.
    if (1...3_600_000).contains(advertisement.reachableTime) {
      ip6.neighbours.reachableTime = .milliseconds(UInt64(advertisement.reachableTime))
    }
    if (100...60_000).contains(advertisement.retransmissionTime) {
      ip6.neighbours.patience = .milliseconds(UInt64(advertisement.retransmissionTime))
    }
    for prefix in advertisement.prefixes { ip6.own.prefixTold(prefix, at: now) }
    followGroups(at: now)
  }

  private mutating func learn(
    _ address: IPv6Address, _ hardware: MACAddress, isRouter: Bool? = nil, at now: Moment
  ) {
    if ip6.neighbours.spoke(address, hardware, isRouter: isRouter, at: now) {
      unpark(unreachable: nil)
    }
  }

  // MARK: Saying

  /// Queues a message to neighbours; `hardware`: of the one that is meant, if it is known.
  @inline(never)
  mutating func say(
    _ message: NeighbourMessage, from source: IPv6Address, to destination: IPv6Address,
    at hardware: MACAddress? = nil, tellsHardware: Bool
  ) throws(Drop) {
    let own = configuration.hardware
    let count = IPv6Header.length &+ message.length(tellsHardware: tellsHardware)
    let to = hardware ?? (destination.isMulticast ? destination.groupHardware : nil)
    let isQueued = outbox.add(count, .ipv6, to: to, .v6(destination)) { packet in
      Self.write(
        message, into: &packet, at: 0, from: source, to: destination, tellsHardware ? own : nil)
    }
    guard isQueued else { throw .noBuffer }
  }

  private static func write(
    _ message: NeighbourMessage, into packet: inout MutableSpan<UInt8>, at offset: Int,
    from source: IPv6Address, to destination: IPv6Address, _ hardware: MACAddress?
  ) {
    let length = message.length(tellsHardware: hardware != nil)
    var header = IPv6Header(from: source, to: destination, .icmp6, payloadLength: length)
    header.hopLimit = 255
    header.emit(into: &packet, at: offset)
    let start = offset &+ IPv6Header.length
    message.emit(into: &packet, at: start, telling: hardware)
    ICMPv6Message.seal(&packet, at: start, length, from: source, to: destination)
  }

  /// Queues the question whether somebody has an address that is to be ours.
  mutating func probe(_ address: IPv6Address) throws(Drop) {
    try say(
      .solicitation(target: address), from: .any, to: address.solicitedNode, tellsHardware: false)
  }

  /// Queues the question for a neighbour's hardware address: at the one that it had, or to all who may
  /// be it.
  mutating func solicit(
    _ neighbour: IPv6Address, _ hardware: MACAddress?, at now: Moment
  ) throws(Drop) {
    guard let source = ip6.own.source(for: neighbour, at: now) ?? ip6.own.linkLocal else {
      throw .noRoute
    }
    try say(
      .solicitation(target: neighbour), from: source,
      to: hardware == nil ? neighbour.solicitedNode : neighbour, at: hardware, tellsHardware: true)
  }

  /// Writes that question into `frame`; returns its size.
  @inline(never)
  mutating func solicit(
    _ neighbour: IPv6Address, into frame: inout MutableSpan<UInt8>, at now: Moment
  ) -> Int {
    guard let source = ip6.own.source(for: neighbour, at: now) ?? ip6.own.linkLocal else {
      drops.count(.noRoute)
      return 0
    }
    let group = neighbour.solicitedNode
    let link = header(to: group.groupHardware, .ipv6)
    link.emit(into: &frame)
    let message = NeighbourMessage.solicitation(target: neighbour)
    Self.write(
      message, into: &frame, at: link.length, from: source, to: group, configuration.hardware)
    return link.length &+ IPv6Header.length &+ message.length(tellsHardware: true)
  }

  /// Queues a report of groups, with the router alert that it needs (RFC 3810, section 5).
  @inline(never)
  mutating func sendReport(
    _ records: [(group: IPv6Address, record: GroupMembership.Record)]
  ) throws(Drop) {
    let length = GroupMembership.length(records.count)
    let source = ip6.own.linkLocal ?? .any
    var header = IPv6Header(
      from: source, to: .allReportRouters, .icmp6, payloadLength: 8 &+ length)
    // Hop-by-hop options come between.
    header.transport = 0
    header.hopLimit = 1
    try send(header) { packet in
      packet.store32(IPv6Header.length, UInt32(TransportProtocol.icmp6.rawValue) << 24 | 0x0502)
      packet.store32(IPv6Header.length &+ 4, 0x0000_0100)
      let start = IPv6Header.length &+ 8
      GroupMembership.emit(records, into: &packet, at: start)
      ICMPv6Message.seal(&packet, at: start, length, from: source, to: .allReportRouters)
    }
  }
}
