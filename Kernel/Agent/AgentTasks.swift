// Tasks of the concurrency runtime, found without its help: a task is a block of the heap that
// begins with the address of the class of tasks. So an instance pays nothing for being looked at.
// Not found are the tasks of `async let`, which stand inside the block of the task they belong to.
//
// The layout of a task is the runtime's (swift/ABI/Task.h, Swift 6.3): class 0, executor's words 16
// and 24, flags 32, id 36, function to go on with 56, its context 64.

internal import CX86
internal import Machine
internal import X86

enum AgentTasks {
  /// The address of the first task beyond `address`; nil after the last, or without tasks.
  static func next(after address: UInt64) -> UInt64? {
    let identity = UInt64(Core.current.taskClass)
    guard identity != 0 else { return nil }
    var place = UInt(address)
    while let block = HeapReport.liveBlock(after: place, atLeast: smallest) {
      if AgentMemory.word(UInt64(block)) == identity { return UInt64(block) }
      place = block
    }
    return nil
  }

  /// The number that the runtime gave the task.
  static func number(of task: UInt64) -> UInt64 {
    (AgentMemory.word(task &+ 32) ?? 0) >> 32
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
