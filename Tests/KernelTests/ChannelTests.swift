// Channels against a model: two lists, of values that nobody has got yet and of receivers that
// have got none, in the order in which they came. Capacity decides only who waits.

import Machine
import Testing

@testable import Blocking
@testable import Execution

/// What a first come, first served channel does, written without regard to speed.
private struct ChannelModel {
  /// Somebody who waits, with the time at which that ends.
  typealias Entry = (number: Int, deadline: UInt64)

  let capacity: Int
  var values: [Entry] = []
  var receivers: [Entry] = []
  var expected: [Int: Int] = [:]

  /// Lets go of those whose time is up: what is in the channel already has no deadline any more.
  mutating func advance(to now: UInt64) {
    let inside = values.prefix(capacity).map { ($0.number, UInt64.max) }
    values = inside + values.dropFirst(capacity).filter { $0.deadline > now }
    receivers.removeAll { $0.deadline <= now }
    match()
  }

  mutating func sends(_ value: Entry) {
    values.append(value)
    match()
  }

  mutating func receives(_ receiver: Entry) {
    receivers.append(receiver)
    match()
  }

  private mutating func match() {
    while !values.isEmpty, !receivers.isEmpty {
      expected[receivers.removeFirst().number] = values.removeFirst().number
    }
    for index in values.indices.prefix(capacity) { values[index].deadline = .max }
  }
}

extension FiberTests {
  @Test("a channel hands over in order, blocks when full and when empty, and drains when closed")
  func channel() {
    let channel = Channel<Int>(capacity: 2)
    Fiber.spawn("sender") {
      for number in 1...4 {
        #expect(channel.send(number))
        machine.note("sent \(number)")
      }
      channel.close()
      #expect(!channel.send(5) && !channel.trySend(6))
    }
    Fiber.spawn("receiver", stackSize: 65_536) {
      Fiber.sleep(Nanoseconds(100))
      while let number = channel.receive() {
        machine.note("got \(number)")
        Fiber.sleep(Nanoseconds(10))
      }
      machine.note("end")
    }
    #expect(
      trace() == [
        "0 sent 1", "0 sent 2", "100 got 1", "100 sent 3", "110 got 2", "110 sent 4", "120 got 3",
        "130 got 4", "140 end",
      ])
  }

  @Test("close wakes both sides; what nobody received dies with the channel")
  func close() {
    final class Thing {}
    weak var inside: Thing?
    weak var waiting: Thing?
    do {
      let channel = Channel<Thing>(capacity: 1)
      let empty = Channel<Thing>(capacity: 1)
      let things = [Thing(), Thing()]
      (inside, waiting) = (things[0], things[1])
      Fiber.spawn("sender") { for thing in things { machine.note("\(channel.send(thing))") } }
      Fiber.spawn("receiver") { machine.note(empty.receive() == nil ? "none" : "some") }
      loop.at(Instant(nanoseconds: 5)) {
        channel.close()
        empty.close()
      }
    }
    #expect(trace() == ["0 true", "5 false", "5 none"])
    #expect(inside == nil && waiting == nil)
  }

  @Test(
    "random senders and receivers, some of them hasty, see what the model sees",
    arguments: 1...40 as ClosedRange<UInt64>)
  func property(seed: UInt64) {
    var random = SplitMix(state: seed)
    let capacity = Int.random(in: 1...4, using: &random)
    let channel = Channel<Int>(capacity: capacity)
    var model = ChannelModel(capacity: capacity)
    var faults: [String] = []
    var (number, received) = (0, 0)
    func begin() -> Int {
      Fiber.sleep(Nanoseconds(UInt64.random(in: 0...6, using: &random)))
      // Time moves in halts only, and timers run before fibers: who is late by now has left.
      model.advance(to: machine.time)
      let inside = min(capacity, model.values.count)
      if channel.count != inside { faults.append("\(channel.count) inside, not \(inside)") }
      number += 1
      return number
    }
    func sender() {
      for _ in 0..<30 {
        let value = begin()
        let isHasty = Bool.random(using: &random)
        let deadline = isHasty ? machine.time + 3 : .max
        model.sends((value, deadline))
        let isSent =
          isHasty
          ? channel.send(value, until: Instant(nanoseconds: deadline)) : channel.send(value)
        model.advance(to: machine.time)
        let isKnown =
          model.expected.values.contains(value)
          || model.values.prefix(capacity).contains { $0.number == value }
        if isSent != isKnown, !channel.isClosed { faults.append("\(value): sent \(isSent)") }
      }
    }
    func receiver() {
      for _ in 0..<30 {
        let me = begin()
        model.receives((me, machine.time + 4))
        let value = channel.receive(until: Instant(nanoseconds: machine.time + 4))
        if value != nil { received += 1 }
        model.advance(to: machine.time)
        if value != model.expected[me] { faults.append("\(me) got \(value ?? -1)") }
      }
    }
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      Fiber.spawn("sender", stackSize: 131_072) { sender() }
    }
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      Fiber.spawn("receiver", stackSize: 131_072) { receiver() }
    }
    loop.runUntilIdle(machine)
    #expect(faults.prefix(3) == [] && received > 10)
    // Senders that nobody serves any more get false, so that the fibers end with the test.
    channel.close()
    loop.runUntilIdle(machine)
    #expect(Fiber.count == 0 && loop.timerCount == 0)
  }
}

/// Steele, Lea and Flood's generator: repeatable from its seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
