// A terminal device's settings as Linux keeps them: `struct termios2` of asm-generic/termbits.h,
// which, unlike the C library's, holds any rate and can be put back exactly as it was.

internal import Bytes
internal import Glibc

/// The settings of a terminal device.
struct LineSettings: Equatable {
  /// c_iflag, c_oflag, c_cflag, c_lflag (4 bytes each), c_line, c_cc (19), c_ispeed, c_ospeed.
  private var bytes: [UInt8]

  static let size = 44

  /// Reads those of a device; `nil`, with `errno`, where it has none.
  init?(of descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    guard ioctl(descriptor, Call.get, &bytes) == 0 else { return nil }
    self.bytes = bytes
  }

  /// Reads what `text` has written.
  init?(_ text: String) {
    guard let bytes = Hex.decode(text.utf8), bytes.count == Self.size else { return nil }
    self.bytes = bytes
  }

  /// A line that carries every byte as it is: eight bits, no parity, one stop bit, no echo, no flow
  /// control, modem lines ignored.
  init(rawAt baud: Int) {
    bytes = [UInt8](repeating: 0, count: Self.size)
    // CS8, CREAD, CLOCAL, and BOTHER both ways: the rate stands in c_ispeed and c_ospeed.
    put(0x30 | 0x80 | 0x800 | 0x1000 | 0x1000_0000, at: 8)
    bytes[23] = 1  // VMIN: readable with the first byte
    put(UInt32(clamping: baud), at: 36)
    put(UInt32(clamping: baud), at: 40)
  }

  /// As text for a command line.
  var text: String { Hex.encode(bytes) }

  /// Bits a second, outwards.
  var baud: Int { Int(bytes[40..<44].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }) }

  /// Gives them to a device, at once or once what was written has left; `false`, with `errno`, if it
  /// does not take them.
  func apply(to descriptor: Int32, afterOutput: Bool = false) -> Bool {
    var bytes = bytes
    return ioctl(descriptor, afterOutput ? Call.setAfterOutput : Call.set, &bytes) == 0
  }

  private mutating func put(_ value: UInt32, at offset: Int) {
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }

  /// TCGETS2, TCSETS2 and TCSETSW2: `_IOR` and `_IOW` of 'T', 0x2a to 0x2c.
  private enum Call {
    static let get: UInt = 0x802c_542a
    static let set: UInt = 0x402c_542b
    static let setAfterOutput: UInt = 0x402c_542c
  }
}
