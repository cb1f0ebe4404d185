// The generator against RFC 8439's own figures and against what it must never do.

import Random
import Testing

@Suite("Random numbers")
struct RandomTests {
  @Test("the block function gives what RFC 8439, section 2.3.2 and appendix A.1 print")
  func vectors() {
    var key = ChaCha20.Key(repeating: 0)
    let zero = ChaCha20.block(key: key, counter: 0)
    let appendix: [UInt32] = [
      0xade0_b876, 0x903d_f1a0, 0xe56a_5d40, 0x28bd_8653, 0xb819_d2bd, 0x1aed_8da0, 0xccef_36a8,
      0xc70d_778b, 0x7c59_41da, 0x8d48_5751, 0x3fe0_2477, 0x374a_d8b8, 0xf4b8_436a, 0x1ca1_1815,
      0x69b6_87c3, 0x8665_eeb2,
    ]
    #expect((0..<16).map { zero[$0] } == appendix)
    for index in 0..<8 { key[index] = UInt32(index) * 0x0404_0404 &+ 0x0302_0100 }
    let block = ChaCha20.block(key: key, counter: 1, nonce: [0x0900_0000, 0x4a00_0000, 0])
    let section: [UInt32] = [
      0xe4e7_f110, 0x1559_3bd1, 0x1fdd_0f50, 0xc471_20a3, 0xc7f4_d1c7, 0x0368_c033, 0x9aaa_2204,
      0x4e6c_d4c3, 0x4664_82d2, 0x09aa_9f07, 0x05d7_c214, 0xa202_8bd9, 0xd19c_12b5, 0xb94e_16de,
      0xe883_d0cb, 0x4e3c_50a2,
    ]
    #expect((0..<16).map { block[$0] } == section)
  }

  private func bytes(_ generator: inout RandomGenerator, _ count: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    result.withUnsafeMutableBytes { generator.fill($0) }
    return result
  }

  @Test("the first request gives the first block's second half, then the blocks that follow")
  func layout() {
    let seed = ChaCha20.Key(repeating: 0)
    var generator = RandomGenerator(seed: seed)
    let stream = (0..<3).flatMap { counter in
      let block = ChaCha20.block(key: seed, counter: UInt32(counter))
      return (0..<16).flatMap { word in (0..<4).map { UInt8(block[word] >> (8 * $0) & 0xff) } }
    }
    #expect(bytes(&generator, 133) == Array(stream[32..<165]))
  }

  @Test("requests of every length are filled to the end and not beyond")
  func lengths() {
    var generator = RandomGenerator(seed: ChaCha20.Key(repeating: 7))
    for count in 0..<300 {
      var buffer = [UInt8](repeating: 0, count: count + 16)
      buffer.withUnsafeMutableBytes {
        generator.fill(UnsafeMutableRawBufferPointer(rebasing: $0[8..<8 + count]))
      }
      #expect(buffer.prefix(8).allSatisfy { $0 == 0 } && buffer.suffix(8).allSatisfy { $0 == 0 })
      let zeros = buffer.count { $0 == 0 } - 16
      #expect(zeros <= 3 + count / 20, "\(zeros) zeros in \(count)")
    }
  }

  @Test("no two requests give the same, and the bits are even")
  func distinct() {
    var generator = RandomGenerator(seed: ChaCha20.Key(repeating: 1))
    var seen: Set<UInt64> = []
    var ones = 0
    for _ in 0..<10_000 {
      let value = generator.next()
      ones += value.nonzeroBitCount
      #expect(seen.insert(value).inserted)
    }
    // Six standard deviations of 640,000 fair coins are 2,400.
    #expect(abs(ones - 320_000) < 2400)
  }

  @Test("every bit of every sample, their order and their number change the seed")
  func mixer() {
    func seed(_ samples: [UInt64]) -> [UInt32] {
      var mixer = SeedMixer()
      for sample in samples { mixer.absorb(sample) }
      let seed = mixer.seed()
      return (0..<8).map { seed[$0] }
    }
    let samples = (0..<9).map { UInt64($0) &* 0x9e37_79b9_7f4a_7c15 }
    var seen: Set<[UInt32]> = [seed(samples), seed(samples.reversed())]
    for position in 0..<9 {
      for bit in 0..<64 {
        var changed = samples
        changed[position] ^= 1 << UInt64(bit)
        #expect(seen.insert(seed(changed)).inserted)
      }
    }
    for count in 0..<9 { #expect(seen.insert(seed(Array(samples.prefix(count)))).inserted) }
    // One zero is the first sample alone, which was among those above.
    for count in 2..<9 {
      #expect(seen.insert(seed(Array(repeating: 0, count: count))).inserted)
    }
  }
}
