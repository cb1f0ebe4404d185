/// Decimal text, as bytes.
public enum Decimal {
  /// Hands over the ASCII digits of `number`, the first one first.
  @inlinable
  public static func forEachDigit(of number: UInt64, _ body: (UInt8) -> Void) {
    var unit: UInt64 = 1
    while number / unit >= 10 { unit *= 10 }
    while unit > 0 {
      body(0x30 + UInt8(truncatingIfNeeded: number / unit % 10))
      unit /= 10
    }
  }
}
