// Teaches timers in callback style: once, periodically, and cancelled. A callback runs on the event
// loop, to its end, before anything else does; between two timers the core is halted. Periodic
// timers keep their grid: a run that comes late does not shift those after it.

import Kernel

@main
struct Timers: Application {
  static func start() {
    let clock = Stopwatch()

    // Once, 25 ms from now. Timers run in the order of their deadlines, not of these lines.
    System.after(.milliseconds(25)) { clock.note("once") }

    // Every 10 ms, until cancelled by its own name.
    let ticks = Ticks(clock)
    ticks.timer = System.every(.milliseconds(10)) { ticks.next() }

    // Never: what is cancelled in time does not run. Cancelling again says that it is over.
    let never = System.after(.milliseconds(15)) { clock.note("never") }
    let first = System.loop.cancel(never)
    let second = System.loop.cancel(never)
    Console.write("cancelled \(first), and again \(second)\n")
  }
}

/// Says what happened, and after how many whole periods of 5 ms.
final class Stopwatch {
  private let start = System.now

  func note(_ what: StaticString) {
    Console.write("\(what) at \((System.now - start).count / 5_000_000 * 5) ms\n")
  }
}

/// A periodic timer that ends itself.
final class Ticks {
  var timer: TimerID?
  private var count = 0
  private let clock: Stopwatch

  init(_ clock: Stopwatch) { self.clock = clock }

  func next() {
    count += 1
    clock.note("tick")
    guard count == 4, let timer else { return }
    System.loop.cancel(timer)
    Console.write("\(System.loop.timerCount) timers left\n")
    System.powerOff()
  }
}
