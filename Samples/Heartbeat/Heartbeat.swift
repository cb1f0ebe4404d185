// Teaches a timer, heap use, and an async task, and gives a debugger something to find: every
// 10 ms this program works for about 4 ms, 70 % of it in `ventricles`, 20 % in `atria` (which is
// inlined) and 10 % in the async task `circulate`. Once a second it prints a line.

import Kernel

@main
struct Heartbeat: Application {
  static func start() {
    let heart = Heart()
    System.every(.milliseconds(10)) { heart.beat() }
    System.every(.seconds(1)) { heart.report() }
    Task { await heart.circulate() }
  }
}

/// The same work for all, so that shares of rounds are shares of time.
@inline(__always)
func churn(_ value: UInt64, rounds: Int) -> UInt64 {
  var mixed = value
  var left = rounds
  while left > 0 {
    mixed ^= mixed &<< 13
    mixed ^= mixed &>> 7
    mixed ^= mixed &<< 17
    left &-= 1
  }
  return mixed
}

final class Heart {
  private let (beats, beatSource) = AsyncStream.makeStream(of: Int.self)
  private var count = 0
  private var pressure: UInt64 = 1
  private var flow: UInt64 = 1
  private var history: [[UInt64]] = []
  /// A hundredth of 4 ms' work on this machine.
  private var percent = 0

  init() { percent = measure() }

  @inline(never) func measure() -> Int {
    let begin = System.now
    flow = churn(flow, rounds: 200_000)
    return Int(200_000 * 40_000 / max((System.now - begin).count, 1))
  }

  @inline(never) func beat() { cycle(count) }
  @inline(never) func cycle(_ number: Int) { systole(number, percent) }
  @inline(never) func systole(_ number: Int, _ unit: Int) {
    pressure = contract(pressure, unit)
    history.append([pressure, UInt64(number)])
    if history.count > 100 { history.removeFirst(50) }
    count = number + 1
    beatSource.yield(count)
  }
  @inline(never) func contract(_ from: UInt64, _ unit: Int) -> UInt64 {
    squeeze(from, unit) &+ 1
  }
  @inline(never) func squeeze(_ from: UInt64, _ unit: Int) -> UInt64 {
    ventricles(atria(from, unit), unit) ^ 1
  }
  @inline(__always) func atria(_ from: UInt64, _ unit: Int) -> UInt64 {
    churn(from, rounds: 20 * unit)
  }
  @inline(never) func ventricles(_ from: UInt64, _ unit: Int) -> UInt64 {
    churn(from, rounds: 70 * unit)
  }

  func circulate() async {
    for await _ in beats { flow = churn(flow, rounds: 10 * percent) }
  }

  @inline(never) func report() {
    Console.write("beat \(count), pressure \(pressure & 0xff), flow \(flow & 0xff)\n")
  }
}
