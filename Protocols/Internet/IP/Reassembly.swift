// Putting datagrams together (RFC 791, section 3.2; RFC 815; RFC 8200, section 4.5). Bounded in
// datagrams, pieces, bytes and time. Pieces that overlap are an attack rather than an accident: the whole
// datagram is dropped, with what is still to come of it, as RFC 5722 has it for IPv6. Memory is kept for
// the next one.

/// What pieces of one datagram have in common. With IPv6 the protocol is not part of it (RFC 8200,
/// section 4.5): it is 0.
struct FragmentKey: Equatable {
  var source: IPAddress
  var destination: IPAddress
  var transport: UInt8
  var identification: UInt32
}

/// The datagrams of which pieces are missing.
public struct Reassembly {
  private struct Datagram {
    var key: FragmentKey
    var deadline = Moment.distantFuture
    var isInUse = false
    /// Whether its pieces have overlapped: those that are still to come go the same way.
    var isSpoilt = false
    /// Ranges that are there: sorted, apart from each other.
    var pieces: [Range<Int>] = []
    /// Its size, once the last piece is there.
    var size: Int?
    /// What it is, by its first piece.
    var transport: UInt8 = 0
    var bytes: [UInt8] = []
  }

  private var datagrams: [Datagram] = []
  private var finished = 0

  /// How long the rest of a datagram is waited for.
  public static var patience: Interval { .seconds(15) }
  /// Datagrams that are put together at the same time.
  public static var datagramLimit: Int { 4 }
  /// Bytes of a datagram at most.
  public static var sizeLimit: Int { 16_384 }
  private static var pieceLimit: Int { 32 }

  /// Nothing to put together.
  public init() {}

  /// A piece of an IPv4 datagram has arrived; returns how many bytes `whole` has if it was the last
  /// missing one.
  public mutating func received(
    _ header: IPv4Header, _ payload: Span<UInt8>, at now: Moment
  ) throws(Drop) -> Int? {
    let key = FragmentKey(
      source: .v4(header.source), destination: .v4(header.destination),
      transport: header.transport, identification: UInt32(header.identification))
    return try received(
      key, header.fragmentOffset, hasMore: header.hasMoreFragments, payload,
      transport: header.transport, at: now)
  }

  /// The same for a datagram of either family.
  mutating func received(
    _ key: FragmentKey, _ offset: Int, hasMore: Bool, _ payload: Span<UInt8>, transport: UInt8,
    at now: Moment
  ) throws(Drop) -> Int? {
    let range = offset..<offset &+ payload.count
    guard !payload.isEmpty, range.upperBound <= 65_515, !hasMore || payload.count % 8 == 0 else {
      throw .fragmentMalformed
    }
    guard range.upperBound <= Self.sizeLimit else { throw .fragmentNoRoom }
    let index = try place(of: key, at: now)
    guard !datagrams[index].isSpoilt else { throw .fragmentOverlap }
    // Networks double packets: what is there already, byte for byte, does no harm.
    if isRepeated(range, payload, index) { throw .fragmentDuplicate }
    let isSound =
      hasMore
      ? range.upperBound < datagrams[index].size ?? .max
      : (datagrams[index].size ?? range.upperBound) == range.upperBound
        && datagrams[index].pieces.last.map { $0.upperBound <= range.upperBound } ?? true
    guard isSound else { throw abandoned(index, .fragmentMalformed) }
    if !hasMore { datagrams[index].size = range.upperBound }
    if offset == 0 { datagrams[index].transport = transport }
    try insert(range, into: index)
    let missing = range.upperBound &- datagrams[index].bytes.count
    if missing > 0 {
      datagrams[index].bytes.append(contentsOf: repeatElement(0, count: missing))
    }
    var target = datagrams[index].bytes.mutableSpan
    target.copy(payload, at: range.lowerBound)
    guard let size = datagrams[index].size, datagrams[index].pieces == [0..<size] else {
      return nil
    }
    datagrams[index].isInUse = false
    finished = index
    return size
  }

  private func isRepeated(_ range: Range<Int>, _ payload: Span<UInt8>, _ index: Int) -> Bool {
    guard
      datagrams[index].pieces.contains(where: {
        $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound
      })
    else { return false }
    for at in range where datagrams[index].bytes[at] != payload[at &- range.lowerBound] {
      return false
    }
    return true
  }

  /// The payload that `received` has completed; until the next call.
  public var whole: [UInt8] { datagrams.isEmpty ? [] : datagrams[finished].bytes }

  /// What it is, by its first piece.
  var wholeTransport: UInt8 { datagrams.isEmpty ? 0 : datagrams[finished].transport }

  /// When the first datagram is to be given up.
  public var deadline: Moment {
    var first = Moment.distantFuture
    for datagram in datagrams where datagram.isInUse { first = min(first, datagram.deadline) }
    return first
  }

  /// Gives up what has waited too long; returns how many datagrams.
  public mutating func timerExpired(at now: Moment) -> Int {
    var count = 0
    for index in 0..<datagrams.count
    where datagrams[index].isInUse && datagrams[index].deadline <= now {
      datagrams[index].isInUse = false
      // What is spoilt was counted when it was.
      if !datagrams[index].isSpoilt { count += 1 }
    }
    return count
  }

  private mutating func abandoned(_ index: Int, _ reason: Drop) -> Drop {
    // RFC 5722, section 4: with it go the pieces that have not come yet.
    datagrams[index].isSpoilt = reason == .fragmentOverlap
    datagrams[index].isInUse = datagrams[index].isSpoilt
    return reason
  }

  private mutating func place(of key: FragmentKey, at now: Moment) throws(Drop) -> Int {
    for index in 0..<datagrams.count where datagrams[index].isInUse && datagrams[index].key == key {
      return index
    }
    var place = datagrams.count
    for index in 0..<datagrams.count where !datagrams[index].isInUse { place = index }
    guard place < Self.datagramLimit else { throw .fragmentNoRoom }
    if place == datagrams.count { datagrams.append(Datagram(key: key)) }
    datagrams[place].key = key
    datagrams[place].deadline = now + Self.patience
    datagrams[place].isInUse = true
    datagrams[place].isSpoilt = false
    datagrams[place].pieces.removeAll(keepingCapacity: true)
    datagrams[place].bytes.removeAll(keepingCapacity: true)
    datagrams[place].size = nil
    return place
  }

  /// Adds a range, joined with its neighbours.
  private mutating func insert(_ range: Range<Int>, into index: Int) throws(Drop) {
    var at = 0
    while at < datagrams[index].pieces.count,
      datagrams[index].pieces[at].upperBound <= range.lowerBound
    { at += 1 }
    if at < datagrams[index].pieces.count,
      datagrams[index].pieces[at].lowerBound < range.upperBound
    {
      throw abandoned(index, .fragmentOverlap)
    }
    var joined = range
    if at < datagrams[index].pieces.count,
      datagrams[index].pieces[at].lowerBound == range.upperBound
    {
      joined = joined.lowerBound..<datagrams[index].pieces.remove(at: at).upperBound
    }
    if at > 0, datagrams[index].pieces[at - 1].upperBound == range.lowerBound {
      datagrams[index].pieces[at - 1] =
        datagrams[index].pieces[at - 1].lowerBound..<joined.upperBound
      return
    }
    guard datagrams[index].pieces.count < Self.pieceLimit else {
      throw abandoned(index, .fragmentNoRoom)
    }
    datagrams[index].pieces.insert(joined, at: at)
  }
}
