// Documents and files are written anew for each part that a client asks for, and only what lies in
// the part is kept: none needs memory of its own.

public import Bytes

/// The part of a document that is asked for: takes the whole and keeps what lies inside.
public struct TransferWindow: Sendable {
  private var skip: Int
  private var room: Int
  /// What lies in the part.
  var bytes: [UInt8]
  /// How much there was of the document so far, in bytes.
  private(set) var total: UInt64 = 0
  /// Whether the document went on beyond the part.
  private(set) var isCut = false

  init(offset: Int, count: Int, buffer: [UInt8]) {
    skip = offset
    room = count
    bytes = buffer
  }

  /// Appends a byte.
  @inline(never)
  public mutating func append(_ byte: UInt8) {
    total &+= 1
    if skip > 0 {
      skip -= 1
    } else if room > 0 {
      room -= 1
      bytes.put(byte)
    } else {
      isCut = true
    }
  }

  /// Appends the lowest `count` bytes of a number, the lowest first.
  @inline(never)
  public mutating func append(word: UInt64, count: UInt64 = 8) {
    for byte in 0..<count { append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
  }

  /// Appends text.
  @inline(never)
  public mutating func append(text: String) {
    let bytes = text.utf8.span
    for index in bytes.indices { append(bytes[index]) }
  }

  /// Appends `count` bytes of memory, of which `read` only reads those in the part: it appends as
  /// many as it is told, from that address on. Zeros stand for what cannot be read.
  @inline(never)
  public mutating func append(
    memory address: Address, count: Int, read: (Address, Int, inout [UInt8]) -> Void
  ) {
    let skipped = min(skip, count)
    skip -= skipped
    let taken = min(room, count - skipped)
    let start = bytes.count
    read(address.advanced(by: UInt64(skipped)), taken, &bytes)
    while bytes.count < start + taken { bytes.put(0) }
    room -= taken
    total &+= UInt64(count)
    if skipped + taken < count { isCut = true }
  }

  /// Appends a number in hexadecimal, with `0x` before it.
  @inline(never)
  public mutating func append(hex number: UInt64) {
    append(text: "0x")
    var shift: UInt64 = 60
    while shift > 0, number >> shift & 15 == 0 { shift -= 4 }
    append(Hex.digit(UInt8(truncatingIfNeeded: number >> shift)))
    while shift > 0 {
      shift -= 4
      append(Hex.digit(UInt8(truncatingIfNeeded: number >> shift)))
    }
  }

  /// Appends a number in decimal.
  @inline(never)
  public mutating func append(decimal number: UInt64) {
    Decimal.forEachDigit(of: number) { append($0) }
  }

  /// Appends text as the value of an XML attribute; control characters become `?`.
  mutating func append(attribute text: ArraySlice<UInt8>) {
    for byte in text {
      switch byte {
      case 0x22: append(text: "&quot;")
      case 0x26: append(text: "&amp;")
      case 0x3c: append(text: "&lt;")
      case 0..<0x20, 0x7f: append(0x3f)
      default: append(byte)
      }
    }
  }
}
