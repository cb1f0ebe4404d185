// The measurement against an 8254 as its data sheet has it, in virtual time: every access to a port
// takes some, and so do interruptions.

import Devices
import Testing

private final class FakePorts: ReferencePorts {
  /// Picoseconds, so that odd rates are odd.
  private var time: UInt64 = 0
  private let kilohertz: UInt64
  private let access: UInt64
  private var latch: UInt16?
  private var isHighNext = false
  private var loaded: UInt64 = 0
  private var gate: UInt8 = 0xff
  var looks = 0
  var accesses = 0
  /// Nanoseconds by which the access with this number is late.
  var interruptions: [Int: UInt64] = [:]
  var exists = true
  /// What a port reads as where nothing answers.
  var emptiness: UInt8 = 0xff
  private(set) var isSpeakerOn = true

  /// A counter of so many kHz, and so many nanoseconds for an access.
  init(_ kilohertz: UInt64, access: UInt64) {
    self.kilohertz = kilohertz
    self.access = access
  }

  var nanoseconds: UInt64 { time / 1000 }

  private func spend() {
    accesses += 1
    time += (access + (interruptions[accesses] ?? 0)) * 1000
  }

  /// What the channel has counted since it was loaded.
  private var elapsed: UInt64 { (time - loaded) / 1000 * 1_193_182 / 1_000_000_000 }

  func read(_ port: UInt16) -> UInt8 {
    spend()
    guard exists else { return emptiness }
    if port == 0x61 { return (gate & 0x0f) | (elapsed > 0xffff ? 0x20 : 0) }
    guard port == 0x42, let latched = latch else { return 0xff }
    defer { isHighNext.toggle() }
    return UInt8(truncatingIfNeeded: isHighNext ? latched >> 8 : latched)
  }

  func write(_ port: UInt16, _ value: UInt8) {
    spend()
    switch (port, value) {
    case (0x61, _):
      gate = value
      isSpeakerOn = value & 2 != 0
    case (0x43, 0x80):
      looks += 1
      latch = UInt16(truncatingIfNeeded: 0xffff &- elapsed)
      isHighNext = false
    case (0x42, _): loaded = time
    default: break
    }
  }

  var counter: UInt32 {
    spend()
    return UInt32(truncatingIfNeeded: UInt64(UInt32.max) - time / 1000 * kilohertz / 1_000_000)
  }
}

@Suite("Interval timer")
struct IntervalTimerTests {
  @Test(
    "a rate is found to within a part in 500, in less than 5 ms",
    arguments: [24_000, 62_500, 66_667, 100_003, 999_900, 1_000_000, 3_792_000], [300, 1500])
  func rates(kilohertz: UInt64, access: UInt64) throws {
    let ports = FakePorts(kilohertz, access: access)
    let found = try #require(IntervalTimer.kilohertz(of: ports))
    #expect(Swift.abs(Int(found) - Int(kilohertz)) * 500 <= Int(kilohertz))
    #expect(ports.nanoseconds < 5_000_000 && !ports.isSpeakerOn)
  }

  @Test("interruptions at any moment, short or longer than the count, do no harm")
  func interrupted() throws {
    // Every access of the first and of the last looks, where one alone decides.
    let moments = Array(1...60) + Array(stride(from: 61, to: 3900, by: 11)) + Array(3900...4200)
    for moment in moments {
      for length: UInt64 in [20_000, 900_000, 6_000_000, 57_000_000] {
        let ports = FakePorts(1_000_000, access: 1000)
        ports.interruptions = [moment: length]
        let found = try #require(IntervalTimer.kilohertz(of: ports))
        #expect((993_000...1_007_000).contains(found), "\(moment) \(length) \(found)")
      }
    }
  }

  @Test("without such a timer there is no answer, soon", arguments: [0xff, 0, 0x55] as [UInt8])
  func absent(emptiness: UInt8) {
    let ports = FakePorts(1_000_000, access: 1000)
    ports.exists = false
    ports.emptiness = emptiness
    #expect(IntervalTimer.kilohertz(of: ports) == nil)
    #expect(ports.nanoseconds < 5_000_000 && ports.looks < 1000)
  }
}
