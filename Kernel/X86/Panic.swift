// The end of an instance by a fault: one complete report on the console, by polled output, and in
// the log ring; then the pvpanic device is told and the core halts, attachable.
//
// The report is made of parts. A fault within one is told in short, and the report goes on with
// the next part, so that what is broken costs that part and no other. It needs the image and the
// serial port, nothing else: no heap, no interrupts, no device that is memory, and no stack but
// the exceptions' own.

internal import CX86
internal import Devices

/// How an instance ends by a fault.
public enum Panic {
  // Safety: one core, interrupts off. The part of the end that is under way; 0 = no panic.
  nonisolated(unsafe) private static var part = 0
  // Safety: as above; the frame of the fault that began the panic, which its stack keeps.
  nonisolated(unsafe) private static var first: UnsafeMutablePointer<x86_frame>?
  // Safety: as above; written just before the deliberate `ud2`.
  nonisolated(unsafe) static var message: UInt64 = 0

  /// Panics with `message` as the cause. The report shows the caller's registers.
  @inline(always)
  public static func stop(_ message: StaticString) -> Never {
    // Safety: a StaticString's bytes are constant and zero-terminated.
    x86Panic(UInt64(UInt(bitPattern: message.utf8Start)))
  }

  // Safety: as above.
  nonisolated(unsafe) private static var details: (@convention(c) () -> Void)?

  /// Panics with `message` as the cause, and what `details` writes (by `PanicWriter`, whole lines)
  /// after it.
  @inline(never)
  static func stop(
    _ message: StaticString, details: @convention(c) @escaping () -> Void
  ) -> Never {
    self.details = details
    stop(message)
  }

  /// An exception: reports and halts.
  @_optimize(size)
  static func raised(by frame: UnsafeMutablePointer<x86_frame>) -> Never {
    // Counted before anything else is done, so that a fault in what follows comes further.
    part += 1
    if let first {
      // Safety: the assembly passes a complete frame.
      if part < 7 { PanicReport.nested(frame.pointee) }
      goOn(first)
    }
    first = frame
    Descriptors.divertToNestedStack()
    goOn(frame)
  }

  /// Does what is left, from the current part on.
  @_optimize(size)
  private static func goOn(_ frame: UnsafeMutablePointer<x86_frame>) -> Never {
    while true {
      switch part {
      case 1: SerialConsole.flush()
      case 2: PanicReport.cause(frame)
      case 3: details?()
      case 4: PanicReport.registers(frame)
      case 5: PanicReport.backtrace(frame)
      case 6: PanicReport.end()
      case 7: tellHypervisor()
      case 8: AgentHooks.panicked(frame)
      default: halt()
      }
      part += 1
    }
  }

  /// Halts for good, with interrupts off: a debugger may still attach.
  static func halt() -> Never {
    x86_disable_interrupts()
    while true { x86_halt() }
  }

  /// QEMU's pvpanic device: bit 0 of its port says that it takes panics.
  private static func tellHypervisor() {
    let events = x86_in8(0x505)
    if events != 0xff, events & 1 != 0 { x86_out8(0x505, 1) }
  }
}

/// Panics with the zero-terminated text at `message` as the cause.
@c(x86_panic)
public func x86Panic(_ message: UInt64) -> Never {
  Panic.message = message
  while true { x86_undefined() }
}
