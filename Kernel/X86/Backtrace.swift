// A walk along frame pointers that trusts nothing: each link must lie on a known stack, aligned,
// further up than the last, and lead back into the image's code.
//
// The concurrency runtime keeps no frame pointers: what RBP holds below one of its frames is any
// value. Its code lies in a range of its own, so the walk knows where the chain stops meaning
// anything; it says so, and goes on at the frame that entered the running job.

internal import CX86
internal import Machine

/// The return addresses of a call chain, innermost first. Allocates nothing.
struct Backtrace {
  /// One step of a walk.
  enum Row {
    /// A return address.
    case caller(UInt64)
    /// Frames are missing here; what follows is certain again.
    case gap
  }

  private var framePointer: UInt64
  private var stack: ClosedRange<UInt64>?
  private var left = 64
  /// Whether the chain means nothing any more, from here on.
  private var isLost: Bool
  /// Where the walk goes on once the chain is lost; 0 for nowhere.
  private var resumption: UInt64

  /// The chain that starts at `framePointer`, in the function that `address` lies in.
  @inline(never)
  init(from framePointer: UInt64, at address: UInt64) {
    self.framePointer = framePointer & Self.pointerBits
    stack = Self.stack(around: self.framePointer)
    isLost = Self.isRuntime(address)
    resumption = UInt64(Core.current.jobFrame)
  }

  /// Whether the chain went on beyond what was returned.
  var isCutOff: Bool { left == 0 }

  /// The return address that a call to no code left on the stack: no frame was set up for it.
  static func callerOfWildJump(_ context: x86_frame) -> UInt64? {
    guard !isCode(context.rip), context.rsp & 7 == 0, stack(around: context.rsp) != nil,
      stack(around: context.rsp &+ 7) != nil
    else { return nil }
    let address = x86_load64(context.rsp)
    return isCode(address) ? address : nil
  }

  /// Swift's async functions mark their frames in bit 60 of the saved pointer.
  private static var pointerBits: UInt64 { ~(1 << 60) }

  /// The next return address or gap, nil at the end of the chain.
  @inline(never)
  mutating func next() -> Row? {
    guard left > 0 else { return nil }
    // The chain has come to that frame by itself.
    if !isLost, framePointer >= resumption, let stack, stack.contains(resumption) { resumption = 0 }
    if !isLost, let caller = step() { return .caller(caller) }
    guard isLost || resumption != 0 else { return nil }
    framePointer = resumption
    stack = Self.stack(around: framePointer)
    resumption = 0
    isLost = false
    left -= 1
    return .gap
  }

  /// Follows one link; nil where it makes no sense.
  private mutating func step() -> UInt64? {
    guard let within = stack, framePointer & 7 == 0, within.contains(framePointer),
      within.contains(framePointer &+ 15)
    else { return nil }
    left -= 1
    let returnAddress = x86_load64(framePointer &+ 8)
    let up = x86_load64(framePointer) & Self.pointerBits
    guard Self.isCode(returnAddress) else { return nil }
    isLost = Self.isRuntime(returnAddress)
    if up <= framePointer || !within.contains(up) {
      // From an exception's stack the chain leads to the interrupted one, which is no other
      // exception's unless that was interrupted too; `left` bounds any cycle.
      stack = up == 0 ? nil : Self.stack(around: up)
      if stack == within { stack = nil }
    }
    framePointer = up
    return returnAddress
  }

  private static func isCode(_ address: UInt64) -> Bool {
    address >= x86_text_start() && address < x86_text_end()
  }

  /// Whether `address` lies in the concurrency runtime.
  private static func isRuntime(_ address: UInt64) -> Bool {
    address >= x86_runtime_start() && address < x86_runtime_end()
  }

  /// The stack that `address` lies on, nil if on none: the running fiber's, the core's own, or an
  /// exception's.
  static func stack(around address: UInt64) -> ClosedRange<UInt64>? {
    let fiber = Core.current.fiberStack
    if address >= fiber.start, address < fiber.end {
      return UInt64(fiber.start)...UInt64(fiber.end - 1)
    }
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
