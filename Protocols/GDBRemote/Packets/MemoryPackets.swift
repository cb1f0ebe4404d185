// m, M, x, X: memory.

public import Bytes

extension Request {
  /// Reads memory as hexadecimal text; an answer may be shorter than asked for.
  public static func readMemory(at address: Address, count: Int) -> Request {
    Request(memory(0x6d, address, count))
  }

  /// Reads memory as bytes; the answer begins with `b`.
  public static func readMemoryBinary(at address: Address, count: Int) -> Request {
    Request(memory(0x78, address, count), needs: .binaryRead)
  }

  /// Writes memory, given as hexadecimal text.
  public static func writeMemory(_ bytes: ArraySlice<UInt8>, at address: Address) -> Request {
    var payload = memory(0x4d, address, bytes.count)
    payload.append(0x3a)
    payload.append(hexOf: bytes)
    return Request(payload)
  }

  /// Writes memory, given as bytes.
  public static func writeMemoryBinary(
    _ bytes: ArraySlice<UInt8>, at address: Address
  ) -> Request {
    var payload = memory(0x58, address, bytes.count)
    payload.append(0x3a)
    payload.append(contentsOf: bytes)
    return Request(payload, needs: .binaryWrite)
  }

  /// Asks whether the stub knows `X`: it answers OK to a write of nothing, or the empty packet.
  public static func probeBinaryWrite(at address: Address) -> Request {
    var payload = memory(0x58, address, 0)
    payload.append(0x3a)
    return Request(payload)
  }

  private static func memory(_ letter: UInt8, _ address: Address, _ count: Int) -> [UInt8] {
    var payload = [letter]
    payload.append(hex: address.value)
    payload.append(0x2c)
    payload.append(hex: UInt64(clamping: count))
    return payload
  }
}

extension Answer {
  /// The bytes that an answer to `m` carries, at most `count`; `nil` for an error or anything else.
  public func memory(count: Int) -> [UInt8]? {
    guard !payload.isEmpty, !isError, payload.count.isMultiple(of: 2) else { return nil }
    let length = min(count, payload.count / 2)
    let values = Self.digitValues
    var bytes = [UInt8](repeating: 0, count: max(0, length))
    var seen: UInt8 = 0
    for index in bytes.indices {
      let high = values[Int(payload[2 * index])]
      let low = values[Int(payload[2 * index + 1])]
      seen |= high | low
      bytes[index] = high << 4 | low & 15
    }
    return seen < 16 ? bytes : nil
  }

  /// The value of every byte as a hexadecimal digit, 255 for one that is none: most of a fast read
  /// is spent here.
  private static let digitValues: [UInt8] = (0...255).map {
    Hex.value(ofDigit: UInt8(truncatingIfNeeded: $0)) ?? 255
  }

  /// The bytes that an answer to `x` carries, at most `count`; `nil` for anything else.
  public func memoryBinary(count: Int) -> [UInt8]? {
    guard payload.first == 0x62 else { return nil }
    return Array(payload.dropFirst().prefix(count))
  }
}
