// A guest that says how long the machine took from its entry point to here, and what a block of
// the heap costs. Under `-icount shift=0` a nanosecond is an instruction (figure K5). Then it
// measures how late a timer of 1 ms is, 20 times, and says the worst.

import Kernel

@main
struct Timing: Application {
  static func start() {
    let boot = System.now
    Console.write("entry to main: \(boot.nanoseconds) ns\n")
    Console.write("malloc and free: \(pairCost(sizes: 16)) ns a pair of one size, ")
    Console.write("\(pairCost(sizes: 1024)) of sizes up to 1,024\n")
    Lateness().next()
  }

  /// What allocating a block and freeing it costs, on average over 10,000 pairs; every other
  /// block lives until the next one is there.
  static func pairCost(sizes: Int) -> UInt64 {
    var kept = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    let start = System.now
    for index in 0..<10_000 {
      let size = 16 &+ (index &* 48) & (sizes &- 1)
      let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
      if index & 1 == 0 {
        kept.deallocate()
        kept = block
      } else {
        block.deallocate()
      }
    }
    let cost = (System.now - start).count / 10_000
    kept.deallocate()
    return cost
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
