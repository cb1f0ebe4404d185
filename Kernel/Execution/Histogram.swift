// A histogram of durations in log-linear buckets, after HdrHistogram (G. Tene): each power of two
// is cut into eight equal parts, so a value is known to within a sixteenth of itself wherever it
// lies. Only the octaves between the smallest and the largest value have memory.

/// Counts of values by size, for quantiles on request.
///
/// Values below 16 are kept exactly; of a larger one a quantile tells at most 1/16 too little or
/// too much. Memory: 32 bytes for each power of two from the smallest to the largest value seen.
public struct Histogram: ~Copyable {
  // Safety: `size` counts, initialised, owned by this histogram; any address while `size` is 0.
  private var counts = UnsafeMutablePointer<UInt32>(bitPattern: 4).unsafelyUnwrapped
  /// The bucket that the first count belongs to.
  private var first = 0
  private var size = 0

  /// The largest value, exactly; 0 while there is none.
  public private(set) var maximum: UInt64 = 0
  /// The sum of all values; wraps.
  public private(set) var total: UInt64 = 0

  private static var octave: Int { 8 }

  /// A histogram without values; it has no memory yet.
  public init() {}

  deinit { if size > 0 { counts.deallocate() } }

  /// Adds a value. Costs about 15 instructions; allocates when a value widens the range.
  @inline(__always)
  public mutating func record(_ value: UInt64) {
    total &+= value
    if value > maximum { maximum = value }
    let place = Histogram.bucket(of: value) &- first
    guard UInt(bitPattern: place) < UInt(bitPattern: size) else { return widen(for: value) }
    counts[place] &+= 1
    if counts[place] == 0 { halve(filling: place) }
  }

  /// Adds a value several times, at least once.
  mutating func record(_ value: UInt64, times: UInt32) {
    record(value)
    counts[Histogram.bucket(of: value) &- first] &+= times &- 1
  }

  /// The smallest value that at least `perMille` thousandths of all values do not exceed, to
  /// within the resolution; 0 without values. Cost: one look at each bucket.
  public func quantile(perMille: Int) -> UInt64 {
    var sum: UInt64 = 0
    for place in 0..<size { sum &+= UInt64(counts[place]) }
    guard sum > 0 else { return 0 }
    let share = UInt64(min(max(perMille, 0), 1000))
    var left = max(sum / 1000 &* share &+ (sum % 1000 &* share &+ 999) / 1000, 1)
    for place in 0..<size {
      let here = UInt64(counts[place])
      if here >= left { return min(Histogram.middle(of: first &+ place), maximum) }
      left &-= here
    }
    return maximum
  }

  /// The bytes of memory that the counts take.
  public var bytes: Int { size &* MemoryLayout<UInt32>.stride }

  /// Values below 16 have a bucket each, then there are eight for each power of two.
  @inline(__always)
  private static func bucket(of value: UInt64) -> Int {
    let shift = ((value | 8).leadingZeroBitCount ^ 63) &- 3
    return shift &* octave &+ Int(truncatingIfNeeded: value &>> UInt64(shift))
  }

  private static func middle(of bucket: Int) -> UInt64 {
    guard bucket >= 2 * octave else { return UInt64(bucket) }
    let shift = UInt64(bucket / octave &- 1)
    return (UInt64(bucket % octave &+ octave) &<< shift) | (1 &<< shift) / 2
  }

  /// Makes room for a value beyond the octaves that have memory, and counts it.
  @inline(never)
  private mutating func widen(for value: UInt64) {
    let bucket = Histogram.bucket(of: value)
    let mask = ~(Histogram.octave &- 1)
    let start = min(size == 0 ? bucket : first, bucket) & mask
    let end = max(first &+ size, (bucket | ~mask) &+ 1)
    let wider = UnsafeMutablePointer<UInt32>.allocate(capacity: end &- start)
    wider.initialize(repeating: 0, count: end &- start)
    for place in 0..<size { wider[first &- start &+ place] = counts[place] }
    if size > 0 { counts.deallocate() }
    counts = wider
    first = start
    size = end &- start
    wider[bucket &- start] &+= 1
  }

  /// Keeps the proportions when a count has run over: all are halved.
  @inline(never)
  private mutating func halve(filling full: Int) {
    for place in 0..<size { counts[place] /= 2 }
    counts[full] = 1 &<< 31
  }
}
