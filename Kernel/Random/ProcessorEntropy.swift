// The processor's generators. RDSEED gives what its entropy source gives, RDRAND what a generator
// seeded by that source makes of it; both may have nothing ready (Intel SDM volume 1, section
// 7.3.17; "Digital Random Number Generator Software Implementation Guide", sections 5.2 and 5.3).

/// The two instructions, one attempt each: nil if the processor had nothing ready.
public protocol RandomInstructions {
  /// Whether there is RDSEED.
  var hasSeed: Bool { get }
  /// Whether there is RDRAND.
  var hasRandom: Bool { get }
  /// RDSEED once.
  func seed() -> UInt64?
  /// RDRAND once.
  func random() -> UInt64?
  /// A moment's rest, so that the source can fill up again.
  func pause()
}

/// 512 bits from the processor, and what it took to get them.
public struct ProcessorEntropy {
  /// Words taken from RDSEED, and from RDRAND.
  public private(set) var seeds = 0
  public private(set) var randoms = 0
  /// Attempts that gave nothing, or nothing to be believed.
  public private(set) var failedSeeds = 0
  public private(set) var failedRandoms = 0
  /// Whether RDSEED is there and failed for so long that RDRAND is asked instead.
  public private(set) var hasGivenUpSeed = false
  private var last: UInt64 = 0

  /// Attempts at one word: for RDSEED, which many cores may have emptied, and as many as the
  /// makers recommend for RDRAND.
  public static var seedAttempts: Int { 100 }
  public static var randomAttempts: Int { 10 }
  private static var words: Int { 8 }

  /// Nothing taken yet.
  public init() {}

  /// Has `mixer` take in 512 bits, from RDSEED where there is one that works; false if neither
  /// instruction gives that much. At most some 900 attempts.
  public mutating func absorb(
    _ instructions: some RandomInstructions, into mixer: inout SeedMixer
  ) -> Bool {
    for _ in 0..<Self.words {
      guard let word = seed(instructions) ?? random(instructions) else { return false }
      mixer.absorb(word)
      last = word
    }
    return true
  }

  private mutating func seed(_ instructions: some RandomInstructions) -> UInt64? {
    guard instructions.hasSeed, !hasGivenUpSeed else { return nil }
    for _ in 0..<Self.seedAttempts {
      if let word = instructions.seed(), isCredible(word) {
        seeds += 1
        return word
      }
      failedSeeds += 1
      instructions.pause()
    }
    hasGivenUpSeed = true
    return nil
  }

  private mutating func random(_ instructions: some RandomInstructions) -> UInt64? {
    guard instructions.hasRandom else { return nil }
    for _ in 0..<Self.randomAttempts {
      if let word = instructions.random(), isCredible(word) {
        randoms += 1
        return word
      }
      failedRandoms += 1
    }
    return nil
  }

  /// Some processors have given the same word for ever, zeros, or after a sleep all ones, and said
  /// that all is well. A good word is taken for a bad one once in 2^62 times.
  private func isCredible(_ word: UInt64) -> Bool { word != last && word != 0 && word != .max }
}
