// What the receiver has: the words that were sent, by address. A hash table of fixed size, so that
// keeping it allocates nothing; what finds no room in it is not sent.

struct Shadow: Sendable {
  /// Addresses, 1 for an empty slot: no address of a word is odd.
  private var keys: [UInt64]
  private var values: [UInt64]
  private let shift: UInt64
  private var count = 0

  /// A table for three quarters of 2^`bits` words.
  init(bits: Int) {
    keys = [UInt64](repeating: 1, count: 1 << bits)
    values = [UInt64](repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  mutating func removeAll() {
    for slot in keys.indices { keys[slot] = 1 }
    count = 0
  }

  /// Where the word at `address` is kept, or would be.
  func slot(of address: UInt64) -> Int {
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: (address &* 0x9e37_79b9_7f4a_7c15) &>> shift)
    while keys[slot] != 1, keys[slot] != address { slot = (slot + 1) & mask }
    return slot
  }

  /// The word in a slot; nil if it is empty.
  subscript(slot: Int) -> UInt64? { keys[slot] == 1 ? nil : values[slot] }

  var isFull: Bool { count >= keys.count / 4 * 3 }

  /// Keeps a word in the slot that `slot(of:)` has told; an empty one is taken only if not `isFull`.
  mutating func set(_ slot: Int, _ address: UInt64, to value: UInt64) {
    if keys[slot] == 1 { count += 1 }
    keys[slot] = address
    values[slot] = value
  }
}
