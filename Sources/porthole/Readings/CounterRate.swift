internal import Readings
internal import Telemetry

/// How fast counters count.
enum CounterRate {
  /// Counts a second since `earlier`; nil for gauges, and where the counter was not there before.
  static func perSecond(_ entry: ReadingEntry, _ reading: Reading, since earlier: Reading?)
    -> Double?
  {
    guard let earlier, entry.kind == .counter, let now = entry.number else { return nil }
    // Where several have one name it is not known which was which.
    let same = reading.entries.lazy.filter { $0.name == entry.name && $0.number != nil }.count
    // One that fell has begun anew.
    guard same == 1, let before = earlier.number(entry.name), now >= before else { return nil }
    let seconds = Double(reading.taken - earlier.taken) / 1_000_000
    return seconds > 0 ? Double(now - before) / seconds : nil
  }

  /// As a person reads it.
  static func text(_ rate: Double) -> String {
    rate < 100 ? "\((rate * 10).rounded() / 10)" : "\(UInt64(min(rate.rounded(), 1e18)))"
  }
}
