// Text in the agent's replies, without the string library.

extension Array where Element == UInt8 {
  /// Appends constant text.
  @inline(never)
  mutating func append(words: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount))
  }
}

extension ArraySlice where Element == UInt8 {
  /// Whether these are the bytes of constant text.
  func equals(words: StaticString) -> Bool {
    count == words.utf8CodeUnitCount && begins(withWords: words)
  }

  /// Whether constant text comes first.
  @inline(never)
  func begins(withWords words: StaticString) -> Bool {
    guard count >= words.utf8CodeUnitCount else { return false }
    for index in 0..<words.utf8CodeUnitCount
    where self[startIndex + index] != words.utf8Start[index] { return false }
    return true
  }
}
