// The parts of a panic report. Each reads what the fault left and writes text; none allocates,
// and each may itself fault (Panic.swift).

internal import CX86

enum PanicReport {
  /// The heading: what happened.
  @_optimize(size)
  static func cause(_ frame: UnsafeMutablePointer<x86_frame>) {
    PanicWriter.text("\n*** panic: ")
    PanicWriter.startLogging()
    // Safety: the assembly passes a complete frame.
    describe(frame.pointee)
  }

  /// What called what, as return addresses.
  @_optimize(size)
  static func backtrace(_ frame: UnsafeMutablePointer<x86_frame>) {
    // Safety: the assembly passes a complete frame.
    let context = frame.pointee
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
  }

  /// The line that says that the report is complete.
  static func end() {
    PanicWriter.endLogging()
    PanicWriter.text("\nbuild id: ")
    BuildID.digits { PanicWriter.byte($0) }
    PanicWriter.text("\n*** end of panic: halted\n")
  }

  /// What happened within another part, in short.
  @_optimize(size)
  static func nested(_ context: x86_frame) {
    PanicWriter.text("\n*** panic in the panic report: ")
    describe(context)
    PanicWriter.text("rip ")
    PanicWriter.hex(context.rip)
    PanicWriter.text("  rsp ")
    PanicWriter.hex(context.rsp)
    PanicWriter.text("\n")
  }

  @inline(never)
  private static func row(_ address: UInt64, number: inout UInt64) {
    PanicWriter.text(number < 10 ? "\n  #" : "\n #")
    PanicWriter.decimal(number)
    PanicWriter.text("  ")
    PanicWriter.hex(address)
    number += 1
  }

  @inline(never)
  @_optimize(size)
  private static func describe(_ context: x86_frame) {
    let message = Panic.message
    if context.vector == 6, message != 0 {
      // Only once, even if reading it faults.
      Panic.message = 0
      PanicWriter.text(at: message)
      PanicWriter.text("\n")
      return
    }
    PanicWriter.text(at: Exception.name(context.vector))
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
  @_optimize(size)
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
    } else if context.error & 8 != 0 {
      PanicWriter.text(", broken page table")
    } else {
      PanicWriter.text(context.error & 1 != 0 ? ", not permitted" : ", not mapped")
    }
  }

  /// All registers, three a line, in the order in which the frame holds them.
  @_optimize(size)
  static func registers(_ frame: UnsafeMutablePointer<x86_frame>) {
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
