// g, G, p, P: registers of the thread that `Hg` chose.

internal import Bytes

extension Request {
  /// Reads all registers.
  public static var readRegisters: Request { Request(text: "g") }

  /// Writes all registers.
  public static func writeRegisters(_ bytes: [UInt8]) -> Request {
    var payload: [UInt8] = [0x47]
    payload.append(hexOf: bytes)
    return Request(payload)
  }

  /// Reads one register. QEMU answers only once the target description was read.
  public static func readRegister(_ number: Int) -> Request {
    var payload: [UInt8] = [0x70]
    payload.append(hex: UInt64(clamping: number))
    return Request(payload)
  }

  /// Writes one register, little-endian.
  public static func writeRegister(_ number: Int, bytes: [UInt8]) -> Request {
    var payload: [UInt8] = [0x50]
    payload.append(hex: UInt64(clamping: number))
    payload.append(0x3d)
    payload.append(hexOf: bytes)
    return Request(payload)
  }
}

extension Answer {
  /// The values in an answer to `g` for registers of these sizes in bytes, or of one to `p`.
  ///
  /// A value whose digits are `x`, or that the answer is too short for, is `nil`.
  public func registers(sizes: [Int]) -> [[UInt8]?] {
    var values: [[UInt8]?] = []
    var position = 0
    for size in sizes {
      let end = position + 2 * max(0, min(size, 64))
      if end <= payload.count, !isError || payload.count > 3 {
        values.append(Hex.decode(payload[position..<end]))
      } else {
        values.append(nil)
      }
      position = min(end, payload.count + 1)
    }
    return values
  }
}
