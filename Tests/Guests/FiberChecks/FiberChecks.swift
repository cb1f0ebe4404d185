// A guest that puts fibers to work beside handlers, timers and tasks, and prints what it saw, a
// line a check. `FiberGuestTests` knows what each line must say. Written so that only mistakes,
// not the host's speed, can change a line. Then it breaks in the way that its input asks for:
//
//   s stack overflow in a fiber   p panic in a fiber   t blocking call in a task
//   b blocking call in a handler   w write a megabyte, then end
//   c what a switch costs in nanoseconds, which under -icount are instructions
//   anything else: powers off

#if hasFeature(Embedded)
internal import CFaults
internal import Kernel

@main
struct FiberChecks: Application {
  static func start() {
    Console.onInput { bytes in for byte in bytes { end(byte) } }
    Fiber.spawn("checks", stackSize: 65_536) {
      redZone()
      many()
      fairness()
      values()
      failures()
      crowd()
      Console.write("done\n")
    }
  }

  /// The words below the stack pointer are the interrupted code's own: a timer comes meanwhile.
  static func redZone() {
    var seen = 16
    let begin = System.now
    // The loop would arm the machine's timer only once this has returned.
    System.loop.machine.arm(begin + .milliseconds(1))
    while seen == 16, System.now < begin + .milliseconds(5) {
      seen = Int(cfaults_red_zone(10_000))
    }
    Console.write("red zone: \(seen) words\n")
  }

  /// Many fibers at once, each with a stack of its own.
  static func many() {
    var sum = 0
    let fibers = (1...200).map { number in
      Fiber.spawn("one of many", stackSize: 8192) {
        Fiber.sleep(.microseconds(UInt64(number)))
        sum += number
      }
    }
    let alive = Fiber.count
    for fiber in fibers { fiber.join() }
    Console.write("many \(alive) sum \(sum) left \(Fiber.count)\n")
  }

  /// A fiber that only yields leaves timers and tasks their turn.
  static func fairness() {
    let seen = Seen()
    let timer = System.every(.microseconds(100)) { seen.ticks += 1 }
    Task { await run(until: seen) }
    while seen.ticks < 5 || seen.runs < 5 { Fiber.yield() }
    System.loop.cancel(timer)
    Console.write("busy fiber, a timer and a task\n")
  }

  static func run(until seen: Seen) async {
    while seen.ticks < 5 || seen.runs < 5 {
      seen.runs += 1
      await Task.yield()
    }
  }

  /// A fiber waits for a task that waits for fibers that wait for tasks.
  static func values() {
    let sum = Fiber.wait {
      async let left = Fiber.run { 1 + Fiber.wait { await slow(20) } }
      async let right = Fiber.run { 2 + Fiber.wait { await slow(300) } }
      return await left + right
    }
    Console.write("nested \(sum)\n")
  }

  static func slow(_ value: Int) async -> Int {
    try? await Task.sleep(for: .milliseconds(1))
    return value
  }

  static func failures() {
    let result = Fiber.wait { () async -> Int in
      do throws(Odd) {
        return try await Fiber.run { () throws(Odd) -> Int in
          Fiber.sleep(.microseconds(50))
          throw Odd(number: 7)
        }
      } catch { return -error.number }
    }
    Console.write("thrown \(result)\n")
  }

  /// Tasks and fibers in one channel.
  static func crowd() {
    let channel = Channel<Int>(capacity: 3)
    for base in [0, 100] {
      Fiber.spawn("sender") { for number in 1...50 { channel.send(base + number) } }
    }
    var (sum, count) = (0, 0)
    while count < 100 {
      sum += Fiber.wait { await Fiber.run { channel.receive() ?? 0 } }
      count += 1
    }
    Console.write("crowd \(sum)\n")
  }

  static func end(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "s"): Fiber.spawn("deep") { deepOuter() }
    case UInt8(ascii: "p"): Fiber.spawn("bad") { badOuter() }
    case UInt8(ascii: "t"): Task { Fiber.sleep(.milliseconds(1)) }
    case UInt8(ascii: "b"): Gate().wait()
    case UInt8(ascii: "c"): measure()
    case UInt8(ascii: "w"): Fiber.spawn("writer") { flood() }
    default: System.powerOff()
    }
  }

  /// Writes far more than a reader who sleeps takes; the loop must go on meanwhile.
  static func flood() {
    let seen = Seen()
    System.every(.milliseconds(1)) { seen.ticks += 1 }
    for _ in 0..<200 {
      for _ in 0..<50 { Console.write("a hundred characters or so, which is what this line has\n") }
      Fiber.sleep(.milliseconds(1))
    }
    let isLive = seen.ticks > 100
    Fiber.sleep(.seconds(10))
    Console.write(isLive ? "dropped some, ticks went on\n" : "the loop was held up\n")
    System.powerOff()
  }

  /// Two fibers that yield to each other: ready queue, switch and the loop's share included.
  static func measure() {
    let rounds: UInt64 = 10_000
    for _ in 0..<2 {
      Fiber.spawn("yields") {
        let begin = System.now
        for _ in 0..<rounds { Fiber.yield() }
        Console.write("switch: \((System.now - begin).count / (2 * rounds)) ns\n")
      }
    }
  }

  @inline(never) static func badOuter() {
    badInner()
    Console.write("unreachable\n")
  }

  @inline(never) static func badInner() { System.panic("asked to, in a fiber") }

  @inline(never) static func deepOuter() {
    cfaults_overflow()
    Console.write("unreachable\n")
  }
}

// Safety: one core; fiber, timer and task take turns.
final class Seen: @unchecked Sendable {
  var ticks = 0
  var runs = 0
}

struct Odd: Error {
  let number: Int
}
#else
@main
struct FiberChecks {
  static func main() {}
}
#endif
