internal import Bytes
internal import Disassembly

/// `stepi`, and `nexti`, which lets a call run to its return.
struct InstructionStepper {
  let isOver: Bool
  /// Where the call being stepped over returns to.
  private var afterCall: Address?
  private var isReturning = false

  init(isOver: Bool) { self.isOver = isOver }

  /// The thread stands at the instruction to step.
  mutating func began(_ facts: some MotionFacts) -> MotionEffect {
    isReturning = false
    afterCall = nil
    if isOver, let instruction = facts.instruction(), instruction.kind == .call {
      afterCall = instruction.next
    }
    return .step
  }

  /// The thread stands behind it, or in the function it called.
  mutating func arrived(_ facts: some MotionFacts) -> MotionEffect {
    if !isReturning, let afterCall, facts.pc != afterCall, facts.wordOnStack() == afterCall {
      isReturning = true
      // The call pushed 8 bytes, which the return takes off again.
      return .run(
        [Landing(address: afterCall, minimumStackPointer: facts.stackPointer &+ 8)])
    }
    // Who steps by instruction looks at the code that is there, inlined or not, as in gdb.
    return .arrived(hidden: 0)
  }
}
