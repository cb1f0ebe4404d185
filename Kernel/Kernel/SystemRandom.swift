// Random numbers. Seeded when the first is asked for; an image that asks for none has none of it.

internal import Random

// Safety: used by the one core outside interrupt handlers only; seeded on first use.
nonisolated(unsafe) private var generator = RandomGenerator(seed: platformSeed())

extension System {
  /// 64 random bits, fit for keys if the machine has a source of randomness: RDSEED or RDRAND,
  /// virtio-rng, or the host. If it has none, the first call warns in the log.
  ///
  /// Costs about 700 instructions, the first call microseconds. Swift's own `Int.random(in:)` is
  /// cheaper, and not fit for keys where the processor has no RDRAND.
  public static func random() -> UInt64 { generator.next() }

  /// Fills `bytes` with random bytes as good as `random()`'s. Allocates nothing.
  public static func random(into bytes: UnsafeMutableRawBufferPointer) { generator.fill(bytes) }
}
