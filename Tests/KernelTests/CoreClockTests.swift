// The core's clock, where it is a counter: readings against long division, and no jump when the rate
// is corrected.

import Machine
import Testing

@Suite("The core's clock")
struct CoreClockTests {
  /// `ticks * scale / 2^32`, bit by bit.
  private func product(_ ticks: UInt64, _ scale: UInt64) -> UInt64 {
    let (high, low) = ticks.multipliedFullWidth(by: scale)
    return high << 32 | low >> 32
  }

  @Test(
    "a span is the product's bits 32 to 95",
    arguments: [0, 1, 1 << 31, 1 << 32, .max] as [UInt64])
  func spans(ticks: UInt64) {
    for scale: UInt64 in [1, 1 << 30, (1 << 32) - 1, 1 << 32, 3 << 33] {
      var clock = CoreClock()
      clock.set(0, at: 0, scale: scale)
      #expect(clock.span(of: ticks) == product(ticks, scale))
    }
  }

  @Test("a counter that has run for years counts from boot all the same")
  func old() {
    var clock = CoreClock()
    let boot: UInt64 = 1 << 58
    clock.set(0, at: boot, scale: (1_000_000 << 32) / 2_999_999)
    #expect(clock.time(at: boot) == 0)
    let second = clock.time(at: boot + 2_999_999_000)
    #expect(second <= 1_000_000_000 && second > 999_999_000)
  }

  @Test("a corrected rate makes no jump, and holds from then on")
  func corrected() {
    var clock = CoreClock()
    let boot: UInt64 = 0xfedc_ba98_7654_3210
    clock.set(0, at: boot, scale: 1 << 32)
    let now = boot + 500_000
    let shown = clock.time(at: now)
    #expect(shown == 500_000)
    clock.set(shown, at: now, scale: 2 << 32)
    #expect(clock.time(at: now) == shown)
    #expect(clock.time(at: now + 1000) == shown + 2000)
  }
}
