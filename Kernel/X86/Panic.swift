// The end of an instance by a fault: one complete report on the console, by polled output, then
// the pvpanic device is told and the core halts, attachable. A fault within the report gives a
// short second report; a third gives nothing.

internal import CX86
internal import Devices

enum Panic {
  // Safety: one core, interrupts off. 0 = no panic, 1 = reporting, 2 = a fault in the report.
  nonisolated(unsafe) private static var depth = 0
  // Safety: as above; written just before the deliberate `ud2`.
  nonisolated(unsafe) private static var message: UInt64 = 0

  /// Panics with `message`, zero-terminated, as the cause. The report shows the caller.
  static func stop(_ message: UInt64) -> Never {
    Self.message = message
    while true { x86_undefined() }
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
    cause(context)
    registers(context)
    PanicWriter.text("backtrace:\n  #0  ")
    PanicWriter.hex(context.rip)
    var backtrace = Backtrace(from: context.rbp)
    var number: UInt64 = 1
    while let address = backtrace.next() {
      PanicWriter.text(number < 10 ? "\n  #" : "\n #")
      PanicWriter.decimal(number)
      PanicWriter.text("  ")
      PanicWriter.hex(address)
      number += 1
    }
    PanicWriter.text("\nbuild id: ")
    var byte = x86_build_id_start() + 16  // after the note's header and its name, "GNU"
    while byte < x86_build_id_end() {
      PanicWriter.hexDigits(UInt64(x86_load8(byte)), digits: 2)
      byte += 1
    }
    PanicWriter.text("\n*** end of panic: halted\n")
  }

  private static func reportNested(_ frame: UnsafeMutablePointer<x86_frame>) {
    // Safety: the assembly passes a complete frame.
    let context = frame.pointee
    PanicWriter.text("\n*** panic in the panic report: ")
    cause(context)
    PanicWriter.text("rip ")
    PanicWriter.hex(context.rip)
    PanicWriter.text("  rsp ")
    PanicWriter.hex(context.rsp)
    PanicWriter.text("\n*** end of panic: halted\n")
  }

  private static func cause(_ context: x86_frame) {
    let isDeliberate = context.vector == 6 && message != 0
    if isDeliberate {
      PanicWriter.text(at: message)
      message = 0
      PanicWriter.text("\n")
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
    case 8 where Self.isGuard(x86_read_cr2()): PanicWriter.text(": stack overflow")
    default: break
    }
    PanicWriter.text("\n")
  }

  private static func pageFault(_ context: x86_frame) {
    let address = x86_read_cr2()
    if context.error & 16 != 0 {
      PanicWriter.text(": execution at ")
    } else {
      PanicWriter.text(context.error & 2 != 0 ? ": write to " : ": read from ")
    }
    PanicWriter.hex(address)
    if Self.isGuard(address) {
      PanicWriter.text(", stack overflow")
    } else if address < 4096 {
      PanicWriter.text(", null page")
    } else {
      PanicWriter.text(context.error & 1 != 0 ? ", not permitted" : ", not mapped")
    }
  }

  /// Whether `address` lies in the guard page below the main stack.
  private static func isGuard(_ address: UInt64) -> Bool {
    address < x86_stack_bottom() && address >= x86_stack_bottom() - 4096
  }

  private static func registers(_ context: x86_frame) {
    row("rip", context.rip, "rsp", context.rsp, "rbp", context.rbp)
    row("rax", context.rax, "rbx", context.rbx, "rcx", context.rcx)
    row("rdx", context.rdx, "rsi", context.rsi, "rdi", context.rdi)
    row("r8 ", context.r8, "r9 ", context.r9, "r10", context.r10)
    row("r11", context.r11, "r12", context.r12, "r13", context.r13)
    row("r14", context.r14, "r15", context.r15, "flg", context.rflags)
    row("cr0", x86_read_cr0(), "cr2", x86_read_cr2(), "cr3", x86_read_cr3())
    row("cr4", x86_read_cr4(), "cs ", context.cs, "ss ", context.ss)
  }

  private static func row(
    _ a: StaticString, _ valueA: UInt64, _ b: StaticString, _ valueB: UInt64, _ c: StaticString,
    _ valueC: UInt64
  ) {
    PanicWriter.text(a)
    PanicWriter.text(" ")
    PanicWriter.hex(valueA)
    PanicWriter.text("  ")
    PanicWriter.text(b)
    PanicWriter.text(" ")
    PanicWriter.hex(valueB)
    PanicWriter.text("  ")
    PanicWriter.text(c)
    PanicWriter.text(" ")
    PanicWriter.hex(valueC)
    PanicWriter.text("\n")
  }
}
