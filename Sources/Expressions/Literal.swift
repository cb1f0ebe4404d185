/// Numbers as C writes them.
enum Literal {
  /// Returns the value of a whole literal, typed as gdb does; `nil` if it is none.
  static func number(_ word: String) -> Value? {
    let text = Array(word.utf8)
    if text.starts(with: "0x".utf8) || text.starts(with: "0X".utf8) {
      return integer(text.dropFirst(2), radix: 16)
    }
    if text.starts(with: "0b".utf8) || text.starts(with: "0B".utf8) {
      return integer(text.dropFirst(2), radix: 2)
    }
    let isFloat = text.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    if isFloat { return float(text) }
    if text.count > 1, text[0] == UInt8(ascii: "0") {
      return integer(text.dropFirst(), radix: 8)
    }
    return integer(text[...], radix: 10)
  }

  private static func float(_ text: [UInt8]) -> Value? {
    var digits = text[...]
    var isSingle = false
    if let last = digits.last, last | 0x20 == UInt8(ascii: "l") { digits.removeLast() }
    if let last = digits.last, last | 0x20 == UInt8(ascii: "f") {
      isSingle = true
      digits.removeLast()
    }
    guard var number = Double(String(decoding: digits, as: UTF8.self)) else { return nil }
    if isSingle {
      number = Double(Float(number))
      return Value(UInt64(Float(number).bitPattern), as: .float(size: 4))
    }
    return Value(number)
  }

  private static func integer(_ text: ArraySlice<UInt8>, radix: UInt64) -> Value? {
    var digits = text
    var isUnsigned = false
    var longs = 0
    while let last = digits.last {
      if last | 0x20 == UInt8(ascii: "u"), !isUnsigned {
        isUnsigned = true
      } else if last | 0x20 == UInt8(ascii: "l"), longs < 2 {
        longs += 1
      } else {
        break
      }
      digits.removeLast()
    }
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      let number: UInt64
      switch digit {
      case 0x30...0x39: number = UInt64(digit - 0x30)
      case 0x41...0x46: number = UInt64(digit - 0x41 + 10)
      case 0x61...0x66: number = UInt64(digit - 0x61 + 10)
      default: return nil
      }
      guard number < radix else { return nil }
      let (product, overflows) = value.multipliedReportingOverflow(by: radix)
      let (sum, carries) = product.addingReportingOverflow(number)
      guard !overflows, !carries else { return nil }
      value = sum
    }
    return Value(value, as: type(value, isUnsigned, isLong: longs > 0, isDecimal: radix == 10))
  }

  /// C's choice of type: the first of `int`, `unsigned`, `long`, `unsigned long` that can hold it,
  /// where a decimal number becomes unsigned only if nothing else will do.
  private static func type(
    _ value: UInt64, _ isUnsigned: Bool, isLong: Bool, isDecimal: Bool
  ) -> ValueType {
    if !isLong {
      if !isUnsigned, value <= 0x7fff_ffff { return .int }
      if value <= 0xffff_ffff, isUnsigned || !isDecimal {
        return .integer(size: 4, isSigned: false)
      }
    }
    return !isUnsigned && value <= UInt64(Int64.max) ? .long : .unsignedLong
  }
}

/// Backslash sequences in character and string literals.
enum Escape {
  /// Reads what follows a backslash and moves `position` past it.
  static func parse(_ text: [UInt8], _ position: inout Int) -> UInt8 {
    let byte = text[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "a"): return 7
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "v"): return 11
    case UInt8(ascii: "e"): return 27
    case UInt8(ascii: "x"):
      var value: UInt8 = 0
      while position < text.count, let digit = hex(text[position]) {
        value = value << 4 | digit
        position += 1
      }
      return value
    case 0x30...0x37:
      var value = byte - 0x30
      for _ in 0..<2 where position < text.count && (0x30...0x37).contains(text[position]) {
        value = value << 3 | (text[position] - 0x30)
        position += 1
      }
      return value
    default: return byte
    }
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
