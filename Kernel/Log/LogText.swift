// A log line as the console shows it: seconds since boot, level, text.

enum LogText {
  private static var longest: Int { 512 }

  /// Passes a line such as `[1.000203] warning: text` to the console, as a whole.
  static func line(
    _ level: Log.Level, time: UInt64, _ text: UnsafeRawBufferPointer,
    to write: @convention(c) (UnsafeRawPointer, Int) -> Void
  ) {
    withUnsafeTemporaryAllocation(byteCount: longest, alignment: 8) { line in
      var length = 0
      func put(_ byte: UInt8) {
        // One byte stays free for the line's end.
        guard length < longest &- 1 else { return }
        line[length] = byte
        length &+= 1
      }
      put(UInt8(ascii: "["))
      decimal(time / 1_000_000_000, digits: 1, put)
      put(UInt8(ascii: "."))
      decimal(time / 1_000 % 1_000_000, digits: 6, put)
      put(UInt8(ascii: "]"))
      put(UInt8(ascii: " "))
      name(level).withUTF8Buffer { for byte in $0 { put(byte) } }
      for byte in text { put(byte) }
      line[length] = 10
      if let start = line.baseAddress { write(start, length &+ 1) }
    }
  }

  private static func name(_ level: Log.Level) -> StaticString {
    switch level {
    case .error: "error: "
    case .warning: "warning: "
    case .notice: "notice: "
    case .info: "info: "
    case .debug: "debug: "
    }
  }

  /// At least `digits` decimal digits.
  private static func decimal(_ value: UInt64, digits: Int, _ put: (UInt8) -> Void) {
    var divisor: UInt64 = 1
    var places = 1
    while value / divisor >= 10 || places < digits {
      divisor &*= 10
      places &+= 1
    }
    while divisor > 0 {
      put(48 &+ UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }
}
