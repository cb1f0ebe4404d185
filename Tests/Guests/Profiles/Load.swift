// What a client that is attached costs: the same work over and over, each pass told in instructions. A
// handler that is always busy stands for a server under full load, whatever it serves.

import Kernel

final class Load {
  private var sum: UInt64 = 0

  func begin() {
    System.after(.milliseconds(1)) { [self] in
      let start = System.now
      for _ in 0..<5 { sum &+= spin(10_000_000) }
      Console.write("pass: \((System.now - start).count), sum \(sum & 1)\n")
      begin()
    }
  }
}
