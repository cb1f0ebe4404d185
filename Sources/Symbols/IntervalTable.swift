// Half-open address ranges, sorted once for look-ups by address.

/// One range of addresses and what it belongs to.
struct Interval {
  var low: UInt64
  var high: UInt64
  var payload: Int32
}

/// A set of ranges in which one address may be in several.
struct IntervalTable {
  private(set) var intervals: [Interval]
  /// For each range the highest end of it and all before it: tells when looking further back is
  /// pointless.
  private var highest: [UInt64] = []

  /// Sorts ranges; empty ones are dropped.
  init(_ unsorted: [Interval]) {
    intervals = unsorted.filter { $0.low < $0.high }
    intervals.sort { ($0.low, $1.high) < ($1.low, $0.high) }
    highest.reserveCapacity(intervals.count)
    var high: UInt64 = 0
    for interval in intervals {
      high = max(high, interval.high)
      highest.append(high)
    }
  }

  /// Calls with the payload of each range around an address, the one that begins last first, until
  /// told to stop. Looks at no more than 4,096 ranges.
  @inline(__always)
  func forEach(covering address: UInt64, _ body: (Int32) -> Bool) {
    var index = intervals.partitioningIndex { $0.low > address } &- 1
    var steps = 0
    while index >= 0, highest[index] > address, steps < 4096 {
      if intervals[index].high > address, !body(intervals[index].payload) { return }
      index &-= 1
      steps &+= 1
    }
  }

  /// The payload of the range around an address that begins last.
  func first(covering address: UInt64) -> Int32? {
    var found: Int32?
    forEach(covering: address) {
      found = $0
      return false
    }
    return found
  }
}
