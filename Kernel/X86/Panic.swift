// The end of an instance by a fault: one complete report on the console, by polled output, then
// the pvpanic device is told and the core halts, attachable. A fault within the report gives a
// short second report; a third gives nothing.

internal import CX86
internal import Devices

/// How an instance ends by a fault.
public enum Panic {
  // Safety: one core, interrupts off. 0 = no panic, 1 = reporting, 2 = a fault in the report.
  nonisolated(unsafe) private static var depth = 0
  // Safety: as above; written just before the deliberate `ud2`.
  nonisolated(unsafe) fileprivate static var message: UInt64 = 0

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
  static func raised(by frame: UnsafeMutablePointer<x86_frame>) -> Never {
    depth += 1
    switch depth {
    case 1:
      Descriptors.divertToNestedStack()
      SerialConsole.flush()
      report(frame)
    case 2: reportNested(frame)
    default: break
    }
    tellHypervisor()
    halt()
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

  private static func report(_ frame: UnsafeMutablePointer<x86_frame>) {
    // Safety: the assembly passes a complete frame.
    let context = frame.pointee
    PanicWriter.text("\n*** panic: ")
    PanicWriter.startLogging()
    cause(context)
    registers(frame)
    PanicWriter.text("backtrace:\n  #0  ")
    PanicWriter.hex(context.rip)
    var number: UInt64 = 1
    let caller = Backtrace.callerOfWildJump(context)
    if let caller { row(caller, number: &number) }
    var backtrace = Backtrace(from: context.rbp, at: caller ?? context.rip)
    while let next = backtrace.next() {
      switch next {
      case .caller(let address): row(address, number: &number)
      case .gap: PanicWriter.text("\n  ... (runtime frames without frame pointers)")
      }
    }
    if backtrace.isCutOff { PanicWriter.text("\n  ...") }
    PanicWriter.endLogging()
    PanicWriter.text("\nbuild id: ")
    BuildID.digits { PanicWriter.byte($0) }
    PanicWriter.text("\n*** end of panic: halted\n")
  }

  @inline(never)
  private static func row(_ address: UInt64, number: inout UInt64) {
    PanicWriter.text(number < 10 ? "\n  #" : "\n #")
    PanicWriter.decimal(number)
    PanicWriter.text("  ")
    PanicWriter.hex(address)
    number += 1
  }

  private static func reportNested(_ frame: UnsafeMutablePointer<x86_frame>) {
    // Safety: the assembly passes a complete frame.
    let context = frame.pointee
    PanicWriter.endLogging()
    PanicWriter.text("\n*** panic in the panic report: ")
    cause(context)
    PanicWriter.text("rip ")
    PanicWriter.hex(context.rip)
    PanicWriter.text("  rsp ")
    PanicWriter.hex(context.rsp)
    PanicWriter.text("\n*** end of panic: halted\n")
  }

  @inline(never)
  private static func cause(_ context: x86_frame) {
    let isDeliberate = context.vector == 6 && message != 0
    if isDeliberate {
      PanicWriter.text(at: message)
      message = 0
      PanicWriter.text("\n")
      if let write = details {
        details = nil
        write()
      }
      return
    }
    PanicWriter.text(Exception.name(context.vector))
    PanicWriter.text(" (vector ")
    PanicWriter.decimal(context.vector)
    PanicWriter.text(", error ")
    PanicWriter.hex(context.error, digits: 4)
    PanicWriter.text(")")
    switch context.vector {
    case 6: PanicWriter.text(": a Swift run-time check failed, or ud2")
    case 14: pageFault(context)
    case 8 where PageTables.isGuard(x86_read_cr2()): PanicWriter.text(": stack overflow")
    default: break
    }
    PanicWriter.text("\n")
  }

  @inline(never)
  private static func pageFault(_ context: x86_frame) {
    let address = x86_read_cr2()
    if context.error & 16 != 0 {
      PanicWriter.text(": execution at ")
    } else {
      PanicWriter.text(context.error & 2 != 0 ? ": write to " : ": read from ")
    }
    PanicWriter.hex(address)
    if PageTables.isGuard(address) {
      PanicWriter.text(", stack overflow")
    } else if address < 4096 {
      PanicWriter.text(", null page")
    } else {
      PanicWriter.text(context.error & 1 != 0 ? ", not permitted" : ", not mapped")
    }
  }

  /// All registers, three a line, in the order in which the frame holds them.
  private static func registers(_ frame: UnsafeMutablePointer<x86_frame>) {
    let names: StaticString =
      "r15r14r13r12r11r10r9 r8 rbprdirsirdxrcxrbxraxripcs flgrspss cr0cr2cr3cr4"
    // Safety: the frame is 24 words; those from the third on are registers but for two.
    let words = UnsafeRawPointer(frame).assumingMemoryBound(to: UInt64.self)
    for index in 0..<24 {
      let value: UInt64
      switch index {
      case 0..<15: value = words[index + 2]
      case 15..<20: value = words[index + 4]
      case 20: value = x86_read_cr0()
      case 21: value = x86_read_cr2()
      case 22: value = x86_read_cr3()
      default: value = x86_read_cr4()
      }
      for offset in 0..<3 { PanicWriter.byte(names.utf8Start[index * 3 + offset]) }
      PanicWriter.text(" ")
      PanicWriter.hex(value)
      PanicWriter.text(index % 3 == 2 ? "\n" : "  ")
    }
  }
}

/// Panics with the zero-terminated text at `message` as the cause.
@c(x86_panic)
public func x86Panic(_ message: UInt64) -> Never {
  Panic.message = message
  while true { x86_undefined() }
}
