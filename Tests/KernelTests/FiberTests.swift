// Fibers on real stacks and a machine of virtual time, checked by the trace of what ran when.

import Glibc
import Machine
import Testing

@testable import Blocking
@testable import Execution

/// All tests of fibers: one at a time, for the scheduler is the core's.
@Suite("Fibers", .serialized)
struct FiberTests {
  let machine = FakeMachine()
  let loop: EventLoop

  init() {
    loop = EventLoop(on: machine)
    Scheduler.attach(to: loop)
    StackCache.clear()
    StackLedger.left = .max
    StackLedger.made = 0
    StackLedger.released = 0
  }

  /// Runs until nothing is left to do; the trace without the halts.
  func trace() -> [String] {
    loop.runUntilIdle(machine)
    #expect(Fiber.count == 0)
    return machine.trace.filter { !$0.hasSuffix(" halt") }
  }

  @Test("a fiber begins in the loop's next turn, not in spawn, and sees itself as the current one")
  func begins() {
    var seen: Fiber?
    let fiber = Fiber.spawn("one") {
      machine.note("runs")
      seen = Fiber.current
    }
    machine.note("spawned")
    #expect(Fiber.current == nil && !fiber.isDone)
    #expect(trace() == ["0 spawned", "0 runs"])
    #expect(seen === fiber && fiber.isDone && fiber.stack.size == 0)
    #expect(Core.current.fiber == 0 && Core.current.fiberStack.size == 0)
  }

  /// What the records say, as somebody reads them who knows the layout only.
  private func records() -> [String] {
    var found: [String] = []
    var address = Core.current.fibers
    var before: UInt = 0
    while let record = UnsafePointer<FiberRecord>(bitPattern: address)?.pointee {
      #expect(record.previous == before)
      let name = UnsafeBufferPointer(
        start: UnsafePointer<UInt8>(bitPattern: record.name), count: Int(record.nameCount))
      let state = record.isReady == 1 ? "ready" : "waits"
      found.append("\(String(decoding: name, as: UTF8.self)) \(state) since \(record.since)")
      #expect(record.stack.start..<record.stack.end ~= record.stackPointer)
      before = address
      address = record.next
    }
    return found
  }

