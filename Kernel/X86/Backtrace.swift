// A walk along frame pointers that trusts nothing: each link must lie on a known stack, aligned,
// further up than the last, and lead back into the image's code.

internal import CX86

/// The return addresses of a call chain, innermost first. Allocates nothing.
struct Backtrace {
  private var framePointer: UInt64
  private var stack: ClosedRange<UInt64>?
  private var left = 64

  /// The chain that starts at `framePointer`.
  init(from framePointer: UInt64) {
    self.framePointer = framePointer & Self.pointerBits
    stack = Self.stack(around: self.framePointer)
  }

  /// Whether the chain went on beyond what was returned.
  var isCutOff: Bool { left == 0 }

  /// The return address that a call to no code left on the stack: no frame was set up for it.
  static func callerOfWildJump(_ context: x86_frame) -> UInt64? {
    guard context.rip < x86_text_start() || context.rip >= x86_text_end(),
      context.rsp & 7 == 0, stack(around: context.rsp) != nil,
      stack(around: context.rsp &+ 7) != nil
    else { return nil }
    let address = x86_load64(context.rsp)
    return address >= x86_text_start() && address < x86_text_end() ? address : nil
  }

  /// Swift's async functions mark their frames in bit 60 of the saved pointer.
  private static var pointerBits: UInt64 { ~(1 << 60) }

  /// The next return address, nil at the end of the chain or where it makes no sense.
  mutating func next() -> UInt64? {
    guard left > 0, let within = stack, framePointer & 7 == 0, within.contains(framePointer),
      within.contains(framePointer &+ 15)
    else { return nil }
    left -= 1
    let returnAddress = x86_load64(framePointer &+ 8)
    let up = x86_load64(framePointer) & Self.pointerBits
    guard returnAddress >= x86_text_start(), returnAddress < x86_text_end() else { return nil }
    if up <= framePointer || !within.contains(up) {
      // From an exception's stack the chain leads to the interrupted one, which is no other
      // exception's unless that was interrupted too; `left` bounds any cycle.
      stack = up == 0 ? nil : Self.stack(around: up)
      if stack == within { stack = nil }
    }
    framePointer = up
    return returnAddress
  }

  /// The stack that `address` lies on, nil if on none.
  static func stack(around address: UInt64) -> ClosedRange<UInt64>? {
    if address >= x86_stack_bottom(), address < x86_stack_top() {
      return x86_stack_bottom()...(x86_stack_top() - 1)
    }
    guard address >= x86_fault_stacks_bottom(), address < x86_fault_stacks_top() else { return nil }
    let offset = address - x86_fault_stacks_bottom()
    let top =
      x86_fault_stacks_bottom() + (offset / x86_fault_stack_stride + 1)
      * x86_fault_stack_stride
    let bottom = top - x86_fault_stack_stride + 4096
    return address >= bottom ? bottom...(top - 1) : nil
  }
}
