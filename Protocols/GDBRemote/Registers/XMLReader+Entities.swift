extension XMLReader {
  /// Resolves the predefined entities and numeric ones below 128; others stay as they are.
  static func resolve(_ text: ArraySlice<UInt8>) -> [UInt8] {
    guard text.contains(0x26) else { return Array(text) }
    var result: [UInt8] = []
    var index = text.startIndex
    while index < text.endIndex {
      let window = text[index..<min(index + 8, text.endIndex)]
      if text[index] == 0x26, let end = window.firstIndex(of: 0x3b),
        let byte = value(of: text[(index + 1)..<end])
      {
        result.append(byte)
        index = end + 1
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }

  private static func value(of entity: ArraySlice<UInt8>) -> UInt8? {
    if entity.equals(text: "lt") { return 0x3c }
    if entity.equals(text: "gt") { return 0x3e }
    if entity.equals(text: "amp") { return 0x26 }
    if entity.equals(text: "quot") { return 0x22 }
    if entity.equals(text: "apos") { return 0x27 }
    guard entity.first == 0x23 else { return nil }
    let digits = entity.dropFirst()
    let number =
      digits.first == 0x78 ? Number.hexadecimal(digits.dropFirst()) : Number.decimal(digits)
    guard let number, number > 0, number < 128 else { return nil }
    return UInt8(number)
  }
}
