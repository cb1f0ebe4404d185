// The addresses that an interface gives itself (RFC 4862): each is first asked for on the link, in case
// somebody has it (duplicate address detection), and lasts as long as the router's word for its network.
// Its last 64 bits tell nothing of the hardware, and are the same whenever network and key are
// (RFC 7217).

/// The interface's own addresses of IPv6.
struct OwnAddresses {
  /// Who has decided on an address.
  enum Origin: Equatable {
    case linkLocal
    case automatic
    case fixed
  }

  struct Entry {
    var network: IPv6Network
    var origin: Origin
    /// When it is ours unless somebody objects; nil: it is.
    var tentativeUntil: Moment?
    /// When the question is to be asked; the distant future once it was.
    var askAt = Moment.distantFuture
    var preferredUntil = Moment.distantFuture
    var validUntil = Moment.distantFuture
    /// How often somebody else had what was chosen first.
    var conflicts: UInt8 = 0

    var address: IPv6Address { network.address }
  }

  private(set) var entries: [Entry] = []
  private let hardware: MACAddress
  private let key: SipHash
  private var draws: UInt64 = 0

  /// Addresses at most, so that a router cannot fill the memory with networks.
  static var limit: Int { 8 }
  /// How long an objection is waited for.
  static var patience: Interval { .seconds(1) }
  /// How often another address is tried (RFC 7217, IDGEN_RETRIES).
  static var conflictLimit: UInt8 { 3 }
  /// To less than this a router cannot shorten an address's life (RFC 4862, section 5.5.3).
  static var leastLifetime: Interval { .seconds(7200) }

  init(hardware: MACAddress, key: SipHash) {
    self.hardware = hardware
    self.key = key
  }

  /// The addresses that are ours beyond doubt.
  var usable: [IPv6Address] { entries.filter { $0.tentativeUntil == nil }.map { $0.address } }

  /// Whether `address` is ours beyond doubt.
  func has(_ address: IPv6Address) -> Bool {
    for entry in entries where entry.address == address { return entry.tentativeUntil == nil }
    return false
  }

  /// Whether `address` is to become ours.
  func isTentative(_ address: IPv6Address) -> Bool {
    for entry in entries where entry.address == address { return entry.tentativeUntil != nil }
    return false
  }

  /// The address on the link; nil while there is none.
  var linkLocal: IPv6Address? {
    for entry in entries where entry.origin == .linkLocal && entry.tentativeUntil == nil {
      return entry.address
    }
    return nil
  }

  /// The address to speak to `destination` from (RFC 6724, section 5, as far as it can matter here:
  /// rules 2, 3 and 8); nil if none will do.
  @inline(never)
  func source(for destination: IPv6Address, at now: Moment) -> IPv6Address? {
    let isLocal =
      destination.isLinkLocal || destination.isMulticast && destination.high >> 48 & 15 <= 2
    if isLocal { return linkLocal }
    var best: (address: IPv6Address, isPreferred: Bool, common: Int)?
    for entry in entries where entry.origin != .linkLocal && entry.tentativeUntil == nil {
      let isPreferred = entry.preferredUntil > now
      let common = Self.commonBits(entry.address, destination)
      if let best, best.isPreferred == isPreferred ? best.common >= common : best.isPreferred {
        continue
      }
      best = (entry.address, isPreferred, common)
    }
    return best?.address
  }

  private static func commonBits(_ a: IPv6Address, _ b: IPv6Address) -> Int {
    a.high != b.high
      ? (a.high ^ b.high).leadingZeroBitCount : 64 + (a.low ^ b.low).leadingZeroBitCount
  }

  // MARK: Events

  /// The interface is up: it gives itself an address on the link.
  mutating func started(at now: Moment) {
    guard !entries.contains(where: { $0.origin == .linkLocal }) else { return }
    let network = IPv6Network(
      identified(IPv6Address(high: 0xfe80 << 48, low: 0), 0), prefixLength: 64)
    append(Entry(network: network, origin: .linkLocal), at: now)
  }

  /// A person has decided on an address.
  mutating func fixed(_ network: IPv6Network, at now: Moment) {
    guard entries.count < Self.limit, !entries.contains(where: { $0.address == network.address })
    else { return }
    append(Entry(network: network, origin: .fixed), at: now)
  }

