// When samples are taken: one in each period, at a moment drawn anew each time. So the mean rate is
// exact, and nothing that runs periodically keeps step with the sampler and is always or never seen.

/// The moments of a sampler, in nanoseconds.
public struct SampleSchedule: Sendable {
  /// Samples a second.
  public let rate: UInt64
  private let period, remainder: UInt64
  /// Where the present period begins, and what of it a nanosecond is too coarse for, in 1/`rate`.
  private var begin: UInt64
  private var excess: UInt64 = 0
  private var random: UInt64
  /// Periods in which no sample was taken because the core could not be interrupted.
  public private(set) var missed: UInt64 = 0

  /// The most samples a second.
  public static var highestRate: UInt64 { 50_000 }

  /// A schedule whose first period begins `now`; the rate is brought between 1 and `highestRate`.
  public init(rate: UInt64, from now: UInt64, seed: UInt64) {
    self.rate = min(max(rate, 1), Self.highestRate)
    period = 1_000_000_000 / self.rate
    remainder = 1_000_000_000 % self.rate
    begin = now
    random = seed | 1
  }

  /// The moment of the sample in the present period.
  @inline(__always)
  public mutating func draw() -> UInt64 {
    // Marsaglia's xorshift64, "Xorshift RNGs" (2003).
    random ^= random << 13
    random ^= random >> 7
    random ^= random << 17
    return begin &+ ((random >> 32) &* period) >> 32
  }

  /// The moment of the next sample, one having been taken `now`.
  @inline(__always)
  public mutating func next(after now: UInt64) -> UInt64 {
    advance()
    if begin &+ period <= now { skip(to: now) }
    return draw()
  }

  /// Puts everything off.
  mutating func delay(by span: UInt64) { begin &+= span }

  @inline(__always)
  private mutating func advance() {
    begin &+= period
    excess &+= remainder
    if excess >= rate {
      excess &-= rate
      begin &+= 1
    }
  }

  /// Leaves out the periods that are over.
  @inline(never)
  private mutating func skip(to now: UInt64) {
    let periods = (now &- begin) / period
    missed &+= periods
    begin &+= periods &* period
    let (product, _) = periods.multipliedReportingOverflow(by: remainder)
    let whole = excess &+ product
    begin &+= whole / rate
    excess = whole % rate
    // The fractions may have brought it a little beyond `now`; a sample is due in any case.
  }
}
