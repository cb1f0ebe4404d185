// Small helpers that the packets share. They compare and cut bytes, not strings, so that a kernel
// that links this module needs no Unicode tables. What stands in dozens of places is not inlined
// into them: it would be most of the stub.

internal import Bytes

extension [UInt8] {
  /// Whether the bytes begin with those of `text`.
  func starts(withText text: String) -> Bool { starts(with: text.utf8) }

  /// Whether the bytes are exactly those of `text`.
  func equals(text: String) -> Bool { elementsEqual(text.utf8) }

  /// Appends a byte. `append` itself makes the code of growing part of each place.
  @inline(never)
  public mutating func put(_ byte: UInt8) { append(byte) }

  /// Removes all bytes, and keeps the room.
  @inline(never)
  public mutating func clear() { removeAll(keepingCapacity: true) }

  /// Appends the bytes of `text`.
  @inline(never)
  mutating func append(text: String) {
    let bytes = text.utf8.span
    for index in bytes.indices { put(bytes[index]) }
  }

  /// Appends `number` in hexadecimal without leading zeros.
  @inline(never)
  public mutating func append(hex number: UInt64) {
    var shift = 60
    while shift > 0, number >> UInt64(shift) & 15 == 0 { shift -= 4 }
    while shift >= 0 {
      put(Hex.digit(UInt8(truncatingIfNeeded: number >> UInt64(shift))))
      shift -= 4
    }
  }

  /// Appends `number` in decimal.
  @inline(never)
  public mutating func append(decimal number: UInt64) {
    Decimal.forEachDigit(of: number) { put($0) }
  }

  /// Appends two hexadecimal digits for each byte.
  @inline(never)
  mutating func append(hexOf bytes: some Sequence<UInt8>) {
    for byte in bytes {
      put(Hex.digit(byte >> 4))
      put(Hex.digit(byte))
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
  func equals(text: String) -> Bool { text.utf8.count == count && starts(withText: text) }

  /// Whether the slice begins with the bytes of `text`.
  @inline(never)
  func starts(withText text: String) -> Bool {
    let bytes = text.utf8.span
    guard count >= bytes.count else { return false }
    for index in bytes.indices where self[startIndex + index] != bytes[index] { return false }
    return true
  }
}