  /// A router has told of a network in which hosts may give themselves addresses (section 5.5.3).
  mutating func prefixTold(_ prefix: PrefixInformation, at now: Moment) {
    guard prefix.isAutonomous, prefix.network.prefixLength == 64,
      prefix.preferredLifetime <= prefix.validLifetime
    else { return }
    let valid = Routers.end(prefix.validLifetime, at: now)
    let preferred = Routers.end(prefix.preferredLifetime, at: now)
    for index in 0..<entries.count
    where entries[index].origin == .automatic && prefix.network.contains(entries[index].address) {
      entries[index].preferredUntil = preferred
      // Nobody can end it at once by a word that need not be the router's.
      if valid > now + Self.leastLifetime || valid > entries[index].validUntil {
        entries[index].validUntil = valid
      } else {
        entries[index].validUntil = min(entries[index].validUntil, now + Self.leastLifetime)
      }
      return
    }
    guard prefix.validLifetime > 0, entries.count < Self.limit else { return }
    let network = IPv6Network(identified(prefix.network.address, 0), prefixLength: 64)
    var entry = Entry(network: network, origin: .automatic)
    entry.preferredUntil = preferred
    entry.validUntil = valid
    append(entry, at: now)
  }

  /// Somebody else has, or wants, an address that is tentative here (section 5.4.4); true if so.
  mutating func claimed(_ address: IPv6Address, at now: Moment) -> Bool {
    for index in 0..<entries.count
    where entries[index].address == address && entries[index].tentativeUntil != nil {
      var entry = entries.remove(at: index)
      entry.conflicts += 1
      guard entry.origin != .fixed, entry.conflicts <= Self.conflictLimit else { return true }
      entry.network = IPv6Network(
        identified(entry.address, entry.conflicts), prefixLength: entry.network.prefixLength)
      append(entry, at: now)
      return true
    }
    return false
  }

  /// When something is due.
  var deadline: Moment {
    var first = Moment.distantFuture
    for entry in entries {
      first = min(first, min(entry.askAt, entry.validUntil))
      if let until = entry.tentativeUntil { first = min(first, until) }
    }
    return first
  }

  /// What is due.
  enum Due: Equatable {
    case nothing
    /// Whether somebody has this address is to be asked.
    case ask(IPv6Address)
    /// It is ours.
    case gained(IPv6Address)
    /// It is ours no longer.
    case lost(IPv6Address)
  }

  /// One thing that is due at `now`.
  mutating func timerExpired(at now: Moment) -> Due {
    for index in 0..<entries.count {
      let address = entries[index].address
      if entries[index].validUntil <= now {
        entries.remove(at: index)
        return .lost(address)
      }
      if entries[index].askAt <= now {
        entries[index].askAt = .distantFuture
        entries[index].tentativeUntil = now + Self.patience
        return .ask(address)
      }
      if let until = entries[index].tentativeUntil, until <= now {
        entries[index].tentativeUntil = nil
        return .gained(address)
      }
    }
    return .nothing
  }

  /// Adds an address that is asked for after a moment of up to a second (RFC 4862, section 5.4.2), so
  /// that hosts that start together do not ask together.
  private mutating func append(_ entry: Entry, at now: Moment) {
    draws &+= 1
    var entry = entry
    let pause = key.hash(hardware.bits, 0x6461_6400 &+ draws &+ now.microseconds) % 1_000_000
    entry.askAt = now + Interval(microseconds: pause)
    entry.tentativeUntil = .distantFuture
    entries.append(entry)
  }

  /// The address of this interface in the network of `prefix` (RFC 7217, section 5).
  private func identified(_ prefix: IPv6Address, _ conflicts: UInt8) -> IPv6Address {
    var counter = UInt64(conflicts)
    while true {
      let low = key.hash([prefix.high, hardware.bits, counter, 0x7217, 0])
      // Those that are reserved (RFC 5453) are as likely as the end of the world.
      if low != 0, low >> 7 != 0x1fb_ffff_ffff_ffff, low >> 32 != 0x0200_5eff {
        return IPv6Address(high: prefix.high, low: low)
      }
      counter &+= 256
    }
  }
}