  @Test("records on the stacks tell who there is, in what state and since when")
  func recordsOfFibers() {
    Fiber.spawn("sleeper") { Fiber.sleep(Nanoseconds(50)) }
    Fiber.spawn("worker") {
      Fiber.sleep(Nanoseconds(20))
      Fiber.yield()
      Fiber.sleep(Nanoseconds(10))
    }
    loop.after(Nanoseconds(10)) { machine.note(records().joined(separator: ", ")) }
    loop.after(Nanoseconds(25)) {
      Fiber.spawn("late") {}
      machine.note(records().joined(separator: ", "))
    }
    loop.after(Nanoseconds(40)) { machine.note(records().joined(separator: ", ")) }
    #expect(
      trace() == [
        "10 worker waits since 0, sleeper waits since 0",
        "25 late ready since 0, worker waits since 20, sleeper waits since 0",
        "40 sleeper waits since 0",
      ])
    #expect(Core.current.fibers == 0 && records().isEmpty)
  }

  @Test("sleepers wake at their times, and the core halts in between")
  func sleep() {
    for (name, span) in [("a", 30), ("b", 20)] as [(StaticString, UInt64)] {
      Fiber.spawn(name) {
        for _ in 0..<3 {
          Fiber.sleep(Nanoseconds(span))
          machine.note("\(name)")
        }
      }
    }
    // At 60 both are due: b armed first for it.
    #expect(trace() == ["20 b", "30 a", "40 b", "60 a", "60 b", "90 a"])
    #expect(machine.trace.filter { $0.hasSuffix("halt") }.count == 5)
  }

  @Test("sleep(until:) keeps a grid, and a deadline in the past lets the others run first")
  func sleepUntil() {
    Fiber.spawn("grid") {
      for step in 1...3 {
        Fiber.sleep(until: Instant(nanoseconds: UInt64(step * 100)))
        machine.note("grid")
        machine.spend(30)
      }
    }
    Fiber.spawn("late") {
      Fiber.sleep(until: Instant(nanoseconds: 0))
      machine.note("late")
    }
    Fiber.spawn("other") { machine.note("other") }
    #expect(trace() == ["0 other", "0 late", "100 grid", "200 grid", "300 grid"])
  }

  @Test("yield goes round in order")
  func yield() {
    for name in ["a", "b", "c"] as [StaticString] {
      Fiber.spawn(name) {
        for _ in 0..<2 {
          machine.note("\(name)")
          Fiber.yield()
        }
      }
    }
    #expect(trace() == ["0 a", "0 b", "0 c", "0 a", "0 b", "0 c"])
  }

  @Test("fibers that never sleep leave the loop its other handlers and its timers")
  func fairness() {
    var isOver = false
    let other = loop.register("other") { machine.note("other") }
    loop.mark(other)
    loop.at(Instant(nanoseconds: 500)) { isOver = true }
    for name in ["a", "b"] as [StaticString] {
      Fiber.spawn(name) {
        while !isOver {
          machine.spend(10)
          Fiber.yield()
        }
      }
    }
    // A batch is 16 switches of 10 ns: the other handler waits no longer than one.
    #expect(trace() == ["160 other"])
    #expect(machine.time < 500 + 2 * 160)
  }

  @Test("join waits for the end, any number may, and after the end it does not wait")
  func join() {
    let worker = Fiber.spawn("worker") {
      Fiber.sleep(Nanoseconds(50))
      machine.note("worker done")
    }
    for name in ["a", "b"] as [StaticString] {
      Fiber.spawn(name) {
        worker.join()
        worker.join()
        machine.note("\(name)")
      }
    }
    #expect(trace() == ["50 worker done", "50 a", "50 b"])
  }

  @Test("what a body held is let go when it ends, and so is the fiber")
  func letGo() {
    final class Thing {}
    weak var thing: Thing?
    weak var fiber: Fiber?
    do {
      let held = Thing()
      thing = held
      fiber = Fiber.spawn("holder") { [held] in
        Fiber.sleep(Nanoseconds(1))
        withExtendedLifetime(held) {}
      }
    }
    #expect(thing != nil && fiber != nil)
    #expect(trace() == [])
    #expect(thing == nil && fiber == nil)
  }

  @Test("each fiber has its own rounding mode, in SSE and x87")
  func controlWords() {
    var modes: [Int32] = []
    Fiber.spawn("up") {
      fesetround(FE_UPWARD)
      Fiber.yield()
      modes.append(fegetround())
      fesetround(FE_TONEAREST)
    }
    Fiber.spawn("nearest") { modes.append(fegetround()) }
    #expect(trace() == [])
    #expect(modes == [FE_TONEAREST, FE_UPWARD] && fegetround() == FE_TONEAREST)
  }

  @Test("10,000 fibers sleep at once and each wakes in its turn")
  func many() {
    var order: [Int] = []
    for number in 0..<10_000 {
      Fiber.spawn("one of many", stackSize: 8192) {
        Fiber.sleep(Nanoseconds(UInt64(number * 7919 % 10_000 + 1)))
        order.append(number * 7919 % 10_000)
      }
    }
    loop.turn(mayWait: false)
    #expect(Fiber.count == 10_000)
    #expect(trace() == [] && order == Array(0..<10_000))
    #expect(StackLedger.made == 10_000)
    StackCache.clear()
    #expect(StackLedger.released == 10_000)
  }

  @Test("stacks are used again by fibers of the same size, a few are kept, the rest given back")
  func stackReuse() {
    for _ in 0..<100 {
      Fiber.spawn("short") {}
      loop.runUntilIdle(machine)
    }
    #expect(StackLedger.made == 1 && StackLedger.released == 0)
    for _ in 0..<40 { Fiber.spawn("together") { Fiber.yield() } }
    #expect(trace() == [])
    #expect(StackLedger.made == 40 && StackLedger.released == 40 - StackCache.limit)
    Fiber.spawn("large", stackSize: 100_000) {}
    #expect(trace() == [])
    #expect(StackLedger.made == 41 && StackLedger.released == 40)
  }

  @Test("without memory for a stack spawnIfRoom says so, and work goes on")
  func noRoom() {
    StackLedger.left = 1
    func spawns(_ name: StaticString) -> Bool {
      Fiber.spawnIfRoom(name) { machine.note("\(name)") } != nil
    }
    let (first, second) = (spawns("first"), spawns("second"))
    #expect(first && !second)
    #expect(trace() == ["0 first"])
    let third = spawns("third")
    #expect(third)
    #expect(trace() == ["0 first", "0 third"])
  }
}
