// The sending half for a stub's replies, which may use run lengths. A count of 6 or 7 would put `#`
// or `$` on the link (the Rust gdbstub shipped that bug), so such runs are sent as a shorter one
// and plain copies.

internal import Bytes

/// Puts payloads into frames with runs shortened; only replies to a client may be sent so.
public enum RunLengthEncoder {
  /// Appends `payload` to `output` as a packet, with runs of four and more shortened.
  public static func append(_ payload: [UInt8], to output: inout [UInt8]) {
    let start = output.count + 1
    output.put(Mark.packet)
    var index = 0
    while index < payload.count {
      let byte = payload[index]
      var end = index + 1
      while end < payload.count, payload[end] == byte { end += 1 }
      appendRun(of: byte, count: end - index, to: &output)
      index = end
    }
    var sum: UInt8 = 0
    for byte in output[start...] { sum &+= byte }
    output.put(Mark.end)
    output.put(Hex.digit(sum >> 4))
    output.put(Hex.digit(sum))
  }

  private static func appendRun(of byte: UInt8, count: Int, to output: inout [UInt8]) {
    // A run repeats the byte as sent, so an escaped one cannot be shortened.
    guard !PacketEncoder.needsEscape(byte) else {
      for _ in 0..<count {
        output.put(Mark.escape)
        output.put(byte ^ Mark.escapeBit)
      }
      return
    }
    var left = count
    while left > 0 {
      output.put(byte)
      left -= 1
      guard left >= 3 else { continue }
      var copies = min(left, 97)
      if copies == 6 || copies == 7 { copies = 5 }
      output.put(Mark.run)
      output.put(UInt8(copies + 29))
      left -= copies
    }
  }
}
