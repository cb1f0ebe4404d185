// The I/O ports the kernel knows.

internal import CX86
internal import Devices

/// COM1's registers in port space.
struct COM1: SerialRegisters {
  private static var base: UInt16 { 0x3f8 }

  func read(_ index: UInt16) -> UInt8 { x86_in8(Self.base &+ index) }
  func write(_ index: UInt16, _ value: UInt8) { x86_out8(Self.base &+ index, value) }
}

/// Runs `body` with interrupts off, and leaves them as they were.
@inline(__always)
func withoutInterrupts<T>(_ body: () -> T) -> T {
  let wereEnabled = x86_interrupts_enabled() != 0
  x86_disable_interrupts()
  let result = body()
  if wereEnabled { x86_enable_interrupts() }
  return result
}
