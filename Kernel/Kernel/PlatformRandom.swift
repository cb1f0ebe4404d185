// The seed of the instance's random numbers.

internal import Random

#if BAREMETAL
internal import X86

/// A seed from the machine's sources.
func platformSeed() -> ChaCha20.Key { Entropy.seed() }
#else
internal import Machine

/// A seed from the host's generator.
func platformSeed() -> ChaCha20.Key {
  var mixer = SeedMixer()
  for _ in 0..<8 { mixer.absorb(platform.entropy()) }
  return mixer.seed()
}
#endif
