// Small helpers that the packets share. They compare and cut bytes, not strings, so that a kernel
// that links this module needs no Unicode tables.

internal import Bytes

extension [UInt8] {
  /// Whether the bytes begin with those of `text`.
  func starts(withText text: String) -> Bool { starts(with: text.utf8) }

  /// Whether the bytes are exactly those of `text`.
  func equals(text: String) -> Bool { elementsEqual(text.utf8) }

  /// Appends the bytes of `text`.
  mutating func append(text: String) { append(contentsOf: text.utf8) }

  /// Appends `number` in hexadecimal without leading zeros.
  mutating func append(hex number: UInt64) {
    var shift = 60
    while shift > 0, number >> UInt64(shift) & 15 == 0 { shift -= 4 }
    while shift >= 0 {
      append(Hex.digit(UInt8(truncatingIfNeeded: number >> UInt64(shift))))
      shift -= 4
    }
  }

  /// Appends two hexadecimal digits for each byte.
  mutating func append(hexOf bytes: some Sequence<UInt8>) {
    for byte in bytes {
      append(Hex.digit(byte >> 4))
      append(Hex.digit(byte))
    }
  }
}

extension ArraySlice<UInt8> {
  /// Cuts the slice at every `separator`; empty pieces are kept, pieces beyond `limit` dropped.
  func pieces(separatedBy separator: UInt8, limit: Int = 4096) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = startIndex
    for index in indices where self[index] == separator {
      guard pieces.count < limit else { return pieces }
      pieces.append(self[start..<index])
      start = index + 1
    }
    if pieces.count < limit { pieces.append(self[start...]) }
    return pieces
  }

  /// Whether the slice is exactly the bytes of `text`.
  func equals(text: String) -> Bool { elementsEqual(text.utf8) }
}
