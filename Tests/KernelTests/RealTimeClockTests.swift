// The clock's registers as times, against what the C library makes of the same dates.

import Devices
import Glibc
import Machine
import Testing

/// A clock whose registers are those of a reading; it updates for the first `busy` looks, and
/// moves on to another reading once the seconds have been read `turns` times.
private final class FakeClock: RealTimeClockRegisters {
  var now: RealTimeClockReading
  var next: RealTimeClockReading?
  var busy = 0
  var turns = 0

  init(_ now: RealTimeClockReading) { self.now = now }

  func read(_ index: UInt8) -> UInt8 {
    switch index {
    case 0: return now.second
    case 2: return now.minute
    case 4: return now.hour
    case 7: return now.day
    case 8: return now.month
    case 9: return now.year
    case 0x32:
      // The last register of a reading: here a torn one shows.
      defer { turn() }
      return now.century
    case 0x0a:
      busy -= busy > 0 ? 1 : 0
      return busy > 0 ? 0xa6 : 0x26
    case 0x0b: return now.format
    default: return 0
    }
  }

  private func turn() {
    turns -= 1
    if turns == 0, let next { now = next }
  }
}

/// A date and a time of day.
struct Moment: Sendable, CustomStringConvertible {
  var year, month, day, hour, minute, second: Int
  var description: String { "\(year)-\(month)-\(day) \(hour):\(minute):\(second)" }

  init(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int) {
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
  }

  /// What the C library says.
  var expected: Int64 {
    var parts = tm()
    parts.tm_year = Int32(year - 1900)
    parts.tm_mon = Int32(month - 1)
    parts.tm_mday = Int32(day)
    parts.tm_hour = Int32(hour)
    parts.tm_min = Int32(minute)
    parts.tm_sec = Int32(second)
    return Int64(timegm(&parts))
  }

  /// The registers, binary or not, of 24 hours or 12.
  func reading(isBinary: Bool, is24: Bool) -> RealTimeClockReading {
    func raw(_ value: Int) -> UInt8 { UInt8(isBinary ? value : value / 10 * 16 + value % 10) }
    let hours = is24 ? raw(hour) : raw((hour + 11) % 12 + 1) | (hour >= 12 ? 0x80 : 0)
    return RealTimeClockReading(
      second: raw(second), minute: raw(minute), hour: hours, day: raw(day), month: raw(month),
      year: raw(year % 100), century: raw(year / 100),
      format: (isBinary ? 4 : 0) | (is24 ? 2 : 0))
  }
}

@Suite("Real-time clock")
struct RealTimeClockTests {
  static let moments = [
    Moment(1970, 1, 1, 0, 0, 0), Moment(1999, 12, 31, 23, 59, 59), Moment(2000, 2, 29, 12, 0, 0),
    Moment(2000, 3, 1, 0, 0, 0), Moment(2024, 2, 29, 23, 59, 58), Moment(2024, 12, 31, 11, 59, 59),
    Moment(2026, 1, 1, 0, 30, 0), Moment(2038, 1, 19, 3, 14, 8), Moment(2100, 2, 28, 13, 1, 2),
    Moment(2100, 3, 1, 1, 1, 1), Moment(2200, 12, 31, 23, 59, 59),
  ]

  @Test("every format gives the C library's seconds", arguments: moments)
  func formats(moment: Moment) {
    for isBinary in [false, true] {
      for is24 in [false, true] {
        let reading = moment.reading(isBinary: isBinary, is24: is24)
        #expect(reading.secondsSince1970 == moment.expected, "\(isBinary) \(is24)")
        #expect(RealTimeClockReading(of: FakeClock(reading)) == reading)
      }
    }
  }

  @Test("every day of 130 years follows the one before")
  func days() {
    var last = Moment(1970, 1, 1, 0, 0, 0).expected - 86_400
    for year in 1970...2100 {
      for month in 1...12 {
        for day in 1...31 {
          let reading = Moment(year, month, day, 0, 0, 0).reading(isBinary: true, is24: true)
          guard let seconds = reading.secondsSince1970 else { continue }
          #expect(seconds == last + 86_400)
          last = seconds
        }
      }
    }
    #expect(last == Moment(2100, 12, 31, 0, 0, 0).expected)
  }

  @Test(
    "without a century the year decides",
    arguments: [(70, 1970), (99, 1999), (0, 2000), (69, 2069)])
  func century(short: Int, full: Int) {
    for century: UInt8 in [0, 0xff, 0x77] {
      var reading = Moment(full, 6, 1, 0, 0, 0).reading(isBinary: false, is24: true)
      reading.century = century
      #expect(reading.secondsSince1970 == Moment(full, 6, 1, 0, 0, 0).expected)
    }
  }

  @Test("what is no time is nil")
  func nonsense() {
    let good = Moment(2023, 2, 28, 23, 59, 59).reading(isBinary: false, is24: true)
    let changes: [(inout RealTimeClockReading) -> Void] = [
      { $0.second = 0x60 }, { $0.minute = 0x60 }, { $0.hour = 0x24 }, { $0.day = 0 },
      { $0.day = 0x29 }, { $0.month = 0 }, { $0.month = 0x13 }, { $0.second = 0x0a },
      { $0.year = 0xa0 }, { $0.format = 0 }, { $0.format = 6 },
    ]
    for (number, change) in changes.enumerated() {
      var reading = good
      change(&reading)
      #expect(reading.secondsSince1970 == nil, "\(number)")
    }
    // Whatever the registers hold, it is a time or none.
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      func any() -> UInt8 { .random(in: 0...255, using: &generator) }
      _ =
        RealTimeClockReading(
          second: any(), minute: any(), hour: any(), day: any(), month: any(), year: any(),
          century: any(), format: any()
        ).secondsSince1970
    }
  }

  @Test("an update under way is waited for, and one in the middle of a reading noticed")
  func update() {
    let before = Moment(2023, 12, 31, 23, 59, 59).reading(isBinary: false, is24: true)
    let after = Moment(2024, 1, 1, 0, 0, 0).reading(isBinary: false, is24: true)
    let clock = FakeClock(before)
    clock.busy = 500
    #expect(RealTimeClockReading(of: clock) == before)
    clock.next = after
    clock.turns = 1
    #expect(RealTimeClockReading(of: clock) == after)
  }

  @Test("no clock, and one that never rests, are nil")
  func absent() {
    struct Nothing: RealTimeClockRegisters { func read(_ index: UInt8) -> UInt8 { 0xff } }
    struct Restless: RealTimeClockRegisters { func read(_ index: UInt8) -> UInt8 { 0x80 } }
    #expect(RealTimeClockReading(of: Nothing()) == nil)
    #expect(RealTimeClockReading(of: Restless()) == nil)
  }

  @Test("a wall time moves on by nanoseconds, over the second")
  func arithmetic() {
    let time = WallTime(seconds: -1, nanoseconds: 999_999_999) + Nanoseconds(2_000_000_001)
    #expect(time == WallTime(seconds: 2, nanoseconds: 0))
    #expect(WallTime(seconds: 1, nanoseconds: 5) < WallTime(seconds: 1, nanoseconds: 6))
    #expect(WallTime(seconds: 0, nanoseconds: 999_999_999) < WallTime(seconds: 1))
  }
}
