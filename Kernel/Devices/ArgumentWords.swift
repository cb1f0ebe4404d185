// The words of a kernel's command line, as an application gets them.

/// Splits a command line into words.
///
/// Words are separated by blanks. A word in double quotes may have blanks in it, and is the
/// application's whatever it says; there \" stands for a quote and \\ for a backslash. Words that
/// begin with `virtio_mmio.device=` or `porthole.` without quotes are the platform's.
public struct ArgumentWords: Sequence, IteratorProtocol {
  // Safety: whoever makes the iterator sees to it that the bytes stay.
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  /// The words of `bytes`, which must stay while they are read.
  public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// What a word of the platform's has after `name`, its beginning; nil if there is no such word.
  public static func option(_ name: StaticString, in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    var reader = ArgumentWords(bytes)
    while let (word, isQuoted) = reader.nextWord() {
      if !isQuoted, begins(word, with: name) {
        return Array(word.dropFirst(name.utf8CodeUnitCount))
      }
    }
    return nil
  }

  /// The next word of the application; nil at the end.
  public mutating func next() -> String? {
    while let (word, isQuoted) = nextWord() {
      if isQuoted || !Self.isPlatforms(word) { return String(decoding: word, as: UTF8.self) }
    }
    return nil
  }

  private mutating func nextWord() -> (word: [UInt8], isQuoted: Bool)? {
    while offset < bytes.count, Self.isBlank(bytes[offset]) { offset += 1 }
    guard offset < bytes.count else { return nil }
    let quote = UInt8(ascii: "\"")
    let backslash = UInt8(ascii: "\\")
    let startsQuoted = bytes[offset] == quote
    var word: [UInt8] = []
    var isInside = false
    while offset < bytes.count, isInside || !Self.isBlank(bytes[offset]) {
      var byte = bytes[offset]
      offset += 1
      if byte == quote {
        isInside.toggle()
        continue
      }
      if isInside, byte == backslash, offset < bytes.count,
        bytes[offset] == quote || bytes[offset] == backslash
      {
        byte = bytes[offset]
        offset += 1
      }
      word.append(byte)
    }
    return (word, startsQuoted)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte >= 9 && byte <= 13 }

  private static func isPlatforms(_ word: [UInt8]) -> Bool {
    begins(word, with: "virtio_mmio.device=") || begins(word, with: "porthole.")
  }

  private static func begins(_ word: [UInt8], with prefix: StaticString) -> Bool {
    guard word.count >= prefix.utf8CodeUnitCount else { return false }
    for index in 0..<prefix.utf8CodeUnitCount where word[index] != prefix.utf8Start[index] {
      return false
    }
    return true
  }
}
