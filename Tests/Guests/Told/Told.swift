// A guest that prints of itself what it also publishes, for `TelemetryGuestTests` to compare.
//
//   p prints, then works for ever, so that nothing changes any more
//   m makes 200 counters that all count 100 times a second
//   l writes ten lines to the log
//   w what counting costs in nanoseconds, which under -icount are instructions
//   q powers off

#if hasFeature(Embedded)
internal import Kernel

@main
struct Told: Application {
  static func start() {
    let work = Work()
    System.every(.milliseconds(10)) { work.tick() }
    Fiber.spawn("sleeper") { while true { Fiber.sleep(.milliseconds(20)) } }
    Fiber.spawn("waiter") { work.gate.wait() }
    Task { while true { try? await Task.sleep(for: .milliseconds(30)) } }
    Console.onInput { bytes in for byte in bytes { work.obey(byte) } }
    Log.info("told of itself")
    Console.write("ready\n")
  }
}

final class Work {
  let gate = Gate()
  private let ticks = Counter("test.ticks")
  private let bytes = Counter("test.bytes", .bytes)
  private let depth = Gauge("test.depth")
  private var many: [Counter] = []
  private var kept: MemoryStatistics?

  func tick() {
    ticks.add()
    bytes.add(1500)
    depth.set(-Int(ticks.value % 10))
    for counter in many { counter.add(3) }
  }

  func obey(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "p"): tell()
    case UInt8(ascii: "m"):
      for _ in 0..<200 { many.append(Counter("test.many")) }
      Console.write("many\n")
    case UInt8(ascii: "l"):
      for number in 0..<10 { Log.info("line \(number)") }
      Console.write("logged\n")
    case UInt8(ascii: "w"): measure()
    default: System.powerOff()
    }
  }

  /// Prints what it knows, and changes nothing after it has looked.
  private func tell() {
    let loop = System.loop
    line("test.ticks", ticks.value)
    line("test.bytes", bytes.value)
    line("depth", UInt64(-depth.value))
    line("timers.runs", loop.timerRuns)
    line("timers.missed", loop.missedPeriods)
    line("timers.armed", UInt64(loop.timerCount))
    line("fibers", UInt64(Fiber.count))
    line("loop.turns", loop.turns)
    line("loop.waits", loop.waits)
    for number in 0..<loop.handlerCount {
      guard let handler = loop.statistics(ofHandler: number) else { continue }
      Console.write("handler ")
      Console.write(handler.name)
      let values: [UInt64] = [
        handler.runs, handler.delay.p50, handler.delay.p99, handler.delay.maximum,
        handler.delay.total, handler.run.p50, handler.run.p99, handler.run.maximum,
        handler.run.total,
      ]
      for value in values { put(value) }
      Console.write("\n")
    }
    tellMemory()
    Console.write("told\n")
    while true {}
  }

  /// What it was told of the memory stays, as that counts itself.
  private func tellMemory() {
    let memory = System.memory
    kept = memory
    line("heap.inUse", UInt64(memory.inUse))
    line("heap.failures", memory.failures)
    for size in memory.classes where size.live > 0 {
      Console.write("class")
      put(UInt64(size.size))
      put(UInt64(size.live))
      Console.write("\n")
    }
  }

  private func line(_ name: StaticString, _ value: UInt64) {
    Console.write(name)
    put(value)
    Console.write("\n")
  }

  /// Writes a number, without the heap.
  private func put(_ value: UInt64) {
    var digits = [20 of UInt8](repeating: 0)
    var left = value
    var count = 0
    repeat {
      digits[count] = UInt8(truncatingIfNeeded: left % 10)
      left /= 10
      count += 1
    } while left > 0
    Console.write(" ")
    while count > 0 {
      count -= 1
      Console.write(Self.digit(digits[count]))
    }
  }

  private static func digit(_ value: UInt8) -> StaticString {
    switch value {
    case 0: "0"
    case 1: "1"
    case 2: "2"
    case 3: "3"
    case 4: "4"
    case 5: "5"
    case 6: "6"
    case 7: "7"
    case 8: "8"
    default: "9"
    }
  }

  /// Ten thousand counts less ten thousand times nothing, per thousand.
  private func measure() {
    let counter = ticks
    let before = System.now
    for _ in 0..<1000 { counter.add() }
    let after = System.now
    line("cost", (after - before).count)
  }
}
#else
@main
struct Told {
  static func main() {}
}
#endif
