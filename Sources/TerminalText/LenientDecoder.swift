/// A UTF-8 decoder that hands on what it cannot decode, byte by byte, instead of replacing it.
///
/// Overlong forms, surrogates and values over U+10FFFF count as undecodable (Unicode 15, 3.9).
struct LenientDecoder {
  /// What came out: a scalar, or a byte that belongs to none.
  enum Unit: Equatable {
    case scalar(Unicode.Scalar)
    case byte(UInt8)
  }

  private var pending: [UInt8] = []
  private var missing = 0

  /// Whether no sequence has begun.
  var isIdle: Bool { missing == 0 }

  /// Takes one byte; calls `emit` for whatever is complete now.
  mutating func received(_ byte: UInt8, _ emit: (Unit) -> Void) {
    if missing > 0 {
      if byte & 0xc0 == 0x80, isAllowed(second: byte) {
        pending.append(byte)
        missing -= 1
        if missing == 0 { finish(emit) }
        return
      }
      ended(emit)
    }
    switch byte {
    case 0x00...0x7f: emit(.scalar(Unicode.Scalar(byte)))
    case 0xc2...0xdf: begin(byte, missing: 1)
    case 0xe0...0xef: begin(byte, missing: 2)
    case 0xf0...0xf4: begin(byte, missing: 3)
    default: emit(.byte(byte))
    }
  }

  /// Hands on the bytes of a sequence that ended too early.
  mutating func ended(_ emit: (Unit) -> Void) {
    for byte in pending { emit(.byte(byte)) }
    pending.removeAll(keepingCapacity: true)
    missing = 0
  }

  private mutating func begin(_ byte: UInt8, missing count: Int) {
    pending.append(byte)
    missing = count
  }

  /// Whether a continuation byte may stand second after the lead byte held.
  private func isAllowed(second byte: UInt8) -> Bool {
    guard pending.count == 1 else { return true }
    switch pending[0] {
    case 0xe0: return byte >= 0xa0
    case 0xed: return byte <= 0x9f
    case 0xf0: return byte >= 0x90
    case 0xf4: return byte <= 0x8f
    default: return true
    }
  }

  private mutating func finish(_ emit: (Unit) -> Void) {
    var value = UInt32(pending[0]) & (0x7f >> UInt32(pending.count))
    for byte in pending.dropFirst() { value = value << 6 | UInt32(byte & 0x3f) }
    if let scalar = Unicode.Scalar(value) {
      emit(.scalar(scalar))
      pending.removeAll(keepingCapacity: true)
    } else {
      ended(emit)
    }
  }
}
