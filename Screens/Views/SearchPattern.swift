internal import Bytes

/// What a person may type to look for bytes.
enum SearchPattern {
  /// Returns the bytes of `hex: 48 89 e5`, of `0x1234` (little-endian, as many bytes as digits
  /// say), of `"text"` or of text as it is; `nil` if there are none.
  static func bytes(_ pattern: String) -> [UInt8]? {
    if pattern.hasPrefix("hex:") {
      let digits = pattern.dropFirst(4).filter { $0 != " " }
      guard let bytes = Hex.decode(digits.utf8), !bytes.isEmpty else { return nil }
      return bytes
    }
    if pattern.hasPrefix("0x"), let value = Hex.number(pattern.utf8.dropFirst(2)) {
      let count = max(1, (pattern.utf8.count - 2 + 1) / 2)
      return (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    var text = pattern[...]
    if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
      text = text.dropFirst().dropLast()
    }
    return text.isEmpty ? nil : Array(text.utf8)
  }
}
