// Quantiles of the histogram against the sorted samples themselves.

import Testing

@testable import Execution

@Suite("Histogram")
struct HistogramTests {
  /// Samples of many shapes, each from a seed.
  static func samples(_ seed: Int) -> [UInt64] {
    var random = Seeded(state: UInt64(seed))
    let count = Int.random(in: 1...5000, using: &random)
    return (0..<count).map { index in
      switch seed % 5 {
      case 0: UInt64.random(in: 0...20, using: &random)
      case 1: UInt64.random(in: 0...1_000_000, using: &random)
      case 2: UInt64(1) << UInt64.random(in: 0...63, using: &random)
      case 3:
        UInt64.random(in: 0...(.max), using: &random) >> UInt64.random(in: 0...63, using: &random)
      default: index % 100 == 0 ? 50_000_000 : UInt64.random(in: 300...500, using: &random)
      }
    }
  }

  @Test("every quantile is within a sixteenth of the sorted samples' own", arguments: 0..<40)
  func quantiles(seed: Int) {
    let samples = Self.samples(seed)
    var histogram = Histogram()
    for sample in samples { histogram.record(sample) }
    let sorted = samples.sorted()
    for perMille in [0, 1, 10, 250, 500, 750, 900, 990, 999, 1000] {
      let rank = max((sorted.count * perMille + 999) / 1000, 1)
      let exact = sorted[rank - 1]
      let told = histogram.quantile(perMille: perMille)
      let error = told > exact ? told - exact : exact - told
      #expect(error <= exact / 16, "\(perMille): \(told) for \(exact)")
    }
    let (maximum, total) = (histogram.maximum, histogram.total)
    #expect(maximum == sorted.last)
    #expect(total == samples.reduce(0, &+))
  }

  @Test("values up to 16 are exact")
  func small() {
    for value in 0...16 as ClosedRange<UInt64> {
      var histogram = Histogram()
      histogram.record(value)
      let told = histogram.quantile(perMille: 500)
      #expect(told == value)
    }
  }

  @Test("an empty histogram says nothing and has no memory")
  func empty() {
    let histogram = Histogram()
    let (median, bytes) = (histogram.quantile(perMille: 500), histogram.bytes)
    #expect(median == 0 && bytes == 0)
  }

  @Test("memory is that of the octaves between smallest and largest")
  func memory() {
    var histogram = Histogram()
    histogram.record(1000)
    var bytes = histogram.bytes
    #expect(bytes == 32)
    // 100 ns to 10 ms: what a handler's runs may span.
    histogram.record(100)
    histogram.record(10_000_000)
    bytes = histogram.bytes
    #expect(bytes <= 18 * 32)
    histogram.record(0)
    histogram.record(.max)
    bytes = histogram.bytes
    #expect(bytes <= 2048)
  }

  @Test("a count that runs over keeps the proportions")
  func overflow() {
    var histogram = Histogram()
    histogram.record(100, times: .max)
    histogram.record(1000, times: 1000)
    histogram.record(10_000, times: .max - 1)
    histogram.record(100)
    let (median, top) = (histogram.quantile(perMille: 400), histogram.quantile(perMille: 600))
    #expect(abs(Int(median) - 100) <= 6)
    #expect(abs(Int(top) - 10_000) <= 625)
  }
}
