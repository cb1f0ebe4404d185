// The ChaCha20 block function, RFC 8439 section 2.3: what makes many random bytes of a few.

/// The ChaCha20 stream cipher's block function.
public enum ChaCha20 {
  /// 256 bits, as eight little-endian words.
  public typealias Key = [8 of UInt32]
  /// 512 bits, as sixteen little-endian words.
  public typealias Block = [16 of UInt32]

  /// The block number `counter` under `key` and `nonce`. Takes the same time for all inputs.
  public static func block(
    key: Key, counter: UInt32, nonce: [3 of UInt32] = [0, 0, 0]
  ) -> Block {
    var start = Block(repeating: 0)
    // "expand 32-byte k"
    (start[0], start[1], start[2], start[3]) = (0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574)
    for index in 0..<8 { start[4 + index] = key[index] }
    start[12] = counter
    for index in 0..<3 { start[13 + index] = nonce[index] }
    var state = start
    for _ in 0..<10 {
      quarterRound(&state, 0, 4, 8, 12)
      quarterRound(&state, 1, 5, 9, 13)
      quarterRound(&state, 2, 6, 10, 14)
      quarterRound(&state, 3, 7, 11, 15)
      quarterRound(&state, 0, 5, 10, 15)
      quarterRound(&state, 1, 6, 11, 12)
      quarterRound(&state, 2, 7, 8, 13)
      quarterRound(&state, 3, 4, 9, 14)
    }
    for index in 0..<16 { state[index] = state[index] &+ start[index] }
    return state
  }

  /// Section 2.1.
  private static func quarterRound(_ state: inout Block, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
    mix(&state, a, b, d, 16)
    mix(&state, c, d, b, 12)
    mix(&state, a, b, d, 8)
    mix(&state, c, d, b, 7)
  }

  /// `x += y; z = rotated(z ^ x)`.
  @inline(__always)
  private static func mix(_ state: inout Block, _ x: Int, _ y: Int, _ z: Int, _ turn: UInt32) {
    state[x] = state[x] &+ state[y]
    let bits = state[z] ^ state[x]
    state[z] = bits &<< turn | bits &>> (32 &- turn)
  }
}
