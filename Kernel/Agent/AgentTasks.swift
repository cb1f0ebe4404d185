// Tasks of the concurrency runtime, found without its help: a task is a block of the heap that
// begins with the address of the class of tasks. So an instance pays nothing for being looked at.
// Not found are the tasks of `async let`, which stand inside the block of the task they belong to.
//
// The layout of a task is the runtime's (swift/ABI/Task.h, Swift 6.3): class 0, executor's words 16
// and 24, flags 32, id 36, function to go on with 56, its context 64; its status 96, whose bits 11
// to 13 are set while it runs, is ready, or has ended (ActiveTaskStatus, TaskPrivate.h).

internal import CX86
internal import Machine
internal import X86

enum AgentTasks {
  /// The address of the first task beyond `address`; nil after the last, or without tasks.
  static func next(after address: UInt64) -> UInt64? {
    var place = address
    while let block = block(after: place) {
      if isTask(block) { return block }
      place = block
    }
    return nil
  }

  /// The first block of the heap beyond `address` that may be a task; nil as for `next`.
  static func block(after address: UInt64) -> UInt64? {
    guard Core.current.taskClass != 0 else { return nil }
    return HeapReport.liveBlock(after: UInt(address), atLeast: smallest).map { UInt64($0) }
  }

  /// Whether such a block is one.
  static func isTask(_ block: UInt64) -> Bool {
    AgentMemory.word(block) == UInt64(Core.current.taskClass)
  }

  /// The number that the runtime gave the task.
  static func number(of task: UInt64) -> UInt64 {
    (AgentMemory.word(task &+ 32) ?? 0) >> 32
  }

  /// Whether the task is neither running nor ready nor over.
  static func waits(_ task: UInt64) -> Bool {
    guard let status = AgentMemory.word(task &+ 96) else { return false }
    return status & 0x3800 == 0 && task != UInt64(Core.current.job)
  }

  /// The two registers that are known of a task that waits: where it goes on, and with what.
  static func register(_ number: Int, of task: UInt64) -> UInt64? {
    switch number {
    case 14: return AgentMemory.word(task &+ 64)
    case 16: return AgentMemory.word(task &+ 56)
    default: return nil
    }
  }

  /// The bytes of a task without any context of its own.
  private static var smallest: Int { 128 }
}
