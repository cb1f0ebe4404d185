// Stacks of a profile laid out by hand. What an address is called stands in a table here.

import Profiling
import Readings
import Testing

@Suite("Stacks of a profile")
struct ProfileStacksTests {
  /// 0x1000 is in `leaf`, inlined into `work`; callers are looked up a byte before themselves.
  private let table = FrameNames { address in
    switch address {
    case 0x1000:
      [
        ProfileFrame(function: "leaf", line: 7, isInlined: true, address: address),
        ProfileFrame(function: "work", line: 3, address: address),
      ]
    case 0x1fff: [ProfileFrame(function: "work", line: 9, address: address)]
    case 0x2000: [ProfileFrame(function: "behind", address: address)]
    case 0x2fff: [ProfileFrame(function: "main", address: address)]
    default: []
    }
  }

  private func spot(
    _ number: UInt64, _ address: UInt64, _ count: UInt64, _ callers: [UInt64],
    _ activity: String = "running", _ change: (inout ProfileReading.Stack) -> Void = { _ in }
  ) -> ProfileReading.Spot {
    var stack = ProfileReading.Stack(callers: callers)
    change(&stack)
    return ProfileReading.Spot(
      number: number, address: address, activity: activity, count: count, stack: stack)
  }

  @Test("name inlined functions, callers, and what is not known")
  func names() {
    var profile = ProfileReading()
    profile.spots = [spot(1, 0x1000, 5, [0x2000, 0x3000]), spot(2, 0x9000, 1, [0x3000])]
    let stacks = ProfileStacks(profile, table)
    let functions = stacks.lines.map(\.functions)
    #expect(functions == [["leaf", "work", "work", "main"], ["0x9000", "main"]])
    #expect(stacks.lines.first?.frames.map(\.line) == [7, 3, 9, 0])
    // `work` called itself: it had five samples, not ten.
    #expect(
      stacks.shares("running").map { "\($0.name) \($0.own) \($0.all)" } == [
        "leaf 5 5", "0x9000 1 1", "main 0 6", "work 0 5",
      ])
  }

  @Test("a short table has who works and who leads there, and says how many it leaves out")
  func leading() {
    var profile = ProfileReading()
    profile.spots = [
      spot(1, 0x1000, 5, [0x3000]), spot(2, 0x9000, 2, [0x3000]), spot(3, 0xa000, 1, [0x3000]),
    ]
    let short = ProfileStacks(profile, table).leading("running", 1)
    #expect(short.shown.map(\.name) == ["leaf", "main"])
    #expect(short.left == 3)
    let long = ProfileStacks(profile, table).leading("running", 5)
    #expect(long.shown.map(\.name) == ["leaf", "0x9000", "0xa000", "main", "work"])
    #expect(long.left == 0)
  }

  @Test("say where frames are missing, and look up who waits where it goes on")
  func missing() {
    var profile = ProfileReading()
    profile.spots = [
      spot(1, 0x1000, 1, [0x3000]) { $0.gap = 0 },
      spot(2, 0x1000, 1, [0x2000, 0x3000]) {
        $0.gap = 0
        $0.awaiting = 1
      },
      spot(3, 0x1000, 1, [0x3000]) { $0.isCut = true },
      spot(4, 0x1000, 1, []) { $0.isUnknown = true },
    ]
    let lines = Set(ProfileStacks(profile, table).lines.map { $0.functions.joined(separator: " ") })
    #expect(
      lines == [
        "leaf work [...] main", "leaf work behind main", "leaf work main [...]", "leaf work [...]",
      ])
  }
}
