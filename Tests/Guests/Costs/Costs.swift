// A guest that measures what the loop's operations cost. Under `-icount shift=0` a nanosecond is
// an instruction, so the figures are guest instructions (K13 and A7); elsewhere they are time.
// What a measuring loop costs by itself is measured too and taken off.

import Kernel

@main
struct Costs: Application {
  static func start() { Event().begin() }

  static let rounds: UInt64 = 10_000

  static func say(_ figure: String, _ cost: UInt64) { Console.write("\(figure): \(cost)\n") }

  static func per(_ rounds: UInt64, since start: Instant, without empty: UInt64 = 0) -> UInt64 {
    let spent = (System.now - start).count
    return (spent - min(spent, empty)) / rounds
  }
}

/// From a mark through the loop to the handler's end, timing included.
final class Event {
  private var left = Costs.rounds
  private var begun = System.now
  private var handler = System.loop.register("none") {}
  private let loop = System.loop

  func begin() {
    handler = loop.register("event") { [self] in next() }
    begun = System.now
    loop.mark(handler)
  }

  func next() {
    left -= 1
    if left > 0 { return loop.mark(handler) }
    let dispatch = Costs.per(Costs.rounds, since: begun)
    Costs.say("event dispatch", dispatch)
    Untimed(isStamped: true) { [self] stamped in
      Costs.say("event timing", dispatch - stamped)
      Untimed(isStamped: false) { [self] bare in
        Costs.say("event stamp", stamped - bare)
        rest()
      }.begin()
    }.begin()
  }

  private func rest() {
    Counting().measure()
    timers()
    Task {
      await Event.hops()
      await Event.visits()
      System.powerOff()
    }
  }

  /// Cancels any one of 100,000 timers and arms another in its place.
  private func timers() {
    var random = Numbers()
    var live: [TimerID] = []
    for _ in 0..<100_000 { live.append(loop.at(random.deadline()) {}) }
    var sum: UInt64 = 0
    var start = System.now
    for _ in 0..<Costs.rounds {
      let index = random.index()
      sum &+= random.deadline().nanoseconds ^ UInt64(index)
    }
    let empty = (System.now - start).count
    start = System.now
    for _ in 0..<Costs.rounds {
      let index = random.index()
      loop.cancel(live[index])
      live[index] = loop.at(random.deadline()) {}
    }
    Costs.say("timer arm and cancel", Costs.per(Costs.rounds, since: start, without: empty))
    if sum == 0 { Console.write("no numbers\n") }
    for timer in live { loop.cancel(timer) }
  }

  /// Two tasks that resume each other: each round suspends one, and its continuation goes through
  /// the executor.
  private static func hops() async {
    let pair = Pair()
    async let other: Void = pair.answer()
    await Task.yield()
    let start = System.now
    for _ in 0..<Costs.rounds / 2 { await pair.turn() }
    Costs.say("async hop", Costs.per(Costs.rounds, since: start))
    pair.end()
    await other
  }

  /// To an actor that is free, and back: two hops that do not go through the loop.
  private static func visits() async {
    let host = Host()
    let start = System.now
    for _ in 0..<Costs.rounds / 2 { await host.visit() }
    Costs.say("actor hop", Costs.per(Costs.rounds, since: start))
    if await host.visits == 0 { Console.write("nobody came\n") }
  }
}

/// The same event without its timing: it is not entered when it has run, and if it is not stamped the
/// time is not asked for when it is marked. What is missing is what these cost.
final class Untimed {
  private var left = Costs.rounds
  private var begun = System.now
  private var handler = System.loop.register("none") {}
  private let loop = System.loop
  private let done: (UInt64) -> Void

  init(isStamped: Bool, _ done: @escaping (UInt64) -> Void) {
    self.done = done
    handler =
      isStamped
      ? loop.registerSeries("stamped") { [self] in stamped() }
      : loop.registerSeries("bare") { [self] in bare() }
  }

  func begin() {
    begun = System.now
    loop.mark(handler)
  }

  // Each as `Event.next`, to the instruction.
  private func stamped() {
    left -= 1
    if left > 0 { return loop.mark(handler) }
    done(Costs.per(Costs.rounds, since: begun))
  }

  private func bare() {
    left -= 1
    if left > 0 { return loop.mark(handler.rawValue, at: 0) }
    done(Costs.per(Costs.rounds, since: begun))
  }
}

/// A counter of the application in the middle of other work: what is counted is a property of who
/// counts, or a global variable.
final class Counting {
  private let requests = Counter("costs.requests")
  private var work: UInt64 = 0

  func measure() {
    let plain = spent { self.plain() }
    let counted = spent { self.counted() }
    let globally = spent { countedGlobally() }
    Costs.say("counter update", (counted - min(plain, counted)) / Costs.rounds)
    Costs.say("counter update, a global one", (globally - min(plain, globally)) / Costs.rounds)
    guard requests.value == Costs.rounds, globalRequests.value == Costs.rounds else {
      return Console.write("not counted\n")
    }
  }

  @inline(__always)
  private func spent(_ body: () -> Void) -> UInt64 {
    let start = System.now
    for _ in 0..<Costs.rounds { body() }
    return (System.now - start).count
  }

  // Not inlined, or the rounds would become one addition.
  @inline(never)
  private func plain() { work ^= work << 1 | 1 }

  @inline(never)
  private func counted() {
    work ^= work << 1 | 1
    requests.add()
  }

  @inline(never)
  private func countedGlobally() {
    work ^= work << 1 | 1
    globalRequests.add()
  }
}

let globalRequests = Counter("costs.requests.global")

/// An actor with as little to do as can be.
actor Host {
  private(set) var visits: UInt64 = 0
  func visit() { visits += 1 }
}

/// The one of two tasks that waits.
// Safety: one core; both tasks run on its loop.
final class Pair: @unchecked Sendable {
  private var waiting: UnsafeContinuation<Void, Never>?
  private var isOver = false

  /// Resumes the other task and waits until it does the same.
  func turn() async {
    await withUnsafeContinuation { mine in
      let other = waiting
      waiting = mine
      other?.resume()
    }
  }

  func answer() async { while !isOver { await turn() } }

  func end() {
    isOver = true
    waiting?.resume()
  }
}

/// Knuth's MMIX generator.
struct Numbers {
  private var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 20
  }

  mutating func index() -> Int { Int(next() % 100_000) }

  /// From a minute after boot to twenty later.
  mutating func deadline() -> Instant {
    Instant(nanoseconds: 60_000_000_000 + next() % 1_000_000_000_000)
  }
}
