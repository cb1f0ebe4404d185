// Teaches a timer, heap use and an async task, and gives a debugger something to find: every
// 10 ms it works for about 4 ms, 70 % of it in `ventricles`, 20 % in `atria` (inlined into
// `squeeze`) and 10 % in the task `circulate`. Once a second it prints a line. Runs for ever.

import Kernel

@main
struct Heartbeat: Application {
  static func start() {
    let heart = Heart()
    System.every(.milliseconds(10)) { heart.beat() }
    System.every(.seconds(1)) { Console.write("beat \(heart.count), pulse \(heart.pulse)\n") }
    Task { await heart.circulate() }
  }
}

final class Heart {
  private(set) var count = 0
  private(set) var pulse: UInt64 = 1
  private var history: [[UInt64]] = []
  private let (beats, beatSource) = AsyncStream.makeStream(of: Int.self)
  /// Rounds of `churn` that make a hundredth of 4 ms on this machine, as the best of three tells.
  private var percent = 0

  init() { for _ in 0..<3 { percent = max(percent, measured()) } }
  private func measured() -> Int {
    let begin = System.now
    pulse = churn(pulse, rounds: 200_000)
    return Int(200_000 * 40_000 / max((System.now - begin).count, 1))
  }
  @inline(never) func beat() { cycle(number: count + 1) }
  @inline(never) func cycle(number: Int) {
    pulse = systole(pulse)
    history.append([pulse, UInt64(number)])
    if history.count > 100 { history.removeFirst(50) }
    count = number
    beatSource.yield(number)
  }
  @inline(never) func systole(_ flow: UInt64) -> UInt64 { contract(flow ^ 3) | 1 }
  @inline(never) func contract(_ flow: UInt64) -> UInt64 { squeeze(flow ^ 5) &+ 1 }
  @inline(never) func squeeze(_ flow: UInt64) -> UInt64 { ventricles(atria(flow ^ 9)) ^ 7 }
  @inline(always) func atria(_ flow: UInt64) -> UInt64 { churn(flow, rounds: 20 * percent) }
  @inline(never) func ventricles(_ flow: UInt64) -> UInt64 { churn(flow, rounds: 70 * percent) }
  @inline(never) func circulate() async {
    for await number in beats { pulse = churn(pulse ^ UInt64(number), rounds: 10 * percent) | 1 }
  }
}

/// The same work everywhere, so that shares of rounds are shares of time.
@inline(always) func churn(_ value: UInt64, rounds: Int) -> UInt64 {
  var (mixed, left) = (value, rounds)
  while left > 0 {
    mixed ^= mixed &<< 13
    mixed ^= mixed &>> 7
    mixed ^= mixed &<< 17
    left &-= 1
  }
  return mixed
}
