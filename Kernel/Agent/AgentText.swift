// Text in the agent's replies, without the string library.

extension Array where Element == UInt8 {
  /// Appends constant text.
  @inline(never)
  mutating func append(words: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount))
  }

  /// Appends a number in decimal.
  @inline(never)
  mutating func append(decimal number: UInt64) {
    var unit: UInt64 = 1
    while number / unit >= 10 { unit *= 10 }
    while unit > 0 {
      append(0x30 + UInt8(truncatingIfNeeded: number / unit % 10))
      unit /= 10
    }
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
