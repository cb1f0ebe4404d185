// Ways to end or restart a machine. There is no single one, so each is tried in turn; on a
// machine that lacks a device the write to it has no effect.

internal import CX86
internal import Log

enum Power {
  // Safety: used by the one core outside interrupt handlers.
  /// What else has to be done before the end, by what is not in every image.
  nonisolated(unsafe) static var last: (@convention(c) () -> Void)?

  /// Sends what the console still holds, then powers off; halts where there is no power switch.
  ///
  /// QEMU's isa-debug-exit, if present, makes (status << 1) | 1 the exit status of QEMU, which has
  /// 8 bits: a status beyond them becomes 127, lest a failure look like success.
  @inline(never)
  static func off(status: UInt8) -> Never {
    X86Log.note(.powerOff, value: UInt32(status))
    last?()
    SerialConsole.flush()
    x86_out8(0xf4, min(status, 127))
    x86_out16(0x604, 0x2000)  // PM1 control of pc and q35: soft off
    if isMicroVM { x86_store8(0xfea0_0200, 0x34) }  // its ACPI sleep register: state 5, enable
    Panic.halt()
  }

  /// Sends what the console still holds, then restarts the machine.
  @inline(never)
  static func reset() -> Never {
    X86Log.note(.reset)
    last?()
    SerialConsole.flush()
    x86_out8(0xcf9, 0x06)  // the chipset's reset control
    x86_out8(0x64, 0xfe)  // the keyboard controller's
    if isMicroVM { x86_store8(0xfea0_0202, 0x42) }
    // Last resort: a fault without a gate to deliver it through shuts the core down.
    x86_load_idt(0, 0)
    x86_undefined()
    Panic.halt()
  }

  /// Whether there is no PCI host bridge: its address port reads back what was written.
  private static var isMicroVM: Bool {
    x86_out32(0xcf8, 0x8000_0000)
    return x86_in32(0xcf8) != 0x8000_0000
  }
}
