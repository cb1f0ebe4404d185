// A guest that says how long the machine took from its entry point to here. Under
// `-icount shift=0` a nanosecond is an instruction (figure K5). Then it measures how late a timer
// of 1 ms is, 20 times, and says the worst.

import Kernel

@main
struct Timing: Application {
  static func start() {
    let boot = System.now
    Console.write("entry to main: \(boot.nanoseconds) ns\n")
    Lateness().next()
  }
}

final class Lateness {
  private var worst = Nanoseconds.zero
  private var left = 20

  func next() {
    let due = System.now + .milliseconds(1)
    System.after(.milliseconds(1)) { [self] in
      worst = max(worst, System.now - due)
      left -= 1
      if left > 0 { return next() }
      Console.write("timer late by at most: \(worst.count) ns\n")
      System.powerOff()
    }
  }
}
