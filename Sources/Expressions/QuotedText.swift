// Characters and strings as gdb quotes them: C's escapes, runs of a character folded, at most 200
// elements shown.

internal import Bytes

enum QuotedText {
  /// gdb's `print elements`.
  static let limit = 200
  /// gdb's `print repeats`: longer runs are folded.
  static let threshold = 10

  /// Returns `'a'`, `'\n'`, `'\303'`.
  static func character(_ byte: UInt8) -> String { "'" + escaped(byte, quote: "'") + "'" }

  private static func escaped(_ byte: UInt8, quote: Unicode.Scalar) -> String {
    switch byte {
    case 7: return "\\a"
    case 8: return "\\b"
    case 9: return "\\t"
    case 10: return "\\n"
    case 11: return "\\v"
    case 12: return "\\f"
    case 13: return "\\r"
    case UInt8(ascii: "\\"): return "\\\\"
    case 0x20..<0x7f:
      let scalar = Unicode.Scalar(byte)
      return scalar == quote ? "\\\(scalar)" : "\(scalar)"
    default:
      let digits = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }
  }

  /// Returns the elements as a quoted string, folding long runs: `'a' <repeats 44 times>, "b"`.
  static func string(_ bytes: ArraySlice<UInt8>, isElided: Bool) -> String {
    if bytes.isEmpty { return "\"\"" + (isElided ? "..." : "") }
    var parts: [String] = []
    var open: String?
    var shown = 0
    var index = bytes.startIndex
    while index < bytes.endIndex, shown < limit {
      let (element, length) = element(bytes, at: index)
      var run = 1
      var next = index + length
      while next + length <= bytes.endIndex,
        bytes[next..<(next + length)] == bytes[index..<(index + length)]
      {
        run += 1
        next += length
      }
      if run > threshold {
        if let text = open { parts.append("\"\(text)\"") }
        open = nil
        let quoted = element == "\"" || element == "\\\"" ? "\"" : element == "'" ? "\\'" : element
        parts.append("'\(quoted)' <repeats \(run) times>")
        index = next
        shown += threshold
      } else {
        open = (open ?? "") + element
        index += length
        shown += 1
      }
    }
    if let text = open { parts.append("\"\(text)\"") }
    return parts.joined(separator: ", ") + (isElided || index < bytes.endIndex ? "..." : "")
  }

  /// One character as it stands in quotes, and its bytes: a whole UTF-8 sequence where it is one.
  private static func element(
    _ bytes: ArraySlice<UInt8>, at index: Int
  ) -> (text: String, length: Int) {
    let byte = bytes[index]
    let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
    if byte >= 0xc2, index + length <= bytes.endIndex {
      let text = String(decoding: bytes[index..<(index + length)], as: UTF8.self)
      if let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1,
        scalar.value >= 0xa0, scalar != "\u{fffd}"
      {
        return (text, length)
      }
    }
    return (escaped(byte, quote: "\""), 1)
  }

  /// Reads bytes up to a zero byte, at most `limit + 1` of them; `nil` if the first is unreadable.
  static func read(
    at address: Address, _ readMemory: (Address, Int) -> [UInt8]?
  ) -> (bytes: [UInt8], isTerminated: Bool)? {
    var bytes: [UInt8] = []
    var position = address
    while bytes.count < limit {
      // Up to the next multiple of 64, so that no read crosses into an unmapped page.
      let count = min(64 - Int(position.value & 63), limit - bytes.count)
      guard let chunk = readMemory(position, count) ?? each(count, from: position, readMemory)
      else { return bytes.isEmpty ? nil : (bytes, false) }
      if let end = chunk.firstIndex(of: 0) { return (bytes + chunk[..<end], true) }
      bytes += chunk
      if chunk.count < count { return (bytes, false) }
      position = position.advanced(by: UInt64(count))
    }
    return (bytes, readMemory(position, 1) == [0])
  }

  /// Where memory ends inside a chunk, the bytes before that; `nil` if there are none.
  private static func each(
    _ count: Int, from address: Address, _ readMemory: (Address, Int) -> [UInt8]?
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count,
      let byte = readMemory(address.advanced(by: UInt64(bytes.count)), 1)?.first
    {
      bytes.append(byte)
      if byte == 0 { break }
    }
    return bytes.isEmpty ? nil : bytes
  }
}
