// Stacks of a guest that was stopped for them: how they are copied over the monitor, and who called
// in them. Copying is all that happens while the guest stands still.

internal import Bytes
internal import Cores
internal import Launcher
internal import Profiling
internal import Readings
internal import Symbols

/// One processor's stack, as it was while the guest stood still.
struct PausedStack: Sendable {
  var stack: CopiedStack
  /// Whether the processor waited in `hlt`.
  var isIdle: Bool

  /// Bytes of the stack that are copied.
  static let size = 32 << 10
  /// Registers by DWARF number.
  static let registers = [
    "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
  ]
}

extension Instance {
  /// Stops the guest by QEMU's monitor and copies its stacks; and for how many microseconds it stood
  /// still, 0 if it did so before.
  func pausedStacks(
    _ memory: RAMFile
  ) throws(LaunchError) -> (result: [PausedStack], microseconds: Int) {
    try whilePaused { guest throws(LaunchError) in
      // Who stands still of himself is no sample: nothing passes there.
      guard guest.status == .running else { return [] }
      return guest.processors.map { processor in
        let top = (processor.values["rsp"] ?? 0) & ~7
        let stack = CopiedStack(
          counter: processor.values["rip"] ?? 0,
          registers: PausedStack.registers.map { processor.values[$0] }, start: top,
          bytes: memory.memory.read(at: top, count: PausedStack.size))
        return PausedStack(stack: stack, isIdle: processor.isHalted)
      }
    }
  }
}

/// Finds callers in copied stacks.
struct StackWalker {
  let symbols: SymbolFile?
  /// What is not in the copies; nil where it cannot be had.
  let memory: RAMFile?

  /// Callers that are looked for.
  private static let depth = 128

  func callers(of stack: CopiedStack) -> CopiedStack.Callers {
    guard let symbols else {
      // Without symbols nobody knows where code ends: above the first megabyte, below the stack.
      return stack.callers(within: 0x10_0000..<(1 << 31), limit: Self.depth)
    }
    let memory = memory?.memory
    return stack.callers(by: symbols, limit: Self.depth) { address, count in
      guard count <= 1 << 16, let memory else { return nil }
      let bytes = memory.read(at: address.value, count: count)
      return bytes.count == count ? bytes : nil
    }
  }
}
