// The sending half of the framing. Every byte that framing gives a meaning is escaped, `*` too, so
// that payloads may hold anything; text that holds none of them goes out as it is.

internal import Bytes

/// Puts payloads into frames.
public enum PacketEncoder {
  /// Appends `payload` to `output` as a packet, or as a notification.
  public static func append(
    _ payload: [UInt8], to output: inout [UInt8], isNotification: Bool = false
  ) {
    // Into an empty array only: asking for room exactly, again and again, would copy each time.
    if output.isEmpty { output.reserveCapacity(payload.count + 4) }
    var sum: UInt8 = 0
    output.put(isNotification ? Mark.notification : Mark.packet)
    for byte in payload {
      if needsEscape(byte) {
        output.put(Mark.escape)
        output.put(byte ^ Mark.escapeBit)
        sum = sum &+ Mark.escape &+ (byte ^ Mark.escapeBit)
      } else {
        output.append(byte)
        sum &+= byte
      }
    }
    appendEnd(checksum: sum, to: &output)
  }

  /// Returns the framed packet.
  public static func frame(_ payload: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(payload.count + 4)
    append(payload, to: &output)
    return output
  }

  /// Returns the number of bytes between `$` and `#` that `payload` takes on the link, which is
  /// what a stub's `PacketSize` limits.
  public static func encodedCount(_ payload: [UInt8]) -> Int {
    var count = payload.count
    for byte in payload where needsEscape(byte) { count += 1 }
    return count
  }

  /// Whether a byte is sent as two.
  static func needsEscape(_ byte: UInt8) -> Bool {
    byte == Mark.end || byte == Mark.packet || byte == Mark.escape || byte == Mark.run
  }

  private static func appendEnd(checksum: UInt8, to output: inout [UInt8]) {
    output.put(Mark.end)
    output.put(Hex.digit(checksum >> 4))
    output.put(Hex.digit(checksum))
  }
}
