// When to stop a guest for a sample: once a period, at a moment drawn anew each time, so that no
// periodic work keeps step; and never so often that the guest stands still more than a tenth of the
// time, however long the host takes.

/// The moments of samples. Times are in microseconds of any clock that only goes forward.
public struct SampleClock: Sendable {
  /// Microseconds from one sample to the next, on average.
  public let period: Int
  /// When the next sample is due.
  public private(set) var due: Int
  private var start: Int
  /// How long the guest stood still for each sample, shortest first.
  private var pauses: [Int] = []
  private var total = 0
  private var begun: Int
  private var latest: Int

  /// The most pauses that are kept to tell quantiles of.
  private static let mostPauses = 100_000

  /// A clock of so many samples a second, 1 to 1000, that starts now.
  public init(rate: Int, now: Int) {
    period = 1_000_000 / min(max(rate, 1), 1000)
    start = now
    begun = now
    latest = now
    due = now
  }

  /// A sample that took until `now` stopped the guest for so long; `random` is in 0..<1 and places
  /// the next one. Returns how many samples could not be taken in time.
  public mutating func took(pause: Int, now: Int, random: Double) -> UInt64 {
    if pauses.count < Self.mostPauses {
      var (low, high) = (0, pauses.count)
      while low < high {
        let middle = (low + high) / 2
        if pauses[middle] < pause { low = middle + 1 } else { high = middle }
      }
      pauses.insert(pause, at: low)
    }
    total += pause
    latest = now
    return next(notBefore: now + pause * 9, random)
  }

  /// No sample could be taken; the next one is due a period later.
  public mutating func failed(now: Int, random: Double) -> UInt64 {
    latest = now
    return next(notBefore: now, random) + 1
  }

  private mutating func next(notBefore earliest: Int, _ random: Double) -> UInt64 {
    start += period
    var missed: UInt64 = 0
    if start + period < earliest {
      let behind = (earliest - start) / period
      missed = UInt64(behind)
      start += behind * period
    }
    due = max(earliest, start + Int(Double(period) * min(max(random, 0), 0.999)))
    return missed
  }

  /// What the guest was disturbed by.
  public var pause: PauseSummary {
    PauseSummary(
      count: pauses.count, median: quantile(500), longTail: quantile(990), longest: quantile(1000),
      total: total, elapsed: latest - begun)
  }

  private func quantile(_ perMille: Int) -> Int {
    pauses.isEmpty ? 0 : pauses[min(pauses.count - 1, pauses.count * perMille / 1000)]
  }
}

/// How long a guest was stopped for its samples, in microseconds.
public struct PauseSummary: Equatable, Sendable {
  /// How many pauses.
  public var count: Int
  public var median: Int
  /// 99 of 100 were no longer.
  public var longTail: Int
  public var longest: Int
  /// All of them together, and the time in which they were.
  public var total: Int
  public var elapsed: Int

  /// Creates a summary of pauses that were measured.
  public init(
    count: Int, median: Int, longTail: Int, longest: Int, total: Int, elapsed: Int
  ) {
    (self.count, self.median, self.longTail) = (count, median, longTail)
    (self.longest, self.total, self.elapsed) = (longest, total, elapsed)
  }

  /// Samples a second that were reached.
  public var rate: Double { elapsed > 0 ? Double(count) * 1e6 / Double(elapsed) : 0 }
}
