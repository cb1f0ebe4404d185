// Fibers: code in blocking style on the event loop. A fiber has a stack of its own with a guard
// below it, runs until it blocks, and is then set aside by exchanging stack pointers; so nothing
// is pre-empted, and what one fiber does between two blocking calls no other sees half done.
//
// This module knows nothing of `async`, and works where the concurrency runtime does not exist;
// where it does, module Async joins the two styles (`Fiber.run`, `Fiber.wait`).

internal import CFibers
internal import Execution
public import Machine

/// A thread of control that shares its core with handlers, tasks and other fibers.
///
/// All calls come from the core that the loop runs on. A blocking call - `sleep`, `yield`, `join`,
/// the waits of `Gate` and `Signal`, `send` and `receive` of `Channel` - is for fibers only:
/// outside one, or inside a task that runs on one, it panics.
///
/// A fiber costs its stack and about 200 bytes; switching allocates nothing.
public final class Fiber {
  /// The name given at `spawn`, for the debugger.
  public let name: StaticString
  /// The stack, without the guard page below it; empty once the fiber is done.
  public internal(set) var stack: MemoryRegion
  /// Whether the body has returned.
  public internal(set) var isDone = false

  var body: (() -> Void)?

  // The links of the one list that the fiber is in: the ready queue or a wait list.
  // Safety: lists hold living fibers only, which the scheduler keeps (`Scheduler.begin`).
  unowned(unsafe) var next: Fiber?
  unowned(unsafe) var previous: Fiber?
  unowned(unsafe) var waitList: WaitList?

  var outcome = Outcome.woken
  /// Where a channel finds the element to send or leaves the one received.
  var slot: UnsafeMutableRawPointer?
  var joiners: WaitList?
  var timer: TimerID?
  /// What the timer runs; made once, or each sleep would allocate.
  var expire: (() -> Void)?

  /// What ended a wait.
  enum Outcome { case woken, closed, late }

  init(_ name: StaticString, _ stack: MemoryRegion, _ body: @escaping () -> Void) {
    self.name = name
    self.stack = stack
    self.body = body
  }

  /// The last bytes of the stack tell others about the fiber.
  var record: UnsafeMutablePointer<FiberRecord> {
    // Safety: the stack lives as long as the fiber can run, and its code never comes so high.
    UnsafeMutablePointer(bitPattern: stack.end &- FiberRecord.size).unsafelyUnwrapped
  }

  /// Where the stack pointer is while the fiber does not run: a plain word of memory, so that no
  /// access to a property spans the switch.
  var stackPointer: UnsafeMutablePointer<UInt> {
    // Safety: the record's first word.
    UnsafeMutablePointer(bitPattern: stack.end &- FiberRecord.size).unsafelyUnwrapped
  }
}

extension Fiber {
  /// The usable bytes of a stack if `spawn` is not told otherwise.
  public static var defaultStackSize: Int { 32_768 }

  /// The smallest stack: room for the deepest interrupt and a few calls.
  public static var smallestStackSize: Int { 8_192 }

  /// Makes a fiber that begins to run in the loop's next turn, after those ready before it.
  ///
  /// `name` is what the debugger shows; `stackSize` is in usable bytes, rounded up to whole pages,
  /// and an overflow is a panic that says so; the fiber is done when `body` returns.
  ///
  /// Panics if there is no memory for the stack; `spawnIfRoom` returns nil then. Costs two
  /// allocations, and on top a stack unless one of the same size is at hand.
  @discardableResult
  public static func spawn(
    _ name: StaticString, stackSize: Int = defaultStackSize, _ body: @escaping () -> Void
  ) -> Fiber {
    guard let fiber = spawnIfRoom(name, stackSize: stackSize, body) else {
      panic("no memory for a fiber's stack")
    }
    return fiber
  }

  /// As `spawn`, but nil if there is no memory for the stack: for servers that turn work away.
  public static func spawnIfRoom(
    _ name: StaticString, stackSize: Int = defaultStackSize, _ body: @escaping () -> Void
  ) -> Fiber? {
    let size = (max(stackSize, smallestStackSize) &+ 4095) & ~4095
    guard size > 0, let stack = StackCache.take(size) else { return nil }
    let fiber = Fiber(name, stack, body)
    Scheduler.begin(fiber)
    return fiber
  }

  /// The fiber that runs; nil in a handler, a timer or a task.
  public static var current: Fiber? { Scheduler.current }

  /// How many fibers have begun and are not done.
  public static var count: Int { Scheduler.count }

  /// Lets the other ready fibers run, and the loop's handlers in due course.
  public static func yield() {
    let fiber = running("Fiber.yield outside a fiber; spawn one")
    Scheduler.makeReady(fiber)
    Scheduler.suspend(fiber)
  }

  /// Blocks the fiber for at least `span`.
  public static func sleep(_ span: Nanoseconds) {
    let fiber = running("Fiber.sleep outside a fiber; spawn one")
    fiber.arm(Scheduler.loop.now + span)
    Scheduler.suspend(fiber)
  }

  /// Blocks the fiber until the loop's clock has reached `deadline`.
  public static func sleep(until deadline: Instant) {
    let fiber = running("Fiber.sleep outside a fiber; spawn one")
    fiber.arm(deadline)
    Scheduler.suspend(fiber)
  }

  /// Blocks the running fiber until this one is done; returns at once if it is.
  public func join() {
    let fiber = Fiber.running("Fiber.join outside a fiber; spawn one")
    if isDone { return }
    if fiber === self { panic("a fiber joins itself") }
    let list = joiners ?? WaitList()
    joiners = list
    _ = list.wait(fiber, until: nil)
  }

  /// The running fiber, for a call that is going to block it; panics if there is none.
  static func running(_ complaint: StaticString) -> Fiber {
    guard let fiber = Scheduler.current else {
      if Core.current.job != 0 { panic("a blocking call in a task; await Fiber.run instead") }
      panic(complaint)
    }
    // A task begun on a fiber (`Task.immediate`) must end or suspend before the fiber may.
    if fiber_is_in_task() != 0 { panic("a blocking call in a task; await Fiber.run instead") }
    return fiber
  }
}
