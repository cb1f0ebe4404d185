// A guest whose profile is known: three functions whose work is as 70 to 20 to 10, and a rest in
// which the core halts. It profiles itself and prints what the profiler has; a test compares.
//
// The first word of the command line is the style of the work: "calls", "fibers" or "tasks";
// "runtime", which spends its time in the concurrency runtime; "price"; "load"; or "vectors", which
// watches its vector registers while samples are taken. The second, if any, is how many samples a
// second. Without words it works like "calls" and waits to be profiled from outside.

import Agent
import CFaults
import Kernel
import Profiler

@main
struct Profiles: Application {
  static func start() {
    let words = System.arguments
    let rate = words.count > 1 ? UInt64(words[1]) ?? 0 : 20_000
    if words.first?.utf8.first == 0x6c { return Load().begin() }
    if words.first?.utf8.first == 0x70 { return Price().begin(rate: rate) }
    if words.first?.utf8.first == 0x76 { return watchVectors(rate) }
    let work = Work()
    var parts = 1
    switch words.first?.utf8.first {
    case 0x66:
      work.asFibers()
      parts = 3
    case 0x74: work.asTasks()
    case 0x72:
      work.inRuntime()
      parts = 20
    default: work.asCalls()
    }
    if words.isEmpty { return }
    guard AgentProfiler.start(rate: rate, looks: 1_000) else {
      return Console.write("no profiler\n")
    }
    work.begin(rounds: parts * 170) { Report().begin() }
  }

  /// How many of the vector registers outlast the profiler's interrupts, at worst.
  static func watchVectors(_ rate: UInt64) {
    guard AgentProfiler.start(rate: rate) else { return Console.write("no profiler\n") }
    var least: Int32 = 16
    for _ in 0..<2000 { least = min(least, cfaults_vectors(10_000)) }
    AgentProfiler.stop()
    let samples = AgentProfiler.kept?.counters.pointee.latest ?? 0
    Console.write("\(least) vector registers, \(samples) samples\n")
    System.powerOff()
  }
}

/// What the profiler is to find.
// Safety: one core.
final class Work: @unchecked Sendable {
  private var busy: UInt64 = 0
  private var begun = System.now
  private var rounds = 0
  private var length = 0
  private var sum: UInt64 = 0
  private var finished: (() -> Void)?
  private var isOver = false

  /// One part of ten; a round takes ten.
  static let unit: UInt64 = 100_000
  /// From now on the time counts.
  func begin(rounds length: Int, _ finished: @escaping () -> Void) {
    begun = System.now
    busy = 0
    rounds = 0
    self.length = length
    self.finished = finished
  }

  /// A round, or one fiber's part of it, has ended that took `time`.
  func did(_ time: Nanoseconds) {
    busy += time.count
    rounds += 1
    guard rounds >= length, let finished else { return }
    self.finished = nil
    isOver = true
    let total = (System.now - begun).count
    AgentProfiler.stop()
    Console.write("busy \(busy) of \(total), sum \(sum & 1)\n")
    finished()
  }

  func asCalls() {
    System.every(.milliseconds(8)) { [self] in
      if isOver { return }
      let start = System.now
      seventy()
      twenty()
      ten()
      did(System.now - start)
    }
  }

  @inline(never) private func seventy() { sum &+= spin(7 * Work.unit) }
  @inline(never) private func twenty() { sum &+= spin(2 * Work.unit) }
  @inline(never) private func ten() { sum &+= spin(1 * Work.unit) }

  /// Three fibers that take turns.
  func asFibers() {
    let turns = [Signal(), Signal(), Signal()]
    Fiber.spawn("seventy") { [self] in
      while !isOver {
        turns[0].wait()
        let start = System.now
        seventy()
        did(System.now - start)
        turns[1].raise()
      }
    }
    Fiber.spawn("twenty") { [self] in
      while !isOver {
        turns[1].wait()
        let start = System.now
        twenty()
        did(System.now - start)
        turns[2].raise()
      }
    }
    Fiber.spawn("ten") { [self] in
      while !isOver {
        rest()
        turns[0].raise()
        turns[2].wait()
        let start = System.now
        ten()
        did(System.now - start)
      }
    }
  }

  @inline(never) private func rest() {
    Fiber.sleep(.milliseconds(1))
    // Work to come back to, or the call becomes a jump.
    sum &+= 1
  }

  func asTasks() {
    Task {
      while !isOver {
        let start = System.now
        await taskSeventy()
        await taskTwenty()
        await taskTen()
        did(System.now - start)
        try? await Task.sleep(for: .milliseconds(1))
      }
    }
  }

  /// Tasks that do nothing themselves.
  func inRuntime() {
    Task {
      while !isOver {
        let start = System.now
        async let one = nothing()
        let other = await withTaskGroup(of: UInt64.self) { group in
          for _ in 0..<3 { group.addTask { await self.nothing() } }
          var sum: UInt64 = 0
          for await value in group { sum &+= value }
          return sum
        }
        sum &+= await one &+ other
        did(System.now - start)
      }
    }
  }

  @inline(never) private func nothing() async -> UInt64 {
    await Task.yield()
    return 1
  }

  @inline(never) private func taskSeventy() async {
    for _ in 0..<7 { await part() }
    sum &+= 7
  }
  @inline(never) private func taskTwenty() async {
    for _ in 0..<2 { await part() }
    sum &+= 2
  }
  @inline(never) private func taskTen() async {
    await part()
    sum &+= 1
  }
  @inline(never) private func part() async {
    sum &+= spin(Work.unit)
    await Task.yield()
  }
}

/// Knuth's MMIX generator, `count` times: six instructions each.
@inline(never)
func spin(_ count: UInt64) -> UInt64 {
  var value = count
  for _ in 0..<count {
    value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    value ^= value >> 20
  }
  return value
}
