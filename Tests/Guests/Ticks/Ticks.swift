// A guest that measures how late a tick of 1 ms is (figure K12): 2,000 ticks, each against the
// moment at which it was due, so that drift would show as lateness that grows. Prints
// "late by p50 N, p99 N, worst N ns; N early, N skipped".

import Kernel

@main
struct Ticks: Application {
  static func start() {
    let ticks = Lateness()
    System.every(.milliseconds(1)) { ticks.tick() }
  }
}

final class Lateness {
  private let start = System.now
  private var late: [UInt64] = []
  private var early = 0
  /// Periods that had been skipped when the last tick ended: a tick later than a period skips some.
  private var skipped: UInt64 = 0

  func tick() {
    let due = start + .milliseconds(UInt64(late.count + 1) + skipped)
    let now = System.now
    if now < due { early += 1 }
    late.append(now < due ? 0 : (now - due).count)
    skipped = System.loop.missedPeriods
    if late.count == 2_000 { report() }
  }

  private func report() {
    late.sort()
    Console.write("late by p50 \(late[1_000]), p99 \(late[1_980]), worst \(late[1_999]) ns; ")
    Console.write("\(early) early, \(skipped) skipped\n")
    System.powerOff()
  }
}
