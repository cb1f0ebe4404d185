// The event loop on a machine of virtual time, checked by the trace of what ran when.

import Machine
import Testing

@testable import Execution

@Suite("Event loop")
struct EventLoopTests {
  let machine = FakeMachine()
  let loop: EventLoop

  init() { loop = EventLoop(on: machine) }

  @Test("an interrupt runs its line's handler once, after the halt it ended")
  func interrupt() {
    let line = Line(rawValue: 7)
    _ = loop.register("device", line: line) { machine.note("device") }
    machine.script = [.init(time: 50, line: line), .init(time: 90, line: line)]
    loop.runUntilIdle(machine)
    #expect(machine.trace == ["0 halt", "50 device", "50 halt", "90 device"])
    #expect(loop.statistics(ofHandler: 0)?.runs == 2)
  }

  @Test("a line marked just before the halt is not slept over")
  func lostWakeUp() {
    let line = Line(rawValue: 3)
    var interrupts = 3
    _ = loop.register("device", line: line) { machine.note("device") }
    machine.beforeHalt = {
      guard interrupts > 0 else { return }
      interrupts -= 1
      machine.mark(line)
    }
    loop.runUntilIdle(machine)
    #expect(machine.trace == ["0 device", "0 device", "0 device"])
  }

  @Test("handlers run in order of registration, and marking twice runs once")
  func order() {
    let first = loop.register("first") { machine.note("first") }
    let second = loop.register("second") { machine.note("second") }
    loop.mark(second)
    loop.mark(first)
    loop.mark(second)
    loop.turn(mayWait: false)
    #expect(machine.trace == ["0 first", "0 second"])
  }

