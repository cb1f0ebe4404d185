// Ranges of sequence numbers, sorted and apart: what has arrived beyond a gap, and what the peer says
// has arrived there. Bounded, so that a peer cannot have an endless list kept by leaving gaps.

/// A range of sequence numbers, its end not included.
public struct SequenceRange: Equatable, Sendable {
  /// The first.
  public var start: SequenceNumber
  /// The one after the last.
  public var end: SequenceNumber

  /// The numbers from `start` up to `end`.
  public init(_ start: SequenceNumber, _ end: SequenceNumber) {
    self.start = start
    self.end = end
  }

  /// How many numbers there are.
  public var count: Int { end - start }
}

/// A bounded set of ranges.
struct SequenceRanges {
  private(set) var ranges: [SequenceRange] = []
  /// Numbers in all ranges.
  private(set) var total = 0

  static var limit: Int { 32 }

  var isEmpty: Bool { ranges.isEmpty }
  var count: Int { ranges.count }

  subscript(_ index: Int) -> SequenceRange { ranges[index] }

  /// Adds a range, joined with what it touches; false if there is no room for one more.
  mutating func insert(_ range: SequenceRange) -> Bool {
    guard range.start < range.end else { return true }
    var first = 0
    while first < ranges.count, ranges[first].end < range.start { first += 1 }
    var joined = range
    var last = first
    while last < ranges.count, ranges[last].start <= range.end {
      joined.start = .earlier(joined.start, ranges[last].start)
      joined.end = .later(joined.end, ranges[last].end)
      total -= ranges[last].count
      last += 1
    }
    if last == first {
      guard ranges.count < Self.limit else { return false }
      ranges.insert(joined, at: first)
    } else {
      ranges[first] = joined
      ranges.removeSubrange(first + 1..<last)
    }
    total += joined.count
    return true
  }

  /// Forgets everything before `start`.
  mutating func removeAll(before start: SequenceNumber) {
    var gone = 0
    while gone < ranges.count, ranges[gone].end <= start {
      total -= ranges[gone].count
      gone += 1
    }
    if gone > 0 { ranges.removeSubrange(0..<gone) }
    if let first = ranges.first, first.start < start {
      total -= start - first.start
      ranges[0].start = start
    }
  }

  mutating func removeAll() {
    ranges.removeAll(keepingCapacity: true)
    total = 0
  }

  /// How many numbers of the set are in `range`.
  func count(in range: SequenceRange) -> Int {
    var sum = 0
    for other in ranges {
      let start = SequenceNumber.later(other.start, range.start)
      let end = SequenceNumber.earlier(other.end, range.end)
      if start < end { sum += end - start }
    }
    return sum
  }

  /// The first number from `start` on that is not in the set.
  func firstMissing(from start: SequenceNumber) -> SequenceNumber {
    for range in ranges where range.start <= start && start < range.end { return range.end }
    return start
  }

  /// Where the next range after `start` begins; nil if there is none.
  func nextStart(after start: SequenceNumber) -> SequenceNumber? {
    for range in ranges where range.start > start { return range.start }
    return nil
  }
}
