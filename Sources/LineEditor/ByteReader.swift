internal import Glibc

/// Bytes from a descriptor, taken as characters or as lines.
struct ByteReader {
  let descriptor: Int32
  private var bytes: [UInt8] = []
  private var position = 0
  private(set) var isAtEnd = false
  /// The longest line that is read whole; a longer one is cut.
  private static let longest = 1 << 20

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Reads what is there, waiting for at least one byte; false at the end or after an error.
  mutating func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 4096)
    // Safety: `read` fills at most `chunk.count` bytes of the array it is given.
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return true }
    guard count > 0 else {
      isAtEnd = true
      return false
    }
    bytes.removeFirst(position)
    position = 0
    bytes += chunk[..<count]
    return true
  }

  /// The next character; `nil` if it is not wholly there. Bytes that are no UTF-8 become U+FFFD.
  mutating func takeScalar() -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    let first = bytes[position]
    let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
    guard position + length <= bytes.count || isAtEnd else { return nil }
    let end = min(bytes.count, position + length)
    let text = String(decoding: bytes[position..<end], as: UTF8.self)
    guard let scalar = text.unicodeScalars.first else { return nil }
    position += scalar == "\u{fffd}" ? 1 : scalar.utf8.count
    return scalar
  }

  /// The next line without its end; `nil` if it is not wholly there.
  mutating func takeLine() -> String? {
    let rest = bytes[position...]
    let isTooLong = rest.count > Self.longest
    guard let end = rest.firstIndex(of: 10) ?? (isTooLong ? rest.endIndex : nil) else {
      return nil
    }
    position = min(bytes.count, end + 1)
    return Self.text(rest[..<end])
  }

  /// What is left after the last line's end; `nil` if nothing is.
  mutating func takeRest() -> String? {
    guard position < bytes.count else { return nil }
    let rest = bytes[position...]
    position = bytes.count
    return Self.text(rest)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.last == 13 ? bytes.dropLast() : bytes, as: UTF8.self)
  }
}
