// Bytes that a checked heap fills memory with, to see later whether somebody wrote there.

/// A byte repeated.
enum Pattern {
  /// After the end of a block.
  static let canary: UInt8 = 0xc5
  /// In a free block. As a pointer it is no canonical address, so following one faults.
  static let freed: UInt8 = 0xdf

  /// Fills the bytes from `start` up to `end`. Words at a time, for the sake of debug images.
  static func fill(_ start: UInt, _ end: UInt, _ byte: UInt8) {
    var address = start
    while address < end {
      // Safety: the caller has the memory; `isWord` says that eight bytes fit, aligned.
      guard let pointer = UnsafeMutableRawPointer(bitPattern: address) else { return }
      if isWord(address, end) {
        pointer.storeBytes(of: word(byte), as: UInt64.self)
        address &+= 8
      } else {
        pointer.storeBytes(of: byte, as: UInt8.self)
        address &+= 1
      }
    }
  }

  /// The first address from `start` up to `end` that holds another byte; nil if there is none.
  static func firstDifference(_ start: UInt, _ end: UInt, _ byte: UInt8) -> UInt? {
    var address = start
    while address < end {
      // Safety: as above.
      guard let pointer = UnsafeRawPointer(bitPattern: address) else { return nil }
      if isWord(address, end), pointer.load(as: UInt64.self) == word(byte) {
        address &+= 8
      } else if pointer.load(as: UInt8.self) != byte {
        return address
      } else {
        address &+= 1
      }
    }
    return nil
  }

  private static func isWord(_ address: UInt, _ end: UInt) -> Bool {
    address & 7 == 0 && end &- address >= 8
  }

  private static func word(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
}
