public import Bytes

/// The auxiliary vector of a 64-bit Linux process: pairs of little-endian numbers.
public enum AuxiliaryVector {
  /// The value of `AT_ENTRY`, where the program began; `nil` if there is none.
  public static func entry(_ bytes: [UInt8]) -> Address? {
    value(of: 9, in: bytes).map(Address.init)
  }

  /// The value of the first pair with this key, before `AT_NULL`.
  static func value(of key: UInt64, in bytes: [UInt8]) -> UInt64? {
    var position = 0
    while position + 16 <= bytes.count {
      let found = number(bytes[position..<(position + 8)])
      if found == key { return number(bytes[(position + 8)..<(position + 16)]) }
      if found == 0 { return nil }
      position += 16
    }
    return nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return value
  }
}
