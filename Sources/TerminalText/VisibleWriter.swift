/// Spells out hazards, expands tabs and bounds marks; knows the column it is at.
struct VisibleWriter {
  private let tabWidth: Int
  private var column = 0
  /// Marks that the last base may still take; 0 where there is no base.
  private var room = 0

  /// Creates a writer at column 0.
  init(tabWidth: Int) { self.tabWidth = max(0, min(tabWidth, 64)) }

  /// Writes one decoded unit as harmless scalars.
  mutating func write(_ unit: LenientDecoder.Unit, _ emit: (Unicode.Scalar, Int) -> Void) {
    switch unit {
    case .byte(let byte): spell("\\x", UInt32(byte), "", emit)
    case .scalar(let scalar): write(scalar, emit)
    }
  }

  /// Writes one printable ASCII character.
  mutating func write(plain byte: UInt8, _ emit: (Unicode.Scalar, Int) -> Void) {
    column += 1
    // A mark on a blank would float where nobody expects one.
    room = byte == 0x20 ? 0 : Sanitizer.maximumMarks
    emit(Unicode.Scalar(byte), 1)
  }

  private mutating func write(
    _ scalar: Unicode.Scalar, _ emit: (Unicode.Scalar, Int) -> Void
  ) {
    let value = scalar.value
    if value == 9, tabWidth > 0 {
      repeat { put(" ", emit) } while column % tabWidth != 0
      room = 0
    } else if value < 0x20 || value == 0x7f {
      put("^", emit)
      put(Unicode.Scalar(UInt8(truncatingIfNeeded: value ^ 0x40)), emit)
      room = 0
    } else if value < 0x7f {
      write(plain: UInt8(truncatingIfNeeded: value), emit)
    } else if Scalars.isHazard(scalar) {
      spell("\\u{", value, "}", emit)
    } else if Scalars.isMark(scalar) {
      if room > 0 {
        room -= 1
        emit(scalar, 0)
      } else {
        spell("\\u{", value, "}", emit)
      }
    } else {
      put(scalar, emit)
      room = Sanitizer.maximumMarks
    }
  }

  private mutating func put(_ scalar: Unicode.Scalar, _ emit: (Unicode.Scalar, Int) -> Void) {
    let count = cells(scalar)
    column += count
    emit(scalar, count)
  }

  private mutating func spell(
    _ before: String, _ value: UInt32, _ after: String, _ emit: (Unicode.Scalar, Int) -> Void
  ) {
    var digits = String(value, radix: 16)
    if digits.utf8.count < 2 { digits = "0" + digits }
    for scalar in before.unicodeScalars { put(scalar, emit) }
    for scalar in digits.unicodeScalars { put(scalar, emit) }
    for scalar in after.unicodeScalars { put(scalar, emit) }
    room = 0
  }
}
