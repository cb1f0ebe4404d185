// Gates, signals and deadlines; and the misuse that ends the instance with words.

import Glibc
import Machine
import Testing

@testable import Blocking
@testable import Execution

extension FiberTests {
  @Test("a gate lets all through in order once opened, and later comers at once, until closed")
  func gate() {
    let gate = Gate()
    for name in ["a", "b"] as [StaticString] {
      Fiber.spawn(name) {
        gate.wait()
        machine.note("\(name)")
      }
    }
    loop.at(Instant(nanoseconds: 70)) { gate.open() }
    Fiber.spawn("late") {
      Fiber.sleep(Nanoseconds(80))
      gate.wait()
      machine.note("late")
      gate.close()
      machine.note(gate.wait(until: Instant(nanoseconds: 95)) ? "open" : "shut")
    }
    #expect(trace() == ["70 a", "70 b", "80 late", "95 shut"])
  }

  @Test("a signal wakes one; raised early it is kept, and twice is once")
  func signal() {
    let signal = Signal()
    signal.raise()
    signal.raise()
    for name in ["a", "b", "c"] as [StaticString] {
      Fiber.spawn(name) {
        signal.wait()
        machine.note("\(name)")
      }
    }
    loop.at(Instant(nanoseconds: 10)) { signal.raise() }
    loop.at(Instant(nanoseconds: 20)) { signal.raise() }
    #expect(trace() == ["0 a", "10 b", "20 c"])
    #expect(!signal.isRaised && loop.timerCount == 0)
  }

  @Test("a wait that ends in time leaves no timer; one that does not leaves the list")
  func deadlines() {
    let signal = Signal()
    Fiber.spawn("patient") {
      machine.note("\(signal.wait(until: Instant(nanoseconds: 1_000)))")
    }
    Fiber.spawn("hasty") {
      machine.note("\(signal.wait(until: Instant(nanoseconds: 10)))")
    }
    Fiber.spawn("last") {
      machine.note("\(signal.wait(until: Instant(nanoseconds: 1_000)))")
    }
    loop.at(Instant(nanoseconds: 20)) { signal.raise() }
    loop.at(Instant(nanoseconds: 30)) { signal.raise() }
    #expect(trace() == ["10 false", "20 true", "30 true"])
    #expect(loop.timerCount == 0 && machine.time == 30)
  }

  @Test("a deadline and an event in the same moment: whichever comes first counts, once")
  func tie() {
    let signal = Signal()
    Fiber.spawn("early timer") {
      machine.note("\(signal.wait(until: Instant(nanoseconds: 10)))")
      machine.note("raised \(signal.isRaised)")
    }
    loop.turn(mayWait: false)
    loop.at(Instant(nanoseconds: 10)) { signal.raise() }
    #expect(trace() == ["10 false", "10 raised true"])
  }

  @Test("a blocking call outside a fiber ends the instance and says what to do")
  func outside() async {
    let ends = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) {
      Fiber.sleep(.milliseconds(1))
    }
    #expect(words(ends) == "*** panic: Fiber.sleep outside a fiber; spawn one\n")
  }

  @Test("a blocking call in a task is refused in other words")
  func inTask() async {
    let ends = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) {
      Core.current.job = 1
      Gate().wait()
    }
    #expect(words(ends) == "*** panic: a blocking call in a task; await Fiber.run instead\n")
  }

  @Test("the loop is not run on a fiber")
  func nestedLoop() async {
    let ends = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) {
      let loop = EventLoop(on: FakeMachine())
      Scheduler.attach(to: loop)
      Fiber.spawn("sleeper") { Fiber.sleep(Nanoseconds(5)) }
      Fiber.spawn("outer") { loop.run() }
      loop.run()
    }
    #expect(words(ends) == "*** panic: the event loop was run on a fiber\n")
  }

  @Test("a stack that overflows hits its guard, and the process says so and dies there")
  func overflow() async {
    let ends = await #expect(
      processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]
    ) {
      let loop = EventLoop(on: FakeMachine())
      Scheduler.attach(to: loop)
      Fiber.spawn("deep") { print(descend(1)) }
      loop.run()
    }
    #expect(words(ends) == "*** panic: stack overflow\n")
  }

  private func words(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }
}

/// Calls itself until the stack is full.
@inline(never)
private func descend(_ depth: UInt64) -> UInt64 {
  depth == .max ? 0 : descend(depth &+ 1) &+ depth
}
