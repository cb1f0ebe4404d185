// One instruction at a time, by the trap flag (AMD APM volume 2, section 13.1.4). Interrupts stay
// off for the instruction, or each step would end in the timer's handler; instructions that use
// the interrupt flag themselves keep it.

internal import CX86

/// A step, or a walk through a range of addresses, that is under way.
struct Stepping {
  /// The thread that is stepped.
  let thread: UInt64
  let range: Range<UInt64>?
  /// Whether the thread was switched away from; a breakpoint stands where it goes on.
  private(set) var isAway = false
  /// Whether interrupts were on and were turned off for the step.
  private let hidesInterrupts: Bool

  private static var trapFlag: UInt64 { 1 << 8 }
  private static var interruptFlag: UInt64 { 1 << 9 }

  /// Prepares `frame` for one instruction; with a range, for more until it is left.
  init(
    _ frame: UnsafeMutablePointer<x86_frame>, of thread: UInt64, range: Range<UInt64>?
  ) {
    self.thread = thread
    self.range = range
    hidesInterrupts =
      frame.pointee.rflags & Self.interruptFlag != 0
      && !Self.usesInterruptFlag(at: frame.pointee.rip)
    if hidesInterrupts { frame.pointee.rflags &= ~Self.interruptFlag }
    frame.pointee.rflags |= Self.trapFlag
  }

  /// Steps a thread that does not run now, as soon as it does.
  init(absent thread: UInt64, range: Range<UInt64>?) {
    self.thread = thread
    self.range = range
    hidesInterrupts = false
    isAway = true
  }

  /// Whether the step that has just ended was the last.
  func isOver(_ frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    // Debug status: only the trap flag may have been the cause, or something else was met.
    guard Self.isAlone, let range else { return true }
    return !range.contains(frame.pointee.rip)
      || (hidesInterrupts && Self.usesInterruptFlag(at: frame.pointee.rip))
  }

  /// Lets another instruction follow.
  static func arm(_ frame: UnsafeMutablePointer<x86_frame>) {
    x86_write_debug_status(0)
    frame.pointee.rflags |= trapFlag
  }

  /// Whether nothing but the trap flag caused the debug exception.
  static var isAlone: Bool { x86_read_debug_status() & 0x400f == 0x4000 }

  /// Whether an instruction's end was a cause of the debug exception.
  static var hasEnded: Bool { x86_read_debug_status() & 0x4000 != 0 }

  /// Whether the context is being stepped.
  static func isArmed(_ frame: UnsafeMutablePointer<x86_frame>) -> Bool {
    frame.pointee.rflags & trapFlag != 0
  }

  /// Lets the context run as it will.
  static func end(_ frame: UnsafeMutablePointer<x86_frame>) {
    x86_write_debug_status(0)
    frame.pointee.rflags &= ~trapFlag
  }

  /// Lets an instruction run that a breakpoint in a debug register stands at (AMD APM volume 2,
  /// section 13.1.1.3, the resume flag).
  static func pass(_ frame: UnsafeMutablePointer<x86_frame>) {
    x86_write_debug_status(0)
    frame.pointee.rflags |= 1 << 16
  }

  /// Undoes what the step changed.
  func restore(_ frame: UnsafeMutablePointer<x86_frame>) {
    frame.pointee.rflags &= ~Self.trapFlag
    if hidesInterrupts { frame.pointee.rflags |= Self.interruptFlag }
  }

  /// pushf, popf, int, iret, cli, sti, hlt, each perhaps with a prefix.
  private static func usesInterruptFlag(at address: UInt64) -> Bool {
    var bytes: UInt16 = 0
    guard withUnsafeMutableBytes(of: &bytes, { AgentMemory.read(address, into: $0) }) == 2 else {
      return true
    }
    let first = UInt8(truncatingIfNeeded: bytes)
    let opcode = first & 0xf0 == 0x40 ? UInt8(truncatingIfNeeded: bytes >> 8) : first
    switch opcode {
    case 0x9c, 0x9d, 0xcd, 0xcf, 0xfa, 0xfb, 0xf4: return true
    default: return false
    }
  }
}
