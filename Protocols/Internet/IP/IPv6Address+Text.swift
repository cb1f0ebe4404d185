// The text of addresses (RFC 4291, section 2.2), as it is written here by RFC 5952.

extension IPv6Address {
  /// Reads any form of RFC 4291, section 2.2, without a zone; nil for anything else.
  public init?(_ text: some Sequence<UInt8>) {
    let bytes = Array(text)
    guard bytes.count <= 45 else { return nil }
    var groups: [UInt16] = []
    /// How many groups come before `::`.
    var gap: Int?
    var at = 0
    if bytes.first == 0x3a {
      guard bytes.count >= 2, bytes[1] == 0x3a else { return nil }
      (gap, at) = (0, 2)
    }
    while at < bytes.count {
      guard groups.count < 8 else { return nil }
      let end = bytes[at...].firstIndex(of: 0x3a) ?? bytes.count
      if bytes[at..<end].contains(0x2e) {
        // The last 32 bits as IPv4 has them.
        guard end == bytes.count, groups.count <= 6, let last = IPv4Address(bytes[at...]) else {
          return nil
        }
        groups += [UInt16(last.bits >> 16), UInt16(truncatingIfNeeded: last.bits)]
        break
      }
      guard let group = Self.group(bytes[at..<end]) else { return nil }
      groups.append(group)
      at = end + 1
      guard end < bytes.count else { break }
      // A colon is followed by a group, or by another one.
      guard at < bytes.count else { return nil }
      guard bytes[at] == 0x3a else { continue }
      guard gap == nil else { return nil }
      gap = groups.count
      at += 1
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for index in 0..<4 {
      words.0 = words.0 << 16 | UInt64(groups[index])
      words.1 = words.1 << 16 | UInt64(groups[index + 4])
    }
    self.init(high: words.0, low: words.1)
  }

  private static func group(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(digits.count) else { return nil }
    var value: UInt16 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt16(digit &- 0x30)
      case 0x41...0x46: value = value << 4 | UInt16(digit &- 0x37)
      case 0x61...0x66: value = value << 4 | UInt16(digit &- 0x57)
      default: return nil
      }
    }
    return value
  }

  private func group(_ index: Int) -> UInt64 {
    let word = index < 4 ? high : low
    return word >> UInt64(16 &* (3 &- index & 3)) & 0xffff
  }
}

extension IPv6Address: CustomStringConvertible {
  /// The text of RFC 5952: the first of the longest runs of zeros, of two groups at least, as `::`.
  public var description: String {
    // Section 5: an address that is known to hold one of IPv4 shows it.
    if high == 0, low >> 32 == 0xffff {
      return "::ffff:\(IPv4Address(bits: UInt32(truncatingIfNeeded: low)))"
    }
    var best = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || group(index) != 0 {
      if index - start > max(best.count, 1) { best = start..<index }
      start = index + 1
    }
    var text = ""
    var index = 0
    while index < 8 {
      if index == best.lowerBound, !best.isEmpty {
        text += "::"
        index = best.upperBound
        continue
      }
      if index > 0, best.isEmpty || index != best.upperBound { text += ":" }
      text += String(group(index), radix: 16)
      index += 1
    }
    return text
  }
}
