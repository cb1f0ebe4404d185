// The battery-backed clock of a PC, Motorola's MC146818 and its descendants. Registers and their
// formats: MC146818 data sheet; the century in register 0x32, as every PC since 1995 and QEMU.

/// Access to the clock's registers.
public protocol RealTimeClockRegisters {
  /// Reads register `index`.
  func read(_ index: UInt8) -> UInt8
}

/// What the clock's registers hold at one moment.
public struct RealTimeClockReading: Equatable, Sendable {
  /// The registers as they are: binary-coded decimal or binary, by `format`.
  public var second, minute, hour, day, month, year, century: UInt8
  /// Register B: bit 2 for binary, bit 1 for hours from 0 to 23.
  public var format: UInt8

  /// A reading of these registers.
  public init(
    second: UInt8, minute: UInt8, hour: UInt8, day: UInt8, month: UInt8, year: UInt8,
    century: UInt8, format: UInt8
  ) {
    (self.second, self.minute, self.hour) = (second, minute, hour)
    (self.day, self.month, self.year, self.century) = (day, month, year, century)
    self.format = format
  }

  private static var isUpdating: UInt8 { 0x80 }

  /// Reads the clock between two of its updates; nil if there is none, or it never rests.
  ///
  /// Waits for an update under way: 2.2 ms at most on a clock that works, and never for ever.
  public init?(of clock: some RealTimeClockRegisters) {
    // A port without a device reads as ones.
    guard clock.read(0x0a) != 0xff || clock.read(0x0b) != 0xff else { return nil }
    var last: RealTimeClockReading?
    for _ in 0..<20_000 {
      if clock.read(0x0a) & Self.isUpdating != 0 {
        last = nil
        continue
      }
      let next = RealTimeClockReading(now: clock)
      if next == last {
        self = next
        return
      }
      last = next
    }
    return nil
  }

  private init(now clock: some RealTimeClockRegisters) {
    self.init(
      second: clock.read(0), minute: clock.read(2), hour: clock.read(4), day: clock.read(7),
      month: clock.read(8), year: clock.read(9), century: clock.read(0x32),
      format: clock.read(0x0b))
  }

  /// Seconds since 1970-01-01T00:00:00Z, taking the clock for UTC; nil if this is no time.
  ///
  /// Without a plausible century the years from 70 on belong to the 20th, the others to the 21st.
  public var secondsSince1970: Int64? {
    let isAfternoon = hour & 0x80 != 0
    let is24 = format & 2 != 0
    guard let second = number(second), let minute = number(minute), let day = number(day),
      let month = number(month), let year = number(year), year < 100,
      var hour = number(is24 ? self.hour : self.hour & 0x7f)
    else { return nil }
    if !is24 {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (isAfternoon ? 12 : 0)
    }
    let century = number(century).flatMap { (19...22).contains($0) ? $0 : nil }
    let full = (century ?? (year >= 70 ? 19 : 20)) * 100 + year
    guard second < 60, minute < 60, hour < 24, (1...12).contains(month),
      (1...Self.days(of: month, in: full)).contains(day)
    else { return nil }
    let days = Self.daysSince1970(year: full, month: month, day: day)
    return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
  }

  /// The value of a register; nil if it is not the decimal number that it should be.
  private func number(_ raw: UInt8) -> Int? {
    if format & 4 != 0 { return Int(raw) }
    guard raw & 15 < 10, raw >> 4 < 10 else { return nil }
    return Int(raw >> 4) * 10 + Int(raw & 15)
  }

  private static func days(of month: Int, in year: Int) -> Int {
    if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
  }

  /// Days from 1970-01-01, by counting years from March on, so that the leap day comes last.
  private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let years = month > 2 ? year : year - 1
    let months = (month + 9) % 12
    let leapDays = years / 4 - years / 100 + years / 400
    return years * 365 + leapDays + (months * 153 + 2) / 5 + day - 1 - 719_468
  }
}
