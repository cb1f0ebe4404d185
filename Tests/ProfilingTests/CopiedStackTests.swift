// Stacks laid out by hand: what a frame of compiled code looks like by the psABI, and what it never
// looks like.

import Profiling
import Readings
import Testing

@Suite("Copied stacks")
struct CopiedStackTests {
  private static let base: UInt64 = 0x20_0000

  /// A copy of so many words; `frames` are (offset in bytes, saved pointer, return address).
  private func stack(
    pointer: UInt64, words: Int = 64, _ frames: [(Int, UInt64, UInt64)]
  ) -> CopiedStack {
    var bytes = [UInt8](repeating: 0, count: words * 8)
    for (offset, up, address) in frames {
      for index in 0..<8 {
        bytes[offset + index] = UInt8(truncatingIfNeeded: up >> UInt64(index * 8))
        bytes[offset + 8 + index] = UInt8(truncatingIfNeeded: address >> UInt64(index * 8))
      }
    }
    var registers = [UInt64?](repeating: 0, count: 16)
    registers[6] = pointer
    registers[7] = Self.base
    return CopiedStack(counter: 0x10_1000, registers: registers, start: Self.base, bytes: bytes)
  }

  private func walk(_ stack: CopiedStack, limit: Int = 16) -> CopiedStack.Callers {
    stack.callers(within: 0x10_0000..<0x18_0000, limit: limit)
  }

  @Test("links are followed to the outermost frame, marks of async frames taken off")
  func whole() {
    let found = walk(
      stack(
        pointer: Self.base + 32,
        [
          (32, (Self.base + 96) | 1 << 60, 0x10_2000), (96, Self.base + 160, 0x10_3000),
          (160, 0, 0x10_4000),
        ]))
    #expect(found.addresses == [0x10_2000, 0x10_3000, 0x10_4000] && !found.isCut && !found.isDeep)
  }

  @Test(
    "a chain that compiled code does not leave is cut where it breaks",
    arguments: [
      (Self.base + 33, 0), (Self.base - 8, 0), (UInt64.max - 7, 0), (Self.base + 64 * 8 - 8, 0),
    ] as [(UInt64, Int)])
  func outside(pointer: UInt64, count: Int) {
    let found = walk(stack(pointer: pointer, [(32, 0, 0x10_2000)]))
    #expect(found.addresses.count == count && found.isCut)
  }

  @Test("links that go down or in circles, and return addresses that are no code, end the walk")
  func broken() {
    let circle = walk(
      stack(
        pointer: Self.base + 32,
        [(32, Self.base + 96, 0x10_2000), (96, Self.base + 32, 0x10_3000)]))
    #expect(circle.addresses == [0x10_2000, 0x10_3000] && circle.isCut)
    let data = walk(
      stack(
        pointer: Self.base + 32, [(32, Self.base + 96, 0x10_2000), (96, 0, 0x20_0008)]))
    #expect(data.addresses == [0x10_2000] && data.isCut)
    let deep = walk(
      stack(
        pointer: Self.base,
        (0..<31).map { ($0 * 16, Self.base + UInt64($0 + 1) * 16, 0x10_2000) }), limit: 5)
    #expect(deep.addresses.count == 5 && deep.isDeep && !deep.isCut)
  }

  @Test("whatever stands on a stack, a walk ends within it")
  func hostile() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3000 {
      let frames = (0..<30).map { index in
        (
          index * 16, Self.base + UInt64.random(in: 0..<70, using: &random) * 8,
          UInt64.random(in: 0x0f_fff0..<0x18_0010, using: &random)
        )
      }
      let pointer = Self.base + UInt64.random(in: 0..<70, using: &random) * 8
      let found = walk(stack(pointer: pointer, frames), limit: 100)
      #expect(found.addresses.count <= 64)
    }
  }

  @Test("equal stacks are counted together, in the shape of the instance's own profiler")
  func tally() {
    var tally = StackTally()
    var callers = CopiedStack.Callers()
    callers.addresses = [0x10_2000, 0x10_3000]
    for _ in 0..<3 { tally.took(0x10_1000, callers, isIdle: false) }
    tally.took(0x10_1000, callers, isIdle: true)
    callers.isCut = true
    tally.took(0x10_1000, callers, isIdle: false)
    tally.missed(4)
    let profile = tally.profile(rate: 20)
    #expect(profile.spots.map(\.count) == [3, 1, 1])
    #expect(profile.spots.map(\.activity) == ["running", "idle", "running"])
    #expect(
      profile.spots[2].stack.isCut && profile.spots[0].stack.callers == [0x10_2000, 0x10_3000])
    #expect(profile.counters["running"] == 4 && profile.counters["idle"] == 1)
    #expect(profile.counters["missed"] == 4 && profile.counters["cut"] == 1)
  }
}

@Suite("The moments of samples")
struct SampleClockTests {
  @Test("one a period on average, wherever in it each is placed")
  func schedule() {
    var clock = SampleClock(rate: 20, now: 1_000_000)
    var (missed, taken): (UInt64, Int) = (0, 0)
    var random = SystemRandomNumberGenerator()
    while clock.due < 11_000_000 {
      let done = clock.due + 1500
      missed += clock.took(pause: 1200, now: done, random: .random(in: 0..<1, using: &random))
      taken += 1
    }
    #expect(missed == 0 && (199...202).contains(taken), "\(taken) \(missed)")
    #expect(clock.pause.median == 1200 && clock.pause.count == taken)
    #expect((19.0...21.0).contains(clock.pause.rate))
  }

  @Test("a guest stands still for a tenth of the time at most, and what was left out is counted")
  func bounded() {
    var clock = SampleClock(rate: 100, now: 0)
    var missed: UInt64 = 0
    while clock.due < 10_000_000 {
      missed += clock.took(pause: 20_000, now: clock.due + 20_000, random: 0.5)
    }
    let pause = clock.pause
    #expect(pause.total * 10 <= pause.elapsed + 200_000 && pause.count < 60, "\(pause)")
    #expect(Int(missed) + pause.count > 950, "\(missed) \(pause)")
  }

  @Test("quantiles are of all pauses, in any order")
  func quantiles() {
    var clock = SampleClock(rate: 20, now: 0)
    for pause in (1...100).shuffled() { _ = clock.took(pause: pause, now: clock.due, random: 0) }
    #expect(clock.pause.median == 51 && clock.pause.longest == 100 && clock.pause.longTail == 100)
    #expect(clock.failed(now: clock.due, random: 0) == 1 && clock.pause.count == 100)
  }
}
