// Which of the processor's generators is asked, how often, and what is believed of it.

import Glibc
import Random
import Testing
import X86

/// A processor that gives what a test says; each attempt is counted.
private final class FakeInstructions: RandomInstructions {
  var hasSeed = true
  var hasRandom = true
  var seedAttempts = 0
  var randomAttempts = 0
  var pauses = 0
  /// What the nth attempt gives, from 1 on.
  var seedGives: (Int) -> UInt64? = { 0x5eed_0000 + UInt64($0) }
  var randomGives: (Int) -> UInt64? = { 0xa11d_0000 + UInt64($0) }

  func seed() -> UInt64? {
    seedAttempts += 1
    return seedGives(seedAttempts)
  }
  func random() -> UInt64? {
    randomAttempts += 1
    return randomGives(randomAttempts)
  }
  func pause() { pauses += 1 }
}

@Suite("Entropy of the processor")
struct ProcessorEntropyTests {
  private func run(
    _ instructions: FakeInstructions
  ) -> (isDone: Bool, taken: ProcessorEntropy, key: [UInt32]) {
    var mixer = SeedMixer()
    var entropy = ProcessorEntropy()
    let isDone = entropy.absorb(instructions, into: &mixer)
    let key = mixer.seed()
    return (isDone, entropy, (0..<8).map { key[$0] })
  }

  /// What a mixer makes of exactly these samples.
  private func mixed(_ samples: [UInt64]) -> [UInt32] {
    var mixer = SeedMixer()
    for sample in samples { mixer.absorb(sample) }
    let key = mixer.seed()
    return (0..<8).map { key[$0] }
  }

  @Test("RDSEED alone is asked where it works, and every word of it counts")
  func preferred() {
    let processor = FakeInstructions()
    let (isDone, taken, key) = run(processor)
    #expect(isDone && taken.seeds == 8 && taken.randoms == 0)
    #expect(processor.seedAttempts == 8 && processor.randomAttempts == 0)
    #expect(key == mixed((1...8).map { 0x5eed_0000 + $0 }))
  }

  @Test("a source that is now and then empty is asked again, and the failures are counted")
  func patient() {
    let processor = FakeInstructions()
    processor.seedGives = { $0 % 100 == 0 ? UInt64($0) : nil }
    let (isDone, taken, key) = run(processor)
    #expect(isDone && taken.seeds == 8 && taken.failedSeeds == 8 * 99 && !taken.hasGivenUpSeed)
    #expect(processor.randomAttempts == 0 && processor.pauses == 8 * 99)
    #expect(key == mixed((1...8).map { $0 * 100 }))
  }

  @Test("what RDSEED must not give for ever", arguments: [nil, 0, .max, 7] as [UInt64?])
  func fallsBack(stuck: UInt64?) {
    let processor = FakeInstructions()
    processor.seedGives = { _ in stuck }
    let (isDone, taken, _) = run(processor)
    // The first 7 is as good as any word.
    let believed = stuck == 7 ? 1 : 0
    #expect(isDone && taken.seeds == believed && taken.randoms == 8 - believed)
    #expect(taken.hasGivenUpSeed && taken.failedSeeds == 100)
    #expect(processor.seedAttempts == 100 + believed, "it was asked again, in vain")
  }

  @Test("RDRAND is asked ten times a word, and then there is no answer")
  func exhausted() {
    let processor = FakeInstructions()
    processor.seedGives = { _ in nil }
    processor.randomGives = { $0 <= 3 ? UInt64($0) : nil }
    let (isDone, taken, _) = run(processor)
    #expect(!isDone && taken.randoms == 3 && taken.failedRandoms == 10)
    #expect(processor.seedAttempts == 100 && processor.randomAttempts == 13)
  }

  @Test("an instruction that the processor does not have is never executed")
  func absent() {
    let old = FakeInstructions()
    old.hasSeed = false
    #expect(run(old).isDone && old.seedAttempts == 0 && old.randomAttempts == 8)
    let older = FakeInstructions()
    (older.hasSeed, older.hasRandom) = (false, false)
    #expect(!run(older).isDone && older.seedAttempts + older.randomAttempts == 0)
    let odd = FakeInstructions()
    odd.hasRandom = false
    odd.seedGives = { _ in nil }
    #expect(!run(odd).isDone && odd.randomAttempts == 0)
  }

  /// Whether Linux says that this computer's processor has it.
  private static let computerHasSeed: Bool = {
    let file = open("/proc/cpuinfo", O_RDONLY)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = Swift.max(Glibc.read(file, &bytes, bytes.count), 0)
    let words = String(decoding: bytes[..<count], as: UTF8.self).split { " \n".contains($0) }
    return words.contains("rdseed")
  }()

  @Test("RDSEED itself gives words, others each time", .enabled(if: computerHasSeed))
  func real() {
    let seeds = (0..<4).map { _ in
      let key = Entropy.seed()
      #expect(Entropy.processor.seeds > 0)
      #expect(Entropy.processor.seeds + Entropy.processor.randoms == 8)
      return (0..<8).map { key[$0] }
    }
    #expect(Set(seeds).count == 4)
  }
}
