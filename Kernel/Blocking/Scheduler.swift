// Which fiber runs. The ready ones wait in a list threaded through themselves; a handler of the
// event loop, named "fibers", runs them. A fiber that blocks switches straight to the next ready
// one, and only when the batch is used up, or nobody is ready, back to the loop.

internal import CFibers
internal import Execution
internal import Machine

/// The fibers of one core.
enum Scheduler {
  // Safety: one core uses all of these, outside interrupt handlers; no access spans a switch.
  nonisolated(unsafe) private static var attachment: (loop: EventLoop, handler: HandlerID)?
  nonisolated(unsafe) private static var readyList: WaitList?
  /// Where the loop's own stack pointer is while a fiber runs.
  nonisolated(unsafe) private static var loopStackPointer: UnsafeMutablePointer<UInt>?
  nonisolated(unsafe) private static var budget = 0
  /// A fiber whose body has returned, but whose stack was still in use to say so.
  nonisolated(unsafe) private static var finished: Unmanaged<Fiber>?
  nonisolated(unsafe) private(set) static var count = 0

  /// Switches to fibers that a turn of the loop makes at most before other handlers get theirs.
  static var batch: Int { 16 }

  /// The fiber that runs.
  static var current: Fiber? {
    guard let address = UnsafeRawPointer(bitPattern: Core.current.fiber) else { return nil }
    // Safety: written by `enter` from a living fiber, cleared when it leaves.
    return Unmanaged<Fiber>.fromOpaque(address).takeUnretainedValue()
  }

  /// The loop that the fibers run on: the core's, made by the platform on first use.
  static var loop: EventLoop { attachment?.loop ?? attach() }

  private static func attach() -> EventLoop {
    let loop: EventLoop
    if let current = EventLoop.current {
      loop = current
    } else {
      loop = platformLoop()
      loop.makeCurrent()
    }
    attach(to: loop)
    return loop
  }

  /// Makes `loop` the one that fibers run on.
  static func attach(to loop: EventLoop) {
    if loopStackPointer == nil {
      let pointer = UnsafeMutablePointer<UInt>.allocate(capacity: 1)
      pointer.initialize(to: 0)
      loopStackPointer = pointer
      Core.current.ownStackPointer = UInt(bitPattern: pointer)
      Core.current.switchedAway = fiber_switched_away()
      CoreHooks.suspendFiber = { if let fiber = Scheduler.current { Scheduler.suspend(fiber) } }
      CoreHooks.readyFiber = { address in
        guard let fiber = UnsafeRawPointer(bitPattern: address) else { return }
        // Safety: the address of a fiber that was set aside, and so lives.
        Scheduler.makeReady(Unmanaged<Fiber>.fromOpaque(fiber).takeUnretainedValue())
      }
      readyList = WaitList()
    }
    attachment = (loop, loop.register("fibers") { runBatch() })
  }

  // MARK: Life

  /// Takes a new fiber in, and keeps it until it is done.
  static func begin(_ fiber: Fiber) {
    _ = loop
    FiberList.add(fiber)
    fiber.stackPointer.pointee = fiber_prepare(fiber.stack.end &- FiberRecord.size) { fiberMain() }
    _ = Unmanaged.passRetained(fiber)
    count &+= 1
    makeReady(fiber)
  }

  /// Marks the running fiber as done; returns where its stack pointer goes for the last time.
  @inline(never)
  fileprivate static func end() -> UnsafeMutablePointer<UInt>? {
    guard let fiber = current else { return nil }
    fiber.isDone = true
    fiber.joiners?.wakeAll()
    finished = Unmanaged.passUnretained(fiber)
    count &-= 1
    return fiber.stackPointer
  }

  /// Lets go of the fiber that has just ended, now that its stack is no longer in use.
  private static func reap() {
    guard let ended = finished else { return }
    finished = nil
    let fiber = ended.takeRetainedValue()
    FiberList.remove(fiber)
    StackCache.put(fiber.stack)
    fiber.stack = MemoryRegion(start: 0, size: 0)
  }

  // MARK: Switching

  /// Appends a fiber that is in no list to the ready ones.
  static func makeReady(_ fiber: Fiber) {
    guard let readyList else { return }
    fiber.record.pointee.isReady = 1
    if readyList.isEmpty, let attachment { attachment.loop.mark(attachment.handler) }
    readyList.append(fiber)
  }

  /// Sets the running fiber aside until `makeReady` and its turn; others run meanwhile.
  static func suspend(_ fiber: Fiber) {
    fiber.record.pointee.since = attachment?.loop.moment ?? 0
    guard budget > 0, let next = readyList?.first else {
      return returnToLoop(fiber.stackPointer)
    }
    readyList?.remove(next)
    budget &-= 1
    // The only one that is ready goes on at once.
    guard next !== fiber else { return fiber.record.pointee.isReady = 0 }
    enter(next, leaving: fiber.stackPointer)
  }

  fileprivate static func returnToLoop(_ stackPointer: UnsafeMutablePointer<UInt>) {
    Core.current.fiber = 0
    Core.current.fiberStack = MemoryRegion(start: 0, size: 0)
    // Safety: runBatch is suspended and left its stack pointer there.
    fiber_switch(stackPointer, loopStackPointer.unsafelyUnwrapped.pointee)
  }

  @inline(__always)
  private static func enter(_ fiber: Fiber, leaving stackPointer: UnsafeMutablePointer<UInt>) {
    fiber.record.pointee.isReady = 0
    // Before the switch: whoever walks the stack in between still finds the core's own.
    Core.current.fiberStack = fiber.stack
    Core.current.fiber = UInt(bitPattern: Unmanaged.passUnretained(fiber).toOpaque())
    // Safety: a ready fiber is suspended or freshly prepared.
    fiber_switch(stackPointer, fiber.stackPointer.pointee)
  }

  /// The handler: runs ready fibers, as many as one batch allows.
  private static func runBatch() {
    guard let readyList, let loopStackPointer, let attachment else { return }
    if Core.current.fiber != 0 { panic("the event loop was run on a fiber") }
    if fiber_is_in_task() != 0 { panic("the event loop was run in a task") }
    budget = batch
    while budget > 0, let fiber = readyList.first {
      readyList.remove(fiber)
      budget &-= 1
      enter(fiber, leaving: loopStackPointer)
      reap()
    }
    if !readyList.isEmpty { attachment.loop.mark(attachment.handler) }
  }
}

/// What every fiber runs: its body, then its end. Both are calls of their own, so that whatever
/// they held is let go before the stack is left for good.
private func fiberMain() {
  runBody()
  if let stackPointer = Scheduler.end() { Scheduler.returnToLoop(stackPointer) }
  panic("a finished fiber was resumed")
}

@inline(never)
private func runBody() {
  guard let fiber = Scheduler.current, let body = fiber.body else { return }
  fiber.body = nil
  body()
}
