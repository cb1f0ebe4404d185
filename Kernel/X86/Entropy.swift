// Where randomness comes from: the processor's generator (RDSEED, RDRAND: AMD APM volume 3), else
// the host's through virtio-rng, else what can be scraped together, with a warning. Only an image
// that asks for random numbers carries this; Swift's hashing seed is content with
// `X86Machine.entropy`.

internal import CX86
internal import Log
public import Random
internal import Virtio

/// The machine's sources of randomness.
public enum Entropy {
  /// A seed of 256 bits from the best source there is. Costs microseconds, or a round trip to the
  /// host. Warns in the log if there is no source.
  public static func seed() -> ChaCha20.Key {
    var mixer = SeedMixer()
    mixer.absorb(x86_timestamp())
    if !absorbProcessor(&mixer), !absorbDevice(&mixer) {
      scrape(&mixer)
      Log.write(
        .warning, "random: no source (RDSEED, RDRAND, virtio-rng): numbers can be guessed")
    }
    return mixer.seed()
  }

  /// 512 bits from the processor; false if it has no generator, or none that works, of which the
  /// log tells.
  private static func absorbProcessor(_ mixer: inout SeedMixer) -> Bool {
    let instructions = Instructions()
    var entropy = ProcessorEntropy()
    let isDone = entropy.absorb(instructions, into: &mixer)
    processor = entropy
    if !isDone, instructions.hasSeed || instructions.hasRandom {
      Log.write(.warning, "random: the processor's generator gives nothing to be believed")
    } else if entropy.hasGivenUpSeed {
      Log.write(.warning, "random: RDSEED gives nothing to be believed, RDRAND is asked instead")
    }
    return isDone
  }

  // Safety: written by `seed`, which the one core calls outside interrupt handlers.
  /// What the processor gave for the latest seed, and how often it failed to.
  public private(set) nonisolated(unsafe) static var processor = ProcessorEntropy()

  private struct Instructions: RandomInstructions {
    let hasSeed = x86_cpuid(0, 0).eax >= 7 && x86_cpuid(7, 0).ebx >> 18 & 1 == 1
    let hasRandom = x86_cpuid(1, 0).ecx >> 30 & 1 == 1

    func seed() -> UInt64? {
      var word: UInt64 = 0
      return x86_random_seed(&word) != 0 ? word : nil
    }

    func random() -> UInt64? {
      var word: UInt64 = 0
      return x86_random(&word) != 0 ? word : nil
    }

    func pause() { x86_pause() }
  }

  /// 512 bits from the host; false if it has no such device, or the device fails.
  private static func absorbDevice(_ mixer: inout SeedMixer) -> Bool {
    guard let device = VirtioDrivers.entropy() else { return false }
    var words = [8 of UInt64](repeating: 0)
    // Safety: the bytes are the words' own, and the call ends before they do.
    let count = withUnsafeMutableBytes(of: &words) { device.read(into: $0) }
    for index in 0..<8 { mixer.absorb(words[index]) }
    return count == 64
  }

  /// The time of day and the jitter of device accesses: better than the same for every boot.
  private static func scrape(_ mixer: inout SeedMixer) {
    // Time and date of the clock: MC146818A data sheet, table 3.
    for register in UInt8(0)..<10 {
      x86_out8(0x70, register)
      mixer.absorb(UInt64(x86_in8(0x71)) << 56 ^ x86_timestamp())
    }
    mixer.absorb(x86_load64(x86_boot_timestamp_address()))
    for _ in 0..<256 {
      _ = x86_in8(0x71)
      mixer.absorb(x86_timestamp())
    }
  }
}
