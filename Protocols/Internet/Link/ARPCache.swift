// Which hardware address a neighbour has (RFC 826; RFC 1122, section 2.3.2). Bounded: entries that
// somebody else put there make room first for those that are asked for here, and a flood of answers
// that nobody asked for gets in only while there is room.

/// The neighbours of one interface.
public struct ARPCache {
  private struct Entry {
    var address: IPv4Address
    var hardware: MACAddress?
    /// When it is to be asked for again or, unanswered, given up.
    var deadline: Moment
    var tries: UInt8
  }

  /// What is known of a neighbour.
  public enum Answer: Equatable, Sendable {
    /// It is there.
    case known(MACAddress)
    /// It has been asked, and may answer.
    case pending
    /// A request must be sent now.
    case ask
  }

  private var entries: [Entry] = []
  private let limit: Int

  /// How long an answer is believed.
  public static var lifetime: Interval { .seconds(60) }
  /// How long an answer is waited for, each time.
  public static var patience: Interval { .seconds(1) }
  /// How often is asked before the neighbour counts as not there.
  public static var tries: UInt8 { 3 }

  /// An empty cache of at most `limit` neighbours.
  public init(limit: Int = 64) {
    self.limit = max(limit, 1)
    entries.reserveCapacity(self.limit)
  }

  /// Neighbours in it, answered or not.
  public var count: Int { entries.count }

  /// The hardware address of `address`, or what is to be done to learn it. O(neighbours).
  public mutating func find(_ address: IPv4Address, at now: Moment) -> Answer {
    guard let index = index(of: address) else {
      insert(Entry(address: address, hardware: nil, deadline: now + Self.patience, tries: 1))
      return .ask
    }
    if let hardware = entries[index].hardware, entries[index].deadline > now {
      return .known(hardware)
    }
    if entries[index].hardware == nil { return .pending }
    entries[index].hardware = nil
    entries[index].tries = 1
    entries[index].deadline = now + Self.patience
    return .ask
  }

  /// Takes note of a neighbour that has spoken; true if it had been waited for.
  ///
  /// With `asks` it has asked for us, and so will be answered: it is taken up if it is new.
  public mutating func learned(
    _ address: IPv4Address, _ hardware: MACAddress, asks: Bool, at now: Moment
  ) -> Bool {
    guard let index = index(of: address) else {
      if asks, entries.count < limit {
        entries.append(
          Entry(
            address: address, hardware: hardware, deadline: now + Self.lifetime, tries: 0))
      }
      return false
    }
    let wasPending = entries[index].hardware == nil
    entries[index].hardware = hardware
    entries[index].deadline = now + Self.lifetime
    return wasPending
  }

  /// When the next unanswered request is to be repeated.
  public var deadline: Moment {
    var first = Moment.distantFuture
    for index in 0..<entries.count where entries[index].hardware == nil {
      first = min(first, entries[index].deadline)
    }
    return first
  }

  /// What is due.
  public enum Due: Equatable, Sendable {
    case nothing
    /// This neighbour is to be asked again.
    case ask(IPv4Address)
    /// This one does not answer: what waits for it is to be dropped.
    case givenUp(IPv4Address)
  }

  /// One thing that is due at `now`.
  public mutating func timerExpired(at now: Moment) -> Due {
    for index in 0..<entries.count where entries[index].hardware == nil {
      guard entries[index].deadline <= now else { continue }
      let address = entries[index].address
      guard entries[index].tries < Self.tries else {
        entries.swapAt(index, entries.count - 1)
        entries.removeLast()
        return .givenUp(address)
      }
      entries[index].tries += 1
      entries[index].deadline = now + Self.patience
      return .ask(address)
    }
    return .nothing
  }

  private func index(of address: IPv4Address) -> Int? {
    for index in 0..<entries.count where entries[index].address == address { return index }
    return nil
  }

  private mutating func insert(_ entry: Entry) {
    guard entries.count >= limit else { return entries.append(entry) }
    // The answered one that is oldest gives way; else the unanswered one that is.
    var oldest = 0
    for index in 1..<entries.count {
      let isBetter =
        (entries[index].hardware != nil) == (entries[oldest].hardware != nil)
        ? entries[index].deadline < entries[oldest].deadline
        : entries[index].hardware != nil
      if isBetter { oldest = index }
    }
    entries[oldest] = entry
  }
}
