/// The same numbers each time (Marsaglia's xorshift), so that what failed once fails again.
public struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  /// A generator; a seed of 0 is none.
  public init(_ seed: UInt64 = 0x9e37_79b9_7f4a_7c15) { state = seed }

  public mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
