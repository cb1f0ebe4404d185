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
        while let body = queue.takeExpired(at: Instant(nanoseconds: now)) { body() }
      }
      let next = queue.next?.nanoseconds
      #expect(next == model.map(\.deadline).min())
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
      queue.takeExpired(at: Instant(nanoseconds: 1))?()
      if let timer { _ = queue.cancel(timer) }
    }
    #expect(ran == nil)
    #expect(cancelled == nil)
    #expect(left == nil)
  }
}
