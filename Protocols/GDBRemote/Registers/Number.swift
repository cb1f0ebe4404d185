internal import Bytes

/// Numbers as attributes spell them.
enum Number {
  /// Reads decimal digits, at most 19 of them.
  static func decimal(_ text: ArraySlice<UInt8>) -> UInt64? {
    guard (1...19).contains(text.count) else { return nil }
    var value: UInt64 = 0
    for byte in text {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value &* 10 &+ UInt64(byte &- 0x30)
    }
    return value
  }

  /// Reads hexadecimal digits, at most 16 of them.
  static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt64? { Hex.number(text) }

  /// Reads `0x` and hexadecimal digits, or decimal ones.
  static func either(_ text: ArraySlice<UInt8>) -> UInt64? {
    guard text.count > 2, text.first == 0x30, text.dropFirst().first == 0x78 else {
      return decimal(text)
    }
    return hexadecimal(text.dropFirst(2))
  }
}
