// Which hardware address a neighbour has, and whether it is still there (RFC 4861, section 7.3): the
// states of an entry, and what an event does to it. Bounded like `ARPCache`: what nobody here has asked
// for gets in only while there is room.

/// The neighbours of one interface that speak IPv6.
public struct NeighbourCache {
  /// How sure it is that a neighbour is where it was (section 7.3.2).
  public enum State: Equatable, Sendable {
    /// It has been asked and has not answered yet.
    case incomplete
    /// It was there a moment ago.
    case reachable
    /// It was there once; that is good enough until something is sent.
    case stale
    /// Something was sent; if it does not show up in time it is asked.
    case delay
    /// It is being asked whether it is still there.
    case probe
  }

  private struct Entry {
    var address: IPv6Address
    var hardware: MACAddress?
    var state: State
    /// When the state ends; of a stale entry, since when it is.
    var deadline: Moment
    var tries: UInt8 = 0
    var isRouter = false

    var isWaiting: Bool { state != .stale && state != .reachable }
  }

  private var entries: [Entry] = []
  private let limit: Int
  private var dice: UInt64 = 1
  /// How long a neighbour that has answered counts as there, on average; routers may change it.
  public var reachableTime = Interval.seconds(30)
  /// How long an answer is waited for; routers may change it.
  public var patience = Interval.seconds(1)

  /// How long a stale neighbour may take to show up before it is asked.
  public static var delayTime: Interval { .seconds(5) }
  /// How often is asked, by multicast and by unicast.
  public static var tries: UInt8 { 3 }

  /// An empty cache of at most `limit` neighbours.
  public init(limit: Int = 64) { self.limit = max(limit, 1) }

  /// Neighbours in it, answered or not.
  public var count: Int { entries.count }

  /// The state of an entry; nil if there is none.
  public func state(of address: IPv6Address) -> State? {
    index(of: address).map { entries[$0].state }
  }

  /// Whether a neighbour may be there; one that nothing is known of may.
  public func mayBeThere(_ address: IPv6Address) -> Bool { state(of: address) != .incomplete }

  /// The hardware address of a neighbour that something is to be sent to. O(neighbours).
  public mutating func find(_ address: IPv6Address, at now: Moment) -> ARPCache.Answer {
    guard let index = index(of: address) else {
      insert(
        Entry(
          address: address, hardware: nil, state: .incomplete, deadline: now + patience, tries: 1))
      return .ask
    }
    guard let hardware = entries[index].hardware else { return .pending }
    if entries[index].state == .reachable, entries[index].deadline <= now {
      entries[index].state = .stale
    }
    if entries[index].state == .stale {
      entries[index].state = .delay
      entries[index].deadline = now + Self.delayTime
    }
    return .known(hardware)
  }

  /// A neighbour has told its hardware address unasked, in a solicitation, a router's message or a
  /// redirect (section 7.2.3); true if it had been waited for.
  public mutating func spoke(
    _ address: IPv6Address, _ hardware: MACAddress, isRouter: Bool? = nil, at now: Moment
  ) -> Bool {
    guard let index = index(of: address) else {
      guard entries.count < limit else { return false }
      entries.append(
        Entry(
          address: address, hardware: hardware, state: .stale, deadline: now,
          isRouter: isRouter ?? false))
      return false
    }
    if let isRouter { entries[index].isRouter = isRouter }
    let wasPending = entries[index].hardware == nil
    guard entries[index].hardware != hardware else { return false }
    entries[index].hardware = hardware
    entries[index].state = .stale
    entries[index].deadline = now
    return wasPending
  }

  /// What an advertisement has changed.
  public enum Change: Equatable, Sendable {
    case nothing
    /// What waits for it can be sent.
    case answered
    /// It is no router any more.
    case leftRouting
  }

  /// An advertisement of `address` has come (section 7.2.5).
  public mutating func advertised(
    _ address: IPv6Address, _ hardware: MACAddress?, isRouter: Bool, isSolicited: Bool,
    overrides: Bool, at now: Moment
  ) -> Change {
    guard let index = index(of: address) else { return .nothing }
    if entries[index].state == .incomplete {
      guard let hardware else { return .nothing }
      entries[index].hardware = hardware
      entries[index].isRouter = isRouter
      settle(index, isSolicited, at: now)
      return .answered
    }
    let differs = hardware != nil && hardware != entries[index].hardware
    guard overrides || !differs else {
      // Somebody else claims it: what was known is doubted, no more.
      if entries[index].state == .reachable { entries[index].state = .stale }
      return .nothing
    }
    if let hardware, differs { entries[index].hardware = hardware }
    if isSolicited || differs { settle(index, isSolicited, at: now) }
    let left = entries[index].isRouter && !isRouter
    entries[index].isRouter = isRouter
    return left ? .leftRouting : .nothing
  }

  private mutating func settle(_ index: Int, _ isSolicited: Bool, at now: Moment) {
    entries[index].state = isSolicited ? .reachable : .stale
    // Between half and one and a half times (section 6.3.2), so that not all end at once.
    dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let base = max(reachableTime.microseconds, 1)
    entries[index].deadline =
      isSolicited ? now + Interval(microseconds: base / 2 &+ (dice >> 33) % base) : now
    entries[index].tries = 0
  }

  /// When something is due.
  public var deadline: Moment {
    var first = Moment.distantFuture
    for entry in entries where entry.isWaiting { first = min(first, entry.deadline) }
    return first
  }

  /// What is due.
  public enum Due: Equatable, Sendable {
    case nothing
    /// This neighbour is to be asked: all who may be it, or at the hardware address that it had.
    case ask(IPv6Address, MACAddress?)
    /// This one does not answer: what waits for it is to be dropped.
    case givenUp(IPv6Address)
  }

  /// One thing that is due at `now`.
  public mutating func timerExpired(at now: Moment) -> Due {
    for index in 0..<entries.count where entries[index].isWaiting && entries[index].deadline <= now
    {
      if entries[index].state == .delay {
        entries[index].state = .probe
        entries[index].tries = 0
      }
      guard entries[index].tries < Self.tries else {
        let address = entries[index].address
        entries.swapAt(index, entries.count - 1)
        entries.removeLast()
        return .givenUp(address)
      }
      entries[index].tries += 1
      entries[index].deadline = now + patience
      return .ask(entries[index].address, entries[index].hardware)
    }
    return .nothing
  }

  private func index(of address: IPv6Address) -> Int? {
    for index in 0..<entries.count where entries[index].address == address { return index }
    return nil
  }

  private mutating func insert(_ entry: Entry) {
    guard entries.count >= limit else { return entries.append(entry) }
    var oldest = 0
    for index in 1..<entries.count {
      let (rank, least) = (Self.rank(entries[index]), Self.rank(entries[oldest]))
      if rank == least ? entries[index].deadline < entries[oldest].deadline : rank < least {
        oldest = index
      }
    }
    entries[oldest] = entry
  }

  /// Who gives way first: one that is known but not in use, then one that can be asked again. Those that
  /// are being asked for come last: two would else displace each other for ever, each asked anew.
  private static func rank(_ entry: Entry) -> Int {
    entry.state == .stale ? 0 : entry.hardware != nil ? 1 : 2
  }
}
