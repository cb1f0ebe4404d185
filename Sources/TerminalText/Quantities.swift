// Quantities as a person reads them: three digits, and the unit that fits.

/// How quantities are written.
public enum Quantity {
  /// A duration: `0 ns`, `850 ns`, `1.24 us`, `12.3 ms`, `4.07 s`, `312 s`.
  public static func duration(nanoseconds: UInt64) -> String {
    let units: [(name: String, size: UInt64)] = [
      ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ]
    guard let unit = units.last(where: { nanoseconds >= $0.size }) else {
      return "\(nanoseconds) ns"
    }
    return "\(digits(nanoseconds, of: unit.size)) \(unit.name)"
  }

  /// An amount of memory: `0 B`, `512 B`, `4.00 KiB`, `62.1 MiB`.
  public static func bytes(_ count: UInt64) -> String {
    let units: [(name: String, size: UInt64)] = [
      ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]
    guard let unit = units.last(where: { count >= $0.size }) else { return "\(count) B" }
    return "\(digits(count, of: unit.size)) \(unit.name)"
  }

  /// A share in percent with one digit after the point: `12.5%`; `whole` 0 is a share of nothing.
  public static func share(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "-" }
    let tenths = part.multipliedReportingOverflow(by: 1000)
    let value = tenths.overflow ? part / (whole / 1000 + 1) : tenths.partialValue / whole
    return "\(value / 10).\(value % 10)%"
  }

  /// `value` in units of `size`, rounded down to three digits, or all before the point.
  private static func digits(_ value: UInt64, of size: UInt64) -> String {
    let whole = value / size
    let rest = value % size
    if whole >= 100 { return "\(whole)" }
    // A unit has at most 41 bits, so a hundred times less than it does not overflow.
    if whole >= 10 { return "\(whole).\(rest * 10 / size)" }
    let hundredths = rest * 100 / size
    return "\(whole).\(hundredths < 10 ? "0" : "")\(hundredths)"
  }
}
