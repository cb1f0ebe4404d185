internal import Bytes

/// Takes a request's arguments off its front, without copies. Nothing here traps.
struct PacketReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ rest: ArraySlice<UInt8>) { self.rest = rest }

  var isAtEnd: Bool { rest.isEmpty }

  /// Takes a hexadecimal number of 1 to 16 digits; nil, with nothing taken, if there is none.
  @inline(never)
  mutating func number() -> UInt64? {
    var value: UInt64 = 0
    var index = rest.startIndex
    while index < rest.endIndex, let digit = Hex.value(ofDigit: rest[index]) {
      guard index - rest.startIndex < 16 else { return nil }
      value = value << 4 | UInt64(digit)
      index += 1
    }
    guard index > rest.startIndex else { return nil }
    rest = rest[index...]
    return value
  }

  /// Takes `byte` if it comes next.
  @inline(never)
  mutating func take(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// Takes `text` if it comes next.
  @inline(never)
  mutating func take(text: String) -> Bool {
    guard rest.starts(withText: text) else { return false }
    rest = rest[(rest.startIndex + text.utf8.span.count)...]
    return true
  }

  /// Takes everything before `byte`, and that; nil, with nothing taken, if it does not come.
  @inline(never)
  mutating func taken(before byte: UInt8) -> ArraySlice<UInt8>? {
    guard let index = rest.firstIndex(of: byte) else { return nil }
    let part = rest[..<index]
    rest = rest[(index + 1)...]
    return part
  }

  /// Takes `ADDRESS,COUNT`.
  @inline(never)
  mutating func range() -> (address: Address, count: Int)? {
    guard let address = number(), take(Letter.comma), let count = number() else { return nil }
    return (Address(address), Int(clamping: count))
  }

  /// Takes a thread: `1f`, `p1.1f`, or 0 for any and -1 for all, which both give 0.
  @inline(never)
  mutating func thread() -> UInt64? {
    if take(Letter.p) {
      let process = take(0x2d) ? number().map { _ in 0 } : number()
      guard process != nil else { return nil }
      guard take(0x2e) else { return 0 }
    }
    if take(0x2d) { return number() == nil ? nil : 0 }
    return number()
  }

  /// Takes two hexadecimal digits.
  @inline(never)
  mutating func hexByte() -> UInt8? {
    guard rest.count >= 2, let high = Hex.value(ofDigit: rest[rest.startIndex]),
      let low = Hex.value(ofDigit: rest[rest.startIndex + 1])
    else { return nil }
    rest = rest.dropFirst(2)
    return high << 4 | low
  }

  /// Decodes what is left as hexadecimal into `bytes`; false if it is not whole.
  @inline(never)
  func decodeHex(into bytes: inout [UInt8]) -> Bool {
    bytes.clear()
    guard rest.count.isMultiple(of: 2) else { return false }
    var index = rest.startIndex
    while index < rest.endIndex {
      guard let high = Hex.value(ofDigit: rest[index]),
        let low = Hex.value(ofDigit: rest[index + 1])
      else { return false }
      bytes.put(high << 4 | low)
      index += 2
    }
    return true
  }
}
