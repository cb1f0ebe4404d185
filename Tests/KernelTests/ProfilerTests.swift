// The profiler's tables, its ring and its schedule, against plain models of them.

import Profiler
import Testing

@Suite("Profiler")
struct ProfilerTests {
  /// Memory for a profiler of this size; kept as long as the process.
  static func memory(_ size: ProfileSize) -> ProfileMemory {
    let base = UnsafeMutableRawPointer.allocate(byteCount: size.bytes, alignment: 4096)
    base.initializeMemory(as: UInt8.self, repeating: 0xa5, count: size.bytes)
    return ProfileMemory(base, size)
  }

  static let small = ProfileSize(stacks: 8, depth: 6, spots: 16, samples: 8)

  private func number(_ memory: inout ProfileMemory, _ callers: [UInt64], hash: UInt64) -> UInt32 {
    for (index, caller) in callers.enumerated() { memory.stacks.candidate[index] = caller }
    var walked = Walked()
    walked.count = callers.count
    walked.hash = hash
    return memory.stacks.number(of: walked)
  }

  @Test("a stack gets one number, whatever else is looked up; equal hashes do not confuse it")
  func stacks() throws {
    var memory = Self.memory(ProfileSize(stacks: 64, depth: 6, spots: 16, samples: 8))
    var known: [[UInt64]: UInt32] = [:]
    var state: UInt64 = 3
    for _ in 0..<5_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let count = Int(state >> 40 % 7)
      let callers = (0..<count).map { index in state >> UInt64(20 + index) & 1 &+ 100 }
      // Few hashes: almost all collide.
      let found = number(&memory, callers, hash: callers.reduce(0, &+) & 1)
      if let before = known[callers] {
        #expect(found == before)
      } else if known.count < 64 {
        #expect(Int(found) == known.count + 1)
        known[callers] = found
      } else {
        #expect(found == 0)
      }
    }
    #expect(known.count == 64)
    for (callers, number) in known {
      let kept = try #require(memory.stacks.stack(number))
      #expect(Array(kept.frames) == callers)
      #expect(Int(kept.row.frames) == callers.count)
    }
    #expect(memory.stacks.stack(0) == nil)
    #expect(memory.stacks.stack(65) == nil)
  }

  @Test("spots are told apart by address, stack and activity, and counted")
  func spots() throws {
    var memory = Self.memory(Self.small)
    var numbers: Set<UInt32> = []
    for round in 0..<3 {
      for address: UInt64 in [0x1000, 0x1001] {
        for stack: UInt32 in 0...1 {
          for activity in [CoreActivity.running, .idle, .waiting] {
            let number = memory.spots.hit(address, stack: stack, activity)
            numbers.insert(number)
            let spot = try #require(memory.spots.spot(number))
            #expect(spot.count == UInt64(round + 1))
            #expect(spot.row.address == address && spot.row.stack == stack)
            #expect(spot.row.activity == UInt32(activity.rawValue))
          }
        }
      }
    }
    #expect(numbers == Set(1...12))
    for address: UInt64 in 0..<4 { #expect(memory.spots.hit(address, stack: 9, .running) > 12) }
    #expect(memory.spots.hit(77, stack: 9, .running) == 0)
    #expect(memory.spots.count == 16)
  }

  @Test(
    "the schedule has one sample in each period, at no fixed place in it",
    arguments: [
      1, 3, 97, 997, 1_000, 7_777, 10_000, 50_000,
    ] as [UInt64])
  func schedule(rate: UInt64) {
    var schedule = SampleSchedule(rate: rate, from: 1_000, seed: 5)
    var moment = schedule.draw()
    var places = [0, 0, 0, 0]
    let rounds = max(rate * 10, 4_000)
    for index in 0..<rounds {
      // The exact period, from whole numbers of 128 bits.
      let begin = 1_000 + UInt64((UInt128(index) * 1_000_000_000) / UInt128(rate))
      let end = 1_000 + UInt64((UInt128(index + 1) * 1_000_000_000) / UInt128(rate))
      #expect(moment >= begin && moment <= end)
      if moment >= begin { places[min(3, Int((moment - begin) * 4 * rate / 1_000_000_000))] += 1 }
      moment = schedule.next(after: moment)
    }
    for place in places { #expect(abs(place - Int(rounds) / 4) < Int(rounds) / 20) }
    #expect(schedule.missed == 0)
  }

  @Test("periods in which nobody could be interrupted are missed, not made up for")
  func missed() {
    var schedule = SampleSchedule(rate: 1_000, from: 0, seed: 9)
    _ = schedule.draw()
    // Late by ten periods and a half.
    let next = schedule.next(after: 11_500_000)
    #expect(schedule.missed == 10)
    #expect(next >= 11_000_000 && next < 12_000_000)
    let after = schedule.next(after: max(next, 11_500_001))
    #expect(after >= 12_000_000 && after < 13_000_000)
    #expect(schedule.missed == 10)
  }

  @Test("the rate is kept within its bounds")
  func bounds() {
    #expect(SampleSchedule(rate: 0, from: 0, seed: 1).rate == 1)
    #expect(SampleSchedule(rate: .max, from: 0, seed: 1).rate == SampleSchedule.highestRate)
  }

  @Test("the parts of the memory neither overlap nor reach beyond its end")
  func layout() {
    for memory: UInt64 in [1 << 20, 12 << 20, 48 << 20, 1 << 40] {
      let size = ProfileSize(forMemory: memory)
      #expect(size.depth.isMultiple(of: 2))
      for count in [size.stacks, size.spots, size.samples] { #expect(count & (count - 1) == 0) }
      #expect(UInt64(size.bytes) * 50 < max(memory, 3 << 20))
      #expect(MemoryLayout<ProfileCounters>.size <= 128)
      #expect(MemoryLayout<SpotRow>.stride == 16)
      #expect(MemoryLayout<SampleRecord>.stride == 32)
      #expect(MemoryLayout<StackRow>.stride == 8)
    }
  }
}
