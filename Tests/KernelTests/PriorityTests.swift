// Who runs first, by the rules in EventLoop's comment; checked by the trace of what ran when. And
// what the loop says about how long each waited and ran, in virtual time.

import Machine
import Testing

@testable import Execution

@Suite("Priorities and timing of handlers")
struct PriorityTests {
  let machine = FakeMachine()
  let loop: EventLoop

  init() { loop = EventLoop(on: machine) }

  private func noting(_ name: StaticString, _ priority: Priority, line: Line? = nil) -> HandlerID {
    loop.register(name, line: line, priority: priority) { machine.note("\(name)") }
  }

  @Test("high before normal before low, whatever the order of registration and of marks")
  func order() {
    let low = noting("low", .low)
    let normal = noting("normal", .normal)
    let high = noting("high", .high)
    for handler in [low, normal, high] { loop.mark(handler) }
    loop.runUntilIdle(machine)
    #expect(machine.trace == ["0 high", "0 normal", "0 low"])
  }

  @Test("an interrupt of high priority overtakes what is ready, but not what runs")
  func interrupt() {
    let line = Line(rawValue: 9)
    var marks: [HandlerID] = []
    for name in ["one", "two", "three"] as [StaticString] {
      marks.append(
        loop.register(name) {
          machine.note("\(name)")
          machine.spend(10)
        })
    }
    _ = noting("urgent", .high, line: line)
    machine.script = [.init(time: 15, line: line)]
    for handler in marks { loop.mark(handler) }
    loop.runUntilIdle(machine)
    #expect(machine.trace == ["0 one", "10 two", "20 urgent", "20 three"])
  }

  @Test("a high handler that is always ready lets normal ones run after 16 times")
  func highStorm() {
    var storm = HandlerID(rawValue: 0)
    var runs = 0
    storm = loop.register("storm", priority: .high) {
      runs += 1
      loop.mark(storm)
    }
    let normal = loop.register("normal") { machine.note("normal after \(runs)") }
    let other = loop.register("other") { machine.note("other after \(runs)") }
    loop.mark(storm)
    for _ in 0..<3 {
      loop.mark(normal)
      loop.mark(other)
      loop.turn(mayWait: false)
    }
    #expect(
      machine.trace == [
        "0 normal after 17", "0 other after 17", "0 normal after 34", "0 other after 34",
        "0 normal after 51", "0 other after 51",
      ])
  }

  @Test("low handlers take turns, one a turn, when nothing else is ready")
  func lowShare() {
    var lows: [HandlerID] = []
    for name in ["a", "b", "c"] as [StaticString] {
      lows.append(
        loop.register(name, priority: .low) {
          machine.note("\(name)")
          loop.mark(lows[name.utf8Start.pointee == 97 ? 0 : name.utf8Start.pointee == 98 ? 1 : 2])
        })
    }
    let normal = noting("normal", .normal)
    for low in lows { loop.mark(low) }
    for turn in 0..<6 {
      if turn == 3 { loop.mark(normal) }
      loop.turn(mayWait: false)
    }
    #expect(machine.trace == ["0 a", "0 b", "0 c", "0 normal", "0 a", "0 b"])
  }

  @Test("a low handler that finds the loop busy runs in the 17th turn")
  func lowWait() {
    var busy = HandlerID(rawValue: 0)
    var turns = 0
    busy = loop.register("busy") {
      turns += 1
      loop.mark(busy)
    }
    let low = loop.register("low", priority: .low) { machine.note("low in turn \(turns)") }
    loop.mark(busy)
    for _ in 0..<40 {
      loop.mark(low)
      loop.turn(mayWait: false)
    }
    #expect(machine.trace == ["0 low in turn 17", "0 low in turn 34"])
  }

  @Test("a handler marked while it waits for its place in the turn runs once")
  func markedTwice() {
    var second = HandlerID(rawValue: 0)
    let first = loop.register("first") {
      machine.note("first")
      loop.mark(second)
    }
    second = noting("second", .normal)
    loop.mark(first)
    loop.mark(second)
    loop.runUntilIdle(machine)
    #expect(machine.trace == ["0 first", "0 second"])
  }

  @Test("a timer is of high priority")
  func timer() {
    let normal = noting("normal", .normal)
    loop.at(Instant(nanoseconds: 100)) { machine.note("timer") }
    loop.turn(mayWait: false)
    machine.spend(200)
    loop.mark(normal)
    loop.turn(mayWait: false)
    #expect(machine.trace == ["200 timer", "200 normal"])
  }

  @Test("each handler's waits and runs are timed; the end of one is the start of the next")
  func timing() throws {
    let slow = loop.register("slow") { machine.spend(1000) }
    let quick = loop.register("quick") { machine.spend(10) }
    machine.spend(50)
    loop.mark(slow)
    machine.spend(7)
    loop.mark(quick)
    machine.spend(3)
    loop.runUntilIdle(machine)
    let first = try #require(loop.statistics(ofHandler: 0))
    let second = try #require(loop.statistics(ofHandler: 1))
    #expect(first.runs == 1 && second.runs == 1)
    #expect(first.delay.maximum == 10 && first.run.maximum == 1000)
    #expect(second.delay.maximum == 1003 && second.run.maximum == 10)
    #expect(second.run.total == 10 && second.run.p50 == 10)
  }

  @Test("a handler with a line waits from when the loop took the line")
  func lineDelay() throws {
    let line = Line(rawValue: 5)
    let busy = loop.register("busy") { machine.spend(100) }
    _ = loop.register("device", line: line) { machine.spend(4) }
    // Raised in the middle of `busy`, taken at its end: it waits for nobody after that.
    machine.script = [.init(time: 30, line: line)]
    loop.mark(busy)
    loop.runUntilIdle(machine)
    let device = try #require(loop.statistics(ofHandler: 1))
    #expect(device.delay.maximum == 0 && device.run.maximum == 4)
  }

  @Test("timers are timed one by one, their delay from the deadline")
  func timers() throws {
    for deadline in [100, 110, 500] as [UInt64] {
      loop.at(Instant(nanoseconds: deadline)) { machine.spend(40) }
    }
    loop.runUntilIdle(machine)
    let timers = try #require(
      (0..<loop.handlerCount).compactMap { loop.statistics(ofHandler: $0) }
        .first { $0.name.description == "timers" })
    #expect(timers.runs == 3)
    // 100 runs in time until 140, 110 is 30 late, 500 in time.
    #expect(timers.delay.maximum == 30 && timers.delay.total == 30)
    #expect(timers.run.total == 120)
  }
}
