// Where the registers of a thread are: in the frame of the interrupted context, or where the
// switch away from a fiber left them (Kernel/CFibers), or, for a task that waits, in the task.

internal import CX86
internal import GDBRemote
internal import Machine

/// What a thread number means to the agent.
enum AgentContext {
  /// The context that was interrupted.
  case live
  /// A context that was set aside in the middle, and what it was doing laid down.
  case parked(UnsafeMutablePointer<x86_frame>)
  /// A fiber, or the core's own stack while a fiber runs, whose stack pointer is this.
  case switchedAway(stackPointer: UInt64)
  /// A task of the concurrency runtime, its address.
  case task(UInt64)

  /// Appends register `number`; false, with nothing appended, for those that are not known.
  func append(
    _ number: Int, _ frame: UnsafeMutablePointer<x86_frame>, to output: inout [UInt8]
  ) -> Bool {
    switch self {
    case .live: return AgentRegisters.append(number, frame, to: &output)
    case .parked(let parked): return AgentRegisters.append(number, parked, to: &output)
    case .switchedAway(let stackPointer):
      guard let value = Self.register(number, switchedAwayAt: stackPointer) else { return false }
      return Self.append(value, number, to: &output)
    case .task(let task):
      guard let value = AgentTasks.register(number, of: task) else { return false }
      return Self.append(value, number, to: &output)
    }
  }

  private static func append(_ value: UInt64, _ number: Int, to output: inout [UInt8]) -> Bool {
    for byte in 0..<UInt64(AgentRegisters.file.sizes[number]) {
      output.put(UInt8(truncatingIfNeeded: value >> (8 * byte)))
    }
    return true
  }

  /// The registers that a function call must keep, from the stack of a context that was switched
  /// away from.
  private static func register(_ number: Int, switchedAwayAt stackPointer: UInt64) -> UInt64? {
    switch number {
    case 1: return word(stackPointer, 5)
    case 6: return word(stackPointer, 6)
    case 7: return stackPointer
    case 12...15: return word(stackPointer, UInt64(16 - number))
    case 16: return UInt64(Core.current.switchedAway)
    default: return nil
    }
  }

  /// Where a context goes on that was switched away from: in the caller of the switch.
  static func continuation(switchedAwayAt stackPointer: UInt64) -> UInt64? {
    word(stackPointer, 7)
  }

  static func word(_ base: UInt64, _ index: UInt64) -> UInt64? {
    AgentMemory.word(base &+ 8 &* index)
  }
}
