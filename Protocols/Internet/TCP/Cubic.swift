// The window of CUBIC (RFC 9438): after a loss it rises fast towards where it was then, slowly around
// there, and fast again beyond. Its course is a function of time, not of the round trip, so long paths
// are not at a disadvantage. Whole numbers only: bytes and milliseconds.

/// What CUBIC remembers of a connection, from one loss to the next.
public struct Cubic {
  /// The window before the last reduction (W_max).
  private var most = 0
  /// When the present climb began; nil before the first acknowledgment after a loss.
  private var epoch: Moment?
  /// How long it takes to be at `most` again (K), in milliseconds.
  private var plateau: Int64 = 0
  /// What NewReno would have on average (W_est), and parts of a byte of it.
  private var estimate = 0
  private var window0 = 0

  /// What is left of a window after a loss (beta_cubic = 0.7), in tenths.
  static var share: Int { 7 }

  /// Nothing remembered.
  public init() {}

  /// There was a loss at a window of `size` bytes (sections 4.6 and 4.7).
  mutating func lost(_ size: Int) {
    // Fast convergence: whoever got less than before leaves room for a newcomer.
    most = size < most ? size * (10 + Self.share) / 20 : size
    window0 = size
    epoch = nil
  }

  /// The course is interrupted: nothing was sent for a while.
  mutating func wasIdle() { epoch = nil }

  /// How much the window of `size` bytes grows as `bytes` are acknowledged (sections 4.2 to 4.5).
  mutating func growth(
    _ size: Int, _ bytes: Int, segment: Int, roundTrip: Interval, at now: Moment
  ) -> Int {
    if epoch == nil { begin(size, segment, at: now) }
    let time = Int64(clamping: (now - (epoch ?? now)).microseconds / 1000)
    estimate += max(Self.renoShare(size, bytes, segment, isBelow: estimate < window0), 0)
    if course(time, segment) < estimate { return max(min(estimate, size + bytes) - size, 0) }
    let ahead = time + Int64(clamping: roundTrip.microseconds / 1000)
    let target = min(max(course(ahead, segment), size), size + size / 2)
    // (target - size) / size for each byte; never more than slow start would.
    return min((target - size) * bytes / max(size, 1), bytes)
  }

  private mutating func begin(_ size: Int, _ segment: Int, at now: Moment) {
    epoch = now
    estimate = size
    if size < most {
      // Cube root of (W_max - cwnd) / C, C = 0.4 segments a cubic second.
      let cubicMilliseconds = UInt64(most - size) * 2_500_000_000 / UInt64(max(segment, 1))
      plateau = Int64(Self.cubeRoot(cubicMilliseconds))
    } else {
      plateau = 0
      most = size
    }
  }

  /// W_cubic at `time` milliseconds.
  private func course(_ time: Int64, _ segment: Int) -> Int {
    let distance = min(max(time - plateau, -50_000), 50_000)
    return most + Int(distance * distance * distance / 1_000_000 * Int64(segment) / 2500)
  }

  /// alpha_cubic: 9/17 of NewReno's growth while below the window before the loss, then all of it.
  private static func renoShare(
    _ size: Int, _ bytes: Int, _ segment: Int, isBelow: Bool
  ) -> Int {
    let growth = segment * bytes / max(size, 1)
    return isBelow ? growth * 9 / 17 : growth
  }

  /// The largest number whose cube is not larger; 22 steps.
  static func cubeRoot(_ value: UInt64) -> UInt64 {
    var root: UInt64 = 0
    for bit in (UInt64(0)..<21).reversed() {
      let candidate = root | 1 << bit
      if candidate * candidate * candidate <= value { root = candidate }
    }
    return root
  }
}
