// Telling switches and routers which groups the interface listens to (MLDv2, RFC 3810): when it joins
// or leaves one, and when somebody asks. The groups are those in which its own addresses are asked for;
// all nodes, to which everybody belongs, are never reported (section 6).

/// The groups of one interface.
struct GroupMembership {
  /// What is said of a group (section 5.2.12).
  enum Record: UInt8 {
    case isMember = 2
    case leaves = 3
    case joins = 4
  }

  private var groups: [IPv6Address] = []
  /// What has changed, and how often it is still to be said.
  private var changes: [(group: IPv6Address, record: Record, left: UInt8)] = []
  private var repeatAt = Moment.distantFuture
  private var answerAt = Moment.distantFuture
  private let key: SipHash
  private var draws: UInt64 = 0

  /// How often a change is told, as one packet may be lost (section 9.1).
  private static var robustness: UInt8 { 2 }
  private static var headerLength: Int { 8 }
  private static var recordLength: Int { 20 }

  init(key: SipHash) { self.key = key }

  func has(_ group: IPv6Address) -> Bool { groups.contains(group) }

  /// The groups are those of `addresses` from now on.
  mutating func follow(_ addresses: [IPv6Address], at now: Moment) {
    var wanted: [IPv6Address] = []
    for address in addresses where !wanted.contains(address.solicitedNode) {
      wanted.append(address.solicitedNode)
    }
    for group in groups where !wanted.contains(group) { changed(group, .leaves, at: now) }
    for group in wanted where !groups.contains(group) { changed(group, .joins, at: now) }
    groups = wanted
  }

  private mutating func changed(_ group: IPv6Address, _ record: Record, at now: Moment) {
    changes.removeAll { $0.group == group }
    if changes.count >= 2 * OwnAddresses.limit { changes.removeFirst() }
    changes.append((group, record, Self.robustness))
    repeatAt = now
  }

  /// A query has come (sections 5.1 and 6.2); every group is told of, after a while that is random. One
  /// of version 1, which is shorter, is answered alike.
  mutating func asked(_ bytes: Span<UInt8>, at now: Moment) throws(Drop) {
    guard bytes.count >= 24 else { throw .mldMalformed }
    let code = UInt64(bytes.word16(4))
    // Section 5.1.3: from 32768 on it is a number with an exponent.
    let delay =
      code < 32_768 || bytes.count == 24
      ? code : (code & 0xfff | 0x1000) << ((code >> 12 & 7) + 3)
    draws &+= 1
    let pause = key.hash(draws, 0x6d6c_64) % (delay &* 1000 &+ 1)
    answerAt = min(answerAt, now + Interval(microseconds: pause))
  }

  var deadline: Moment { min(repeatAt, answerAt) }

  /// What is to be said of which groups now; empty: nothing.
  mutating func timerExpired(at now: Moment) -> [(group: IPv6Address, record: Record)] {
    if repeatAt <= now {
      let told = changes.map { (group: $0.group, record: $0.record) }
      for index in 0..<changes.count { changes[index].left -= 1 }
      changes.removeAll { $0.left == 0 }
      draws &+= 1
      let pause = Interval(microseconds: key.hash(draws, 0x6d6c_72) % 1_000_000 &+ 1)
      repeatAt = changes.isEmpty ? .distantFuture : now + pause
      return told
    }
    guard answerAt <= now else { return [] }
    answerAt = .distantFuture
    return groups.map { (group: $0, record: .isMember) }
  }

  /// Bytes of a report about `count` groups.
  static func length(_ count: Int) -> Int { headerLength + recordLength * count }

  /// Writes a report (section 5.2) at `offset`, but for its sum.
  static func emit(
    _ records: [(group: IPv6Address, record: Record)], into bytes: inout MutableSpan<UInt8>,
    at offset: Int
  ) {
    bytes.store32(offset, 143 << 24)
    bytes.store32(offset &+ 4, UInt32(truncatingIfNeeded: records.count))
    for (index, entry) in records.enumerated() {
      let place = offset &+ headerLength &+ recordLength &* index
      bytes.store32(place, UInt32(entry.record.rawValue) << 24)
      entry.group.emit(into: &bytes, at: place &+ 4)
    }
  }
}