  @Test("a handler runs to completion: what it marks comes after it, and after the others")
  func runToCompletion() {
    var again = 2
    var busy = HandlerID(rawValue: 0)
    busy = loop.register("busy") {
      machine.note("busy begins")
      if again > 0 {
        again -= 1
        loop.mark(busy)
      }
      machine.note("busy ends")
    }
    let other = loop.register("other") { machine.note("other") }
    loop.mark(busy)
    loop.mark(other)
    loop.runUntilIdle(machine)
    #expect(
      machine.trace == [
        "0 busy begins", "0 busy ends", "0 other", "0 busy begins", "0 busy ends", "0 busy begins",
        "0 busy ends",
      ])
  }

  @Test("timers run at their deadlines in order, equal ones as armed, and the core halts between")
  func timers() {
    loop.at(Instant(nanoseconds: 300)) { machine.note("c") }
    loop.at(Instant(nanoseconds: 100)) { machine.note("a1") }
    loop.at(Instant(nanoseconds: 100)) { machine.note("a2") }
    loop.after(Nanoseconds(200)) { machine.note("b") }
    loop.runUntilIdle(machine)
    #expect(
      machine.trace == ["0 halt", "100 a1", "100 a2", "100 halt", "200 b", "200 halt", "300 c"])
    #expect(loop.timerCount == 0)
  }

  @Test("a cancelled timer neither runs nor wakes the core")
  func cancel() {
    let timer = loop.at(Instant(nanoseconds: 100)) { machine.note("cancelled") }
    loop.at(Instant(nanoseconds: 500)) { machine.note("kept") }
    loop.turn(mayWait: false)
    #expect(loop.cancel(timer))
    #expect(!loop.cancel(timer))
    loop.runUntilIdle(machine)
    #expect(machine.trace == ["0 halt", "500 kept"])
    #expect(!loop.cancel(timer))
  }

  @Test("an old name does not cancel the timer that has its slot now")
  func staleName() {
    let old = loop.at(Instant(nanoseconds: 10)) { machine.note("old") }
    #expect(loop.cancel(old))
    loop.at(Instant(nanoseconds: 20)) { machine.note("new") }
    #expect(!loop.cancel(old))
    loop.runUntilIdle(machine)
    #expect(machine.trace == ["0 halt", "20 new"])
  }

  @Test("a periodic timer keeps its grid however long its runs take")
  func noDrift() {
    loop.every(Nanoseconds(100)) {
      machine.note("tick")
      machine.spend(30)
    }
    loop.runUntilIdle(machine, limit: 450)
    #expect(
      machine.trace.filter { $0.hasSuffix("tick") } == [
        "100 tick", "200 tick", "300 tick", "400 tick",
      ])
    #expect(loop.missedPeriods == 0)
  }

  @Test("periods that pass during a long run are skipped and counted, the grid stays")
  func missedPeriods() {
    var long = true
    loop.every(Nanoseconds(100)) {
      machine.note("tick")
      if long { machine.spend(350) }
      long = false
    }
    loop.runUntilIdle(machine, limit: 650)
    // 100 to 450 is busy: 200 runs late at 450, 300 and 400 are skipped, then 500 and 600.
    #expect(
      machine.trace.filter { $0.hasSuffix("tick") } == [
        "100 tick", "450 tick", "500 tick", "600 tick",
      ])
    #expect(loop.missedPeriods == 2)
  }

  @Test("a periodic timer may cancel itself from its own run")
  func selfCancel() {
    var timer: TimerID?
    var runs = 0
    timer = loop.every(Nanoseconds(10)) {
      runs += 1
      if runs == 3, let timer { #expect(loop.cancel(timer)) }
    }
    loop.runUntilIdle(machine)
    #expect(runs == 3)
    #expect(machine.time == 30)
  }

  @Test("what a cancelled timer held may itself cancel timers when it is let go")
  func cancelInDeinit() {
    final class Owner {
      let loop: EventLoop
      let inner: TimerID
      init(_ loop: EventLoop) {
        self.loop = loop
        inner = loop.at(Instant(nanoseconds: 60)) {}
      }
      deinit { loop.cancel(inner) }
    }
    let outer = loop.at(Instant(nanoseconds: 50)) { [owner = Owner(loop)] in _ = owner }
    for index in 0..<20 { loop.at(Instant(nanoseconds: UInt64(index))) {} }
    #expect(loop.timerCount == 22)
    #expect(loop.cancel(outer))
    #expect(loop.timerCount == 20)
    loop.runUntilIdle(machine)
    #expect(machine.time == 19)
  }

  @Test("timers armed for the past and endless ready work do not starve each other")
  func fairness() {
    var spins = 0
    var busy = HandlerID(rawValue: 0)
    busy = loop.register("busy") {
      machine.spend(10)
      spins += 1
      loop.mark(busy)
    }
    loop.mark(busy)
    func again() {
      machine.note("timer")
      loop.at(Instant(nanoseconds: 0)) { again() }
    }
    again()
    for _ in 0..<20 { loop.turn(mayWait: true) }
    #expect(spins == 20)
    #expect(machine.trace.count >= 19)
    #expect(machine.time == 200)
  }

  @Test("the clock is programmed when the earliest deadline changes, not at every turn")
  func fewArms() {
    let spin = loop.register("spin") {}
    for index in 1...1000 { loop.at(Instant(nanoseconds: UInt64(1_000_000 + index))) {} }
    for _ in 0..<1000 {
      loop.mark(spin)
      loop.turn(mayWait: false)
    }
    #expect(machine.armCalls == 1)
  }

  @Test("a machine that wakes for no reason does no harm")
  func spurious() {
    loop.at(Instant(nanoseconds: 100)) { machine.note("timer") }
    machine.script = (1...5).map { .init(time: UInt64($0 * 10), line: Line(rawValue: 40)) }
    loop.runUntilIdle(machine)
    #expect(machine.trace.last == "100 timer")
    #expect(machine.trace.filter { $0.hasSuffix("timer") }.count == 1)
  }

  @Test("stop ends the run after the current turn")
  func stop() {
    let one = loop.register("one") {
      machine.note("one")
      loop.stop()
    }
    let two = loop.register("two") { machine.note("two") }
    loop.mark(one)
    loop.mark(two)
    loop.run()
    #expect(machine.trace == ["0 one", "0 two"])
  }
}
