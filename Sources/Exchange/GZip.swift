// gzip (RFC 1952) without compression: stored blocks of DEFLATE (RFC 1951, 3.2.4). The format pprof
// asks for the wrapping; a profile is some hundred kilobytes, which are not worth a compressor.

enum GZip {
  /// The bytes as a gzip file, 0.01 % larger than they.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    // Magic, DEFLATE, no flags, no time, no hint, an unknown system.
    var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    file.reserveCapacity(bytes.count + bytes.count / 8192 + 32)
    var start = 0
    repeat {
      let end = min(start + 0xffff, bytes.count)
      let count = UInt16(end - start)
      file.append(end == bytes.count ? 1 : 0)
      file += little(UInt32(count) | UInt32(~count) << 16)
      file += bytes[start..<end]
      start = end
    } while start < bytes.count
    return file + little(checksum(bytes)) + little(UInt32(truncatingIfNeeded: bytes.count))
  }

  private static func little(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// CRC-32 (RFC 1952, 8), by nibbles.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var value: UInt32 = .max
    for byte in bytes {
      value ^= UInt32(byte)
      value = table[Int(value & 15)] ^ value >> 4
      value = table[Int(value & 15)] ^ value >> 4
    }
    return ~value
  }

  private static let table: [UInt32] = (0..<16).map { index in
    (0..<4).reduce(UInt32(index)) { value, _ in
      value & 1 == 0 ? value >> 1 : 0xedb8_8320 ^ value >> 1
    }
  }
}
