// Numbers of any size in few bytes: LEB128, and zigzag for signed ones (SPEC.md, part 2).

enum Varint {
  /// The most bytes that a number takes.
  static var longest: Int { 10 }

  @inline(never)
  static func append(_ number: UInt64, to output: inout [UInt8]) {
    var left = number
    while left >= 0x80 {
      output.put(UInt8(truncatingIfNeeded: left) | 0x80)
      left &>>= 7
    }
    output.put(UInt8(truncatingIfNeeded: left))
  }

  /// Appends a difference modulo 2^64, small if it is small in either direction.
  static func append(zigzag difference: UInt64, to output: inout [UInt8]) {
    append(difference &<< 1 ^ (0 &- difference &>> 63), to: &output)
  }

  /// Takes a number off `bytes` at `position`; nil if it is cut off or too long.
  static func take(_ bytes: ArraySlice<UInt8>, at position: inout Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.endIndex, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) &<< shift
      if byte & 0x80 == 0 {
        // The tenth byte has room for one bit.
        return shift == 63 && byte > 1 ? nil : value
      }
      shift += 7
    }
    return nil
  }

  static func takeZigzag(_ bytes: ArraySlice<UInt8>, at position: inout Int) -> UInt64? {
    guard let coded = take(bytes, at: &position) else { return nil }
    return coded &>> 1 ^ (0 &- coded & 1)
  }
}

/// How a run's words are written; bits 6 and 7 of its head.
enum RunMode: UInt8 {
  case difference = 0
  case raw = 1
  case absolute = 2
}

/// The first byte of a frame.
enum FrameFlags {
  static var beginsSnapshot: UInt8 { 1 }
  static var endsRound: UInt8 { 2 }
}
