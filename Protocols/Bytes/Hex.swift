/// Hexadecimal text, as bytes and as strings. Never traps on outside input.
public enum Hex {
  /// Returns the value of one ASCII hexadecimal digit, or `nil` for any other byte.
  @inlinable
  public static func value(ofDigit byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte &- 0x30
    case 0x41...0x46: byte &- 0x41 &+ 10
    case 0x61...0x66: byte &- 0x61 &+ 10
    default: nil
    }
  }

  /// Returns the lower-case ASCII digit of the low four bits of `nibble`.
  @inlinable
  public static func digit(_ nibble: UInt8) -> UInt8 {
    let low = nibble & 15
    return low < 10 ? 0x30 &+ low : 0x61 &+ low &- 10
  }

  /// Returns `value` in lower-case digits, at least `width` of them.
  public static func digits(of value: UInt64, width: Int = 1) -> String {
    let text = String(value, radix: 16)
    let missing = width - text.utf8.count
    return missing > 0 ? String(repeating: "0", count: missing) + text : text
  }

  /// Returns two lower-case digits for each byte.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Returns the bytes that pairs of digits stand for, or `nil` if any character is no digit or
  /// their number is odd.
  public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text {
      guard let nibble = value(ofDigit: character) else { return nil }
      if let upper = high {
        bytes.append(upper << 4 | nibble)
        high = nil
      } else {
        high = nibble
      }
    }
    return high == nil ? bytes : nil
  }

  /// Returns the number that 1 to 16 digits stand for, or `nil` if there are none, too many, or
  /// any character is no digit.
  public static func number(_ text: some Sequence<UInt8>) -> UInt64? {
    var result: UInt64 = 0
    var count = 0
    for character in text {
      guard let nibble = value(ofDigit: character), count < 16 else { return nil }
      result = result << 4 | UInt64(nibble)
      count += 1
    }
    return count > 0 ? result : nil
  }
}
