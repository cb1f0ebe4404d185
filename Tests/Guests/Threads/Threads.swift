// A guest for debuggers: fibers and tasks whose number and state are known at any moment. Two
// fibers take turns, so that stepping one always runs into the other; the rest wait for ever.

#if hasFeature(Embedded)
import Kernel

@main
struct Threads: AsyncApplication {
  // Safety: one core.
  nonisolated(unsafe) static let gate = Gate()
  // Safety: one core.
  nonisolated(unsafe) static var beats: (UInt64, UInt64) = (0, 0)

  // Safety: one core.
  nonisolated(unsafe) static var looks = 0
  // Safety: one core.
  nonisolated(unsafe) static var last: UInt64 = 0
  // Safety: one core.
  nonisolated(unsafe) static var turns: UInt64 = 0

  static func run() async {
    Fiber.spawn("waiter") { gate.wait() }
    Fiber.spawn("ping") { pingTurns() }
    Fiber.spawn("pong") { pongTurns() }
    let sleeper = Task { try? await Task.sleep(for: .seconds(100_000)) }
    // A key begins a task that takes turns, too.
    Console.onInput { _ in Task { await taskTurns() } }
    Console.write("ready\n")
    _ = await sleeper.value
  }

  @inline(never)
  static func pingTurns() {
    while true {
      beat(0)
      Fiber.sleep(.microseconds(200))
      beat(0)
    }
  }

  @inline(never)
  static func taskTurns() async {
    var turn: UInt64 = 0
    while true {
      turn &+= 1
      threadsTurn(turn)
      try? await Task.sleep(for: .microseconds(300))
    }
  }

  @inline(never)
  static func pongTurns() {
    while true {
      beat(1)
      Fiber.sleep(.microseconds(150))
    }
  }

  @inline(never)
  static func beat(_ place: Int) {
    if place == 0 { beats.0 &+= 1 } else { beats.1 &+= 1 }
    threadsBeat(place, place == 0 ? beats.0 : beats.1)
    guard place == 0, beats.0 % 64 == 0 else { return }
    looks += 1
    // Each look takes one block itself, and counts it.
    threadsMark(Int(System.memory.allocations) - looks, beats.0 / 2 + beats.1)
  }
}

/// A place for breakpoints whose arguments are in registers when it begins: a fiber's turn.
@c(threads_beat) @inline(never)
func threadsBeat(_ place: Int, _ beat: UInt64) { Threads.last = beat }

/// The same in a task's turn.
@c(threads_turn) @inline(never)
func threadsTurn(_ turn: UInt64) { Threads.turns = turn }

/// The same as the first, every 64 turns: what has been allocated so far, and how often a fiber has slept.
@c(threads_mark) @inline(never)
func threadsMark(_ allocations: Int, _ sleeps: UInt64) { Threads.last = sleeps }
#else
@main
struct Threads {
  static func main() {}
}
#endif
