// Off the core: where the fibers and tasks that wait wait, looked at some times a second. A look is
// bounded, for it holds the core up; the next one goes on where it ended, so that each of many is
// seen as often as the others.

internal import CX86
internal import Machine
internal import Profiler

enum AgentWaits {
  // Safety: used by the one core with interrupts off.
  /// Fibers of the list that the latest look has passed, and its last block; 0 to begin anew.
  nonisolated(unsafe) private static var fibersPassed = 0
  nonisolated(unsafe) private static var lastBlock: UInt64 = 0

  /// Fibers and tasks of one look.
  private static var most: Int { 64 }
  /// Fibers of the list that are counted on the way: one that a stray write has closed must end.
  private static var mostFibers: Int { 10_000 }
  /// Blocks of the heap of one look.
  private static var mostBlocks: Int { 1_000 }

  /// Notes them, while `stackPointer` is that of what runs. Neither waits nor allocates.
  static func note(in profiler: inout Profiler, besides stackPointer: UInt64) {
    let ticks = x86_timestamp()
    noteFibers(&profiler, stackPointer, ticks)
    noteTasks(&profiler, ticks)
  }

  private static func noteFibers(
    _ profiler: inout Profiler, _ stackPointer: UInt64, _ ticks: UInt64
  ) {
    var next = UInt64(Core.current.fibers)
    var index = 0
    var left = most
    while index < mostFibers, let record = AgentThreads.record(at: next) {
      next = UInt64(record.next)
      index += 1
      guard index > fibersPassed else { continue }
      guard left > 0 else {
        fibersPassed = index - 1
        return
      }
      left -= 1
      let stack = AddressRange(UInt64(record.stack.start), to: UInt64(record.stack.end))
      guard record.isReady == 0, !stack.contains(stackPointer) else { continue }
      let start = WalkStart(
        counter: UInt64(Core.current.switchedAway), stackPointer: UInt64(record.stackPointer),
        framePointer: 0, stack: stack, jobFrame: 0, load: { x86_agent_load($0) })
      profiler.noteWait(start, fiber: record.number, ticks: ticks)
    }
    fibersPassed = 0
  }

  private static func noteTasks(_ profiler: inout Profiler, _ ticks: UInt64) {
    var left = most
    for _ in 0..<mostBlocks where left > 0 {
      guard let block = AgentTasks.block(after: lastBlock) else {
        lastBlock = 0
        return
      }
      lastBlock = block
      guard AgentTasks.isTask(block) else { continue }
      left -= 1
      guard AgentTasks.waits(block), let address = AgentMemory.word(block &+ 56),
        let context = AgentMemory.word(block &+ 64)
      else { continue }
      profiler.noteWait(
        task: UInt32(truncatingIfNeeded: AgentTasks.number(of: block)), at: address,
        context: context, ticks: ticks, load: { x86_agent_load($0) })
    }
  }
}
