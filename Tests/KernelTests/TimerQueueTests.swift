// The timer queue against a sorted list, over random traffic from a seeded generator.

import Machine
import Testing

@testable import Execution

@Suite("Timer queue")
struct TimerQueueTests {
  struct Expected {
    let deadline: UInt64
    let order: Int
    let id: TimerID
  }

  @Test("random arming, cancelling and expiry agree with a sorted list", arguments: 1...8)
  func model(seed: Int) throws {
    var random = Seeded(state: UInt64(seed))
    var queue = TimerQueue()
    var model: [Expected] = []
    var ran: [Int] = []
    var expected: [Int] = []
    var now: UInt64 = 0
    for order in 0..<6000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let deadline = now + UInt64.random(in: 0...200, using: &random)
        let armed = queue.arm(at: Instant(nanoseconds: deadline)) { ran.append(order) }
        model.append(Expected(deadline: deadline, order: order, id: try #require(armed)))
      case 5..<8:
        guard let victim = model.indices.randomElement(using: &random) else { continue }
        let cancelled = queue.cancel(model[victim].id) != nil
        #expect(cancelled)
        let twice = queue.cancel(model[victim].id) != nil
        #expect(!twice)
        model.remove(at: victim)
      default:
        now += UInt64.random(in: 0...60, using: &random)
        let due = model.filter { $0.deadline <= now }
          .sorted { ($0.deadline, $0.order) < ($1.deadline, $1.order) }
        expected += due.map(\.order)
        model.removeAll { $0.deadline <= now }
        while let due = queue.takeExpired(at: Instant(nanoseconds: now)) { due.body() }
      }
      let next = queue.next.nanoseconds
      #expect(next == model.map(\.deadline).min() ?? .max)
      let count = queue.count
      #expect(count == model.count)
    }
    #expect(ran == expected)
    #expect(ran.count > 500)
  }

  @Test("bodies are let go when a timer is over, cancelled, or its queue is")
  func release() {
    final class Token {}
    weak var ran: Token?
    weak var cancelled: Token?
    weak var left: Token?
    do {
      var queue = TimerQueue()
      let tokens = [Token(), Token(), Token()]
      (ran, cancelled, left) = (tokens[0], tokens[1], tokens[2])
      _ = queue.arm(at: Instant(nanoseconds: 1)) { [token = tokens[0]] in _ = token }
      let timer = queue.arm(at: Instant(nanoseconds: 2)) { [token = tokens[1]] in _ = token }
      _ = queue.arm(at: Instant(nanoseconds: 3)) { [token = tokens[2]] in _ = token }
      queue.takeExpired(at: Instant(nanoseconds: 1))?.body()
      if let timer { _ = queue.cancel(timer) }
    }
    #expect(ran == nil)
    #expect(cancelled == nil)
    #expect(left == nil)
  }

  /// Five comparisons for each level of a heap of four children: one on the way up, four down.
  static func bound(_ live: Int) -> Int {
    var (levels, room) = (1, 1)
    while room < live {
      levels += 1
      room = room * 4 + 1
    }
    return levels * 5
  }

  @Test(
    "no operation costs more comparisons than the logarithm allows",
    arguments: [10, 1000, 100_000])
  func steps(live: Int) throws {
    var random = Seeded(state: 7)
    var queue = TimerQueue()
    var timers: [TimerID] = []
    for _ in 0..<live {
      let deadline = Instant(nanoseconds: UInt64.random(in: 0...1_000_000, using: &random))
      timers.append(try #require(queue.arm(at: deadline) {}))
    }
    var worst = 0
    var last = queue.comparisons
    func took(_ comparisons: Int) {
      worst = max(worst, comparisons - last)
      last = comparisons
    }
    for round in 0..<2000 {
      let victim = Int.random(in: 0..<live, using: &random)
      _ = queue.cancel(timers[victim])
      took(queue.comparisons)
      // Always the earliest, always the latest, or anywhere: all the ways up and down.
      let deadline = [0, 2_000_000, UInt64.random(in: 0...1_000_000, using: &random)][round % 3]
      timers[victim] = try #require(queue.arm(at: Instant(nanoseconds: deadline)) {})
      took(queue.comparisons)
    }
    for _ in 0..<min(live, 2000) {
      _ = queue.takeExpired(at: .distantFuture)
      took(queue.comparisons)
    }
    #expect(worst > 0)
    #expect(worst <= Self.bound(live), "\(worst) comparisons with \(live) timers")
  }

  @Test("memory follows the number of timers, down as well as up")
  func memory() throws {
    var queue = TimerQueue()
    var timers: [TimerID] = []
    for index in 0..<100_000 {
      timers.append(try #require(queue.arm(at: Instant(nanoseconds: UInt64(index))) {}))
    }
    let full = queue.bytes
    #expect(full < 100_000 * 72)
    timers.shuffle()
    for timer in timers.dropFirst(10) { #expect(queue.cancel(timer) != nil) }
    // Ten timers may hold on to a block each, and to a table of where blocks are.
    let few = queue.bytes
    #expect(few < 10 * 1100 + full / 40, "\(few) bytes for ten timers")
    for timer in timers.prefix(10) { #expect(queue.cancel(timer) != nil) }
    let none = queue.bytes
    #expect(none < 4096, "\(none) bytes for no timer")
    #expect(queue.count == 0)
  }

  @Test("a name stays dead though its block was given back and made again")
  func staleNames() throws {
    var queue = TimerQueue()
    var old: [TimerID] = []
    for _ in 0..<5 {
      var timers: [TimerID] = []
      for _ in 0..<200 { timers.append(try #require(queue.arm(at: .distantFuture) {})) }
      for name in old { #expect(queue.cancel(name) == nil) }
      #expect(queue.count == 200)
      for timer in timers { #expect(queue.cancel(timer) != nil) }
      old += timers
    }
    for name in old { #expect(queue.cancel(name) == nil) }
  }
}
