// What is under way, what is lost, and what is to be sent again: fast retransmit and recovery by
// selective acknowledgments (RFC 6675) or, where the peer knows none, by counting duplicates
// (NewReno, RFC 6582), and after a time-out.
//
//      una         resend          lostEnd                 next
//       |  sent again  |  to be sent again  |    under way    |      less what was acknowledged
//                                                                    selectively
//
// All three kinds of recovery move the same two marks: everything before `lostEnd` is taken for
// lost, and everything before `resend` has been sent again since.

struct LossRecovery {
  enum Phase: Equatable {
    case open
    /// Something was lost; over when everything up to this number has arrived.
    case fast(until: SequenceNumber)
    /// Nothing came back in time.
    case timedOut(until: SequenceNumber)
  }

  /// What a duplicate acknowledgment means.
  enum Duplicate: Equatable {
    case nothing
    /// A loss: the congestion window is to be reduced, once.
    case loss
  }

  private(set) var phase = Phase.open
  private var sacked = SequenceRanges()
  private var una: SequenceNumber
  private var resend: SequenceNumber
  private var lostEnd: SequenceNumber
  private var duplicates = 0
  /// Bytes that have arrived somewhere, as duplicates say that carry no ranges.
  private var departed = 0
  /// Whether the next retransmission goes whatever the window says (RFC 6675, section 5, step 4.3).
  private(set) var isFirst = false

  static var threshold: Int { 3 }

  init(una: SequenceNumber) {
    self.una = una
    resend = una
    lostEnd = una
  }

  /// How many bytes are on the way, with everything before `next` sent.
  func underWay(_ next: SequenceNumber) -> Int {
    let sent = resend - una - sacked.count(in: SequenceRange(una, resend))
    let start = SequenceNumber.later(resend, lostEnd)
    let rest = next - start - sacked.count(in: SequenceRange(start, next))
    return max(sent + rest - departed, 0)
  }

  /// What is to be sent again next, at most `segment` bytes; nil if nothing is.
  func nextLost(segment: Int) -> SequenceRange? {
    let start = sacked.firstMissing(from: resend)
    guard start < lostEnd else { return nil }
    var end = SequenceNumber.earlier(start + segment, lostEnd)
    if let next = sacked.nextStart(after: start) { end = .earlier(end, next) }
    return SequenceRange(start, end)
  }

  /// What `nextLost` said, as far as `end`, has been sent.
  mutating func sentAgain(upTo end: SequenceNumber) {
    resend = .later(resend, end)
    isFirst = false
  }

  /// The peer has this range, beyond a gap; true if that is news.
  mutating func selectivelyAcknowledged(_ range: SequenceRange, next: SequenceNumber) -> Bool {
    guard range.start < range.end, range.start >= una, range.end <= next else { return false }
    let before = sacked.total
    _ = sacked.insert(range)
    return sacked.total > before
  }

  /// Everything before `number` has arrived.
  mutating func acknowledged(
    upTo number: SequenceNumber, next: SequenceNumber, segment: Int, usesSACK: Bool
  ) {
    let bytes = number - una
    una = number
    sacked.removeAll(before: una)
    resend = .later(resend, una)
    lostEnd = .later(lostEnd, una)
    duplicates = 0
    switch phase {
    case .open: departed = 0
    case .fast(let until) where una < until:
      departed = max(departed - bytes + segment, 0)
      // A partial acknowledgment: what follows it is lost too (RFC 6582, section 3.2, step 3).
      if !usesSACK { resend = una }
      if resend == una { lostEnd = .later(lostEnd, .earlier(una + segment, next)) }
      if usesSACK { findLost(segment) }
    case .timedOut(let until) where una < until: break
    default: end()
    }
  }

  /// An acknowledgment that moves nothing, or tells of a range that is news.
  mutating func duplicate(next: SequenceNumber, segment: Int, usesSACK: Bool) -> Duplicate {
    duplicates += 1
    if !usesSACK { departed = min(departed + segment, next - una) }
    switch phase {
    case .timedOut: return .nothing
    case .fast:
      if usesSACK { findLost(segment) }
      return .nothing
    case .open:
      if usesSACK { findLost(segment) }
      guard duplicates >= Self.threshold || lostEnd > una else { return .nothing }
      phase = .fast(until: next)
      resend = una
      lostEnd = .later(lostEnd, .earlier(una + segment, next))
      isFirst = true
      return .loss
    }
  }

  /// Nothing came back in time: everything is lost, and what was said of ranges forgotten, as a
  /// peer may have thrown them away (RFC 2018, section 8).
  mutating func timedOut(next: SequenceNumber) {
    sacked.removeAll()
    phase = .timedOut(until: next)
    resend = una
    lostEnd = next
    departed = 0
    duplicates = 0
    isFirst = true
  }

  private mutating func end() {
    phase = .open
    resend = una
    lostEnd = una
    departed = 0
    isFirst = false
  }

  /// Moves `lostEnd` to where so much beyond it has arrived that reordering does not explain it
  /// (RFC 6675, section 4, IsLost).
  private mutating func findLost(_ segment: Int) {
    var (bytes, index) = (0, sacked.count)
    while index > 0 {
      index -= 1
      bytes += sacked[index].count
      guard bytes > (Self.threshold - 1) * segment || sacked.count - index >= Self.threshold else {
        continue
      }
      lostEnd = .later(lostEnd, sacked[index].start)
      return
    }
  }
}
