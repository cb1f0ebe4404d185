// Non-stop: one fiber or task stands still while the rest of the instance runs. What it was doing is
// laid down on its own stack, as an interrupt would, and it goes on there in code that sets it aside:
// a fiber as one that waits, a task by running the event loop on a spare stack on top of it. When
// its client lets it go on, that code returns into what was laid down.
//
// Where that cannot be - in interrupt context, inside the allocator, the concurrency runtime or the
// event loop, without room or without a spare stack - everything stops instead.

internal import Bytes
internal import CFibers
internal import CX86
internal import Execution
internal import GDBRemote
internal import Machine
internal import Publishing
internal import Synchronization
internal import Telemetry
internal import X86

enum AgentParking {
  /// A thread that stands.
  private struct Slot {
    var isUsed = false
    /// Its number for the client, and the number of the stack that it runs on.
    var thread: UInt64 = 0
    var runner: UInt64 = 0
    var stop = StubStop(signal: 5, thread: 0)
    var frame: UnsafeMutablePointer<x86_frame>?
    /// The fiber's address; 0 for a task.
    var fiber: UInt = 0
    /// How it shall go on; nil while it stands.
    var action: ContinueAction.Kind?
    /// Whether the fiber has been made ready, so that it goes on by itself.
    var isReady = false
  }

  private struct Counts {
    var parked: UInt64 = 0
    var together: UInt64 = 0
  }

  // Safety: these are used by the agent with interrupts off, and by the code that sets a thread
  // aside, which turns them off.
  nonisolated(unsafe) private static var slots = UnsafeMutableBufferPointer<Slot>(
    start: nil, count: 0)
  /// The end of the spare stack; 0 without one.
  nonisolated(unsafe) private static var spare: UInt64 = 0
  // Safety: as above.
  nonisolated(unsafe) private static var isSpareUsed = false
  nonisolated(unsafe) private static var isRegistered = false
  // Safety: as above.
  nonisolated(unsafe) private static var counts = Counts()
  /// Why everything stands; empty while it does not.
  nonisolated(unsafe) static var reason: StaticString = ""

  /// Bytes of a stack that setting its owner aside takes at most: the context, and the calls.
  private static var room: UInt64 { 3072 }

