// Histograms as they stand in memory (SPEC.md, part 1). Log-linear buckets: a value is known to
// within a sixteenth of itself.

/// A histogram's counts at one moment.
public struct HistogramValue: Equatable, Sendable {
  /// The bucket of the first count.
  public var first = 0
  public var counts: [UInt32] = []
  public var maximum: UInt64 = 0
  /// The sum of all values.
  public var total: UInt64 = 0

  /// A histogram of nothing.
  public init() {}

  /// A histogram of these counts, of the buckets from `first` on.
  public init(first: Int, counts: [UInt32], maximum: UInt64, total: UInt64) {
    self.first = first
    self.counts = counts
    self.maximum = maximum
    self.total = total
  }

  /// The histogram at `address`; nil if it cannot be read or makes no sense.
  public init?(at address: UInt64, in memory: some TelemetryMemory) {
    guard let place = HistogramPlace(at: address, in: memory) else { return nil }
    maximum = place.maximum
    total = place.total
    first = place.first
    counts.reserveCapacity(place.count)
    for index in 0..<place.count {
      guard let count = memory.number(at: place.counts &+ UInt64(index) &* 4, width: 4) else {
        return nil
      }
      counts.append(UInt32(truncatingIfNeeded: count))
    }
  }

  /// How many values there are.
  public var count: UInt64 { counts.reduce(0) { $0 &+ UInt64($1) } }

  /// The value that `perMille` thousandths of all do not exceed, to within a sixteenth; 0 if there
  /// are none.
  public func quantile(perMille: Int) -> UInt64 {
    let sum = count
    guard sum > 0 else { return 0 }
    let share = UInt64(min(max(perMille, 0), 1000))
    var left = max(sum / 1000 &* share &+ (sum % 1000 &* share &+ 999) / 1000, 1)
    for (place, count) in counts.enumerated() {
      if UInt64(count) >= left { return min(Self.middle(of: first &+ place), maximum) }
      left &-= UInt64(count)
    }
    return maximum
  }

  /// What happened since `earlier`: the counts less its counts. The maximum stays that of all time.
  public func since(_ earlier: HistogramValue) -> HistogramValue {
    var difference = self
    difference.total = total &- earlier.total
    for index in counts.indices {
      let other = first + index - earlier.first
      guard earlier.counts.indices.contains(other) else { continue }
      let before = earlier.counts[other]
      difference.counts[index] = counts[index] >= before ? counts[index] - before : counts[index]
    }
    return difference
  }

  /// The smallest value of a bucket, 0 to 495.
  public static func lowest(of bucket: Int) -> UInt64 {
    bucket < 16 ? UInt64(max(bucket, 0)) : UInt64(bucket % 8 + 8) &<< UInt64(bucket / 8 - 1)
  }

  private static func middle(of bucket: Int) -> UInt64 {
    bucket < 16 ? lowest(of: bucket) : lowest(of: bucket) | (1 &<< UInt64(bucket / 8 - 1)) / 2
  }
}

/// Where a histogram's counts are, and what else it says.
struct HistogramPlace {
  var counts: UInt64
  var first: Int
  var count: Int
  var maximum: UInt64
  var total: UInt64

  init?(at address: UInt64, in memory: some TelemetryMemory) {
    func word(_ offset: Int) -> UInt64? { memory.number(at: address &+ UInt64(offset)) }
    guard let counts = word(HistogramLayout.counts), let first = word(HistogramLayout.first),
      let count = word(HistogramLayout.count), let maximum = word(HistogramLayout.maximum),
      let total = word(HistogramLayout.total), first <= UInt64(Bounds.buckets),
      count <= UInt64(Bounds.buckets), first &+ count <= UInt64(Bounds.buckets)
    else { return nil }
    self.counts = counts
    self.first = Int(first)
    self.count = Int(count)
    self.maximum = maximum
    self.total = total
  }
}