  /// Makes the spare stack where there is memory to spare. Needs the heap.
  static func start() {
    slots = .allocate(capacity: 16)
    for index in slots.indices { clear(index) }
    let place = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 16) + 512
    lender = place.bindMemory(to: x86_frame.self, capacity: 1)
    var memory: UInt64 = 0
    var index = 0
    while let region = X86Machine.shared.memory(at: index) {
      memory &+= UInt64(region.size)
      index += 1
    }
    if memory >= 15 << 20, let stack = GuardedStacks.make(bytes: 64 << 10) {
      spare = UInt64(stack.end)
    }
    Publish.counter("agent.nonstop.parked", at: publishedPlace(of: &counts.parked))
    Publish.counter("agent.nonstop.together", at: publishedPlace(of: &counts.together))
  }

  /// Nobody stands in a slot. A function, or each place would have the code of making one.
  @inline(never)
  private static func clear(_ index: Int) {
    // Safety: a slot of the buffer, all of whose fields are plain values.
    slots.baseAddress?.advanced(by: index).initialize(to: Slot())
  }

  // MARK: Setting aside

  /// Sets the thread aside that was interrupted, once its frame is returned through; false, with the
  /// reason noted, if it has to stop with all others.
  static func park(
    _ stop: StubStop, as thread: UInt64, runner: UInt64, _ frame: UnsafeMutablePointer<x86_frame>
  ) -> Bool {
    if let obstacle = obstacle(frame) {
      counts.together &+= 1
      reason = obstacle
      return false
    }
    guard let index = slots.indices.first(where: { !slots[$0].isUsed }),
      let copy = layDown(frame)
    else {
      counts.together &+= 1
      reason = "no room to set it aside"
      return false
    }
    counts.parked &+= 1
    clear(index)
    slots[index].isUsed = true
    slots[index].thread = thread
    slots[index].runner = runner
    slots[index].stop = stop
    slots[index].stop.thread = thread
    slots[index].frame = copy
    slots[index].fiber = Core.current.fiber
    if slots[index].fiber == 0 { isSpareUsed = true }
    frame.pointee.rip = x86_agent_park_start()
    frame.pointee.rdi = UInt64(UInt(bitPattern: copy))
    frame.pointee.rsp = (UInt64(UInt(bitPattern: copy)) &- 512) & ~15
    frame.pointee.rflags = 0x202
    return true
  }

  /// Why the interrupted context cannot be set aside.
  private static func obstacle(_ frame: UnsafeMutablePointer<x86_frame>) -> StaticString? {
    guard frame.pointee.rflags & (1 << 9) != 0 else { return "interrupts are off" }
    guard !AgentHooks.isAllocating else { return "it is inside the allocator" }
    guard EventLoop.current != nil else { return "there is no event loop" }
    let isFiber = Core.current.fiber != 0
    guard isFiber || Core.current.job != 0 else { return "it is a handler of the event loop" }
    guard isFiber || (spare != 0 && !isSpareUsed) else { return "no spare stack is left" }
    guard isFiber == AgentThreads.isFiber(around: frame.pointee.rsp), !isFiber || hasFiberHooks,
      AgentMemory.word((frame.pointee.rsp &- room) & ~7) != nil
    else { return "its stack has no room, or is none of its own" }
    return isInsideSystem(frame, isFiber: isFiber)
      ? "it is inside the concurrency runtime or the scheduler" : nil
  }

  private static var hasFiberHooks: Bool {
    CoreHooks.suspendFiber != nil && CoreHooks.readyFiber != nil
  }

  /// Whether a system function is under way that others must not run into the middle of. Frames are
  /// followed along frame pointers to where the thread began.
  private static func isInsideSystem(
    _ frame: UnsafeMutablePointer<x86_frame>, isFiber: Bool
  ) -> Bool {
    var address = frame.pointee.rip
    var pointer = frame.pointee.rbp
    var hasUser = false
    var hasBase = false
    for _ in 0..<256 {
      if address >= x86_runtime_start(), address < x86_runtime_end() {
        // A task's own code is called by the runtime, close to where the job was entered.
        return isFiber || !hasUser || UInt64(Core.current.jobFrame) &- pointer > jobEntry
      }
      if address >= x86_core_start(), address < x86_core_end() {
        guard hasUser else { return true }
        hasBase = true
      } else {
        // The system's functions are where a fiber begins, or somebody has called them.
        guard !hasBase else { return true }
        hasUser = true
      }
      guard let saved = AgentMemory.word(pointer), let caller = AgentMemory.word(pointer &+ 8)
      else { return true }
      // An asynchronous function marks its frame in bit 60 of the frame pointer that it saves.
      let next = saved & ~(1 << 60)
      guard next > pointer, caller != 0 else { return !hasUser }
      address = caller
      pointer = next
    }
    return true
  }

  /// From the frame of a task's own function to the frame that entered its job.
  private static var jobEntry: UInt64 { 1024 }

  /// Copies the context to its own stack, with the vector registers below it as they were.
  private static func layDown(
    _ frame: UnsafeMutablePointer<x86_frame>
  ) -> UnsafeMutablePointer<x86_frame>? {
    let size = UInt64(MemoryLayout<x86_frame>.size)
    // Below the red zone, and below what one instruction can push.
    let place = (frame.pointee.rsp &- size &- 256) & ~15
    guard copy(frame, to: place) else { return nil }
    return UnsafeMutablePointer(bitPattern: UInt(place))
  }

  /// Copies a context to where another stands, or to a multiple of 16 with 512 bytes below it.
  private static func copy(
    _ frame: UnsafeMutablePointer<x86_frame>, to place: UInt64
  ) -> Bool {
    let size = UInt64(MemoryLayout<x86_frame>.size)
    let from = UInt64(UInt(bitPattern: frame))
    return x86_agent_copy((place &- 512) & ~15, (from &- 512) & ~15, 512) == 512
      && x86_agent_copy(place, from, size) == size
  }

  // MARK: One instruction of a thread that stands, while everything stands

  // Safety: used by the agent with interrupts off.
  /// What was interrupted, while a thread that stands executes an instruction in its place.
  nonisolated(unsafe) private static var lender: UnsafeMutablePointer<x86_frame>?
  // Safety: as above.
  nonisolated(unsafe) private static var borrower: (slot: Int, step: Stepping)?

  /// Whether an instruction is executed so.
  static var isBorrowed: Bool { borrower != nil }

  /// Puts the thread that the actions name for a step in the place of what was interrupted, for one
  /// instruction. False if they name none that stands.
  static func borrow(
    _ frame: UnsafeMutablePointer<x86_frame>, for actions: [ContinueAction]
  ) -> Bool {
    for slot in slots.indices where slots[slot].isUsed && slots[slot].action == nil {
      let thread = slots[slot].thread
      guard let action = actions.first(where: { $0.thread.map { $0.thread == thread } ?? true }),
        action.kind != .stop, action.kind != .cont, let lender, let own = slots[slot].frame,
        copy(frame, to: UInt64(UInt(bitPattern: lender))),
        copy(own, to: UInt64(UInt(bitPattern: frame)))
      else { continue }
      x86_write_debug_status(0)
      borrower = (slot, Stepping(frame, of: slots[slot].runner, range: nil))
      return true
    }
    return false
  }

  /// The instruction is over, or has failed: what was interrupted is back in its place.
  static func giveBack(_ frame: UnsafeMutablePointer<x86_frame>, _ signal: UInt8) -> StubStop {
    guard let (slot, step) = borrower, let lender, let own = slots[slot].frame else {
      return StubStop(signal: signal, thread: 0)
    }
    borrower = nil
    step.restore(frame)
    x86_write_debug_status(0)
    _ = copy(frame, to: UInt64(UInt(bitPattern: own)))
    _ = copy(lender, to: UInt64(UInt(bitPattern: frame)))
    slots[slot].stop = StubStop(signal: signal, thread: slots[slot].thread)
    return slots[slot].stop
  }

  /// Runs on the stack of the thread that is set aside, with interrupts on, until it may go on.
  fileprivate static func wait(_ frame: UnsafeMutablePointer<x86_frame>) {
    guard let loop = EventLoop.current else { return }
    if !isRegistered {
      isRegistered = true
      _ = loop.register("debugger", line: .wake, priority: .high) { AgentParking.releaseFibers() }
    }
    guard let index = index(of: frame) else { return }
    if slots[index].fiber != 0 {
      while slots[index].action == nil || !slots[index].isReady { CoreHooks.suspendFiber?() }
      return
    }
    let outer = (Core.current.job, Core.current.jobFrame, Core.current.handler)
    Core.current.job = 0
    Core.current.jobFrame = 0
    let task = fiber_exchange_task(nil)
    x86_call_on_stack(spare, { AgentParking.runSpare($0) }, frame)
    _ = fiber_exchange_task(task)
    (Core.current.job, Core.current.jobFrame, Core.current.handler) = outer
  }

  /// The event loop on the spare stack.
  private static func runSpare(_ argument: UnsafeMutableRawPointer?) {
    guard let loop = EventLoop.current,
      let frame = argument?.assumingMemoryBound(to: x86_frame.self), let index = index(of: frame)
    else { return }
    while slots[index].action == nil { loop.turn(mayWait: true) }
  }

  /// Makes the fibers ready that may go on: only the loop can.
  private static func releaseFibers() {
    for index in slots.indices {
      guard slots[index].isUsed, slots[index].fiber != 0, slots[index].action != nil,
        !slots[index].isReady
      else { continue }
      slots[index].isReady = true
      CoreHooks.readyFiber?(slots[index].fiber)
    }
  }

  /// With interrupts off, just before the thread goes on: what was asked of it.
  fileprivate static func leaves(_ frame: UnsafeMutablePointer<x86_frame>) {
    guard let index = index(of: frame) else { return }
    let slot = slots[index]
    slots[index].isUsed = false
    if slot.fiber == 0 { isSpareUsed = false }
    Agent.goesOn(slot.runner, as: slot.action ?? .cont, frame)
  }

  private static func index(of frame: UnsafeMutablePointer<x86_frame>) -> Int? {
    slots.indices.first { slots[$0].isUsed && slots[$0].frame == frame }
  }

  // MARK: What the client asks

  /// Why the `index`th thread stands.
  static func stop(at index: Int) -> StubStop? {
    var left = index
    for slot in slots.indices where slots[slot].isUsed && slots[slot].action == nil {
      if left == 0 { return slots[slot].stop }
      left -= 1
    }
    return nil
  }

  /// Whether a thread stands alone, and was not told to go on yet.
  static func stands(_ thread: UInt64) -> Bool {
    slots.contains { $0.isUsed && $0.thread == thread && $0.action == nil }
  }

  /// The context of a thread that stands.
  static func frame(of thread: UInt64) -> UnsafeMutablePointer<x86_frame>? {
    for slot in slots.indices where slots[slot].isUsed && slots[slot].thread == thread {
      return slots[slot].frame
    }
    return nil
  }

  /// Lets the threads go on that the actions name.
  static func apply(_ actions: [ContinueAction]) {
    var isChanged = false
    for slot in slots.indices where slots[slot].isUsed && slots[slot].action == nil {
      let thread = slots[slot].thread
      guard let action = actions.first(where: { $0.thread.map { $0.thread == thread } ?? true }),
        action.kind != .stop
      else { continue }
      slots[slot].action = action.kind
      isChanged = true
    }
    if isChanged { wake() }
  }

  /// Lets all go on.
  static func releaseAll() {
    for slot in slots.indices where slots[slot].isUsed && slots[slot].action == nil {
      slots[slot].action = .cont
    }
    wake()
  }

  private static func wake() {
    Core.marked.bitwiseOr(1 << UInt64(Line.wake.rawValue), ordering: .relaxed)
  }
}

/// Called by `x86_agent_park` (Kernel/CX86/agent.S) on the thread's own stack.
@c(porthole_agent_parked)
public func agentParked(_ frame: UnsafeMutableRawPointer) {
  // Safety: the copy of a complete frame that `park` has laid down.
  AgentParking.wait(frame.assumingMemoryBound(to: x86_frame.self))
}

/// Called by the same with interrupts off, just before it returns into the frame.
@c(porthole_agent_leaves)
public func agentLeaves(_ frame: UnsafeMutableRawPointer) {
  // Safety: as above.
  AgentParking.leaves(frame.assumingMemoryBound(to: x86_frame.self))
}
