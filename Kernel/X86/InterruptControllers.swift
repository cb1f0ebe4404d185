// The local interrupt controller (one-shot timer, acknowledgement) and the I/O interrupt
// controller (COM1's line), both memory-mapped. The two old 8259s are masked.
//
// Registers: Intel SDM volume 3, chapter 11 (local APIC); 82093AA data sheet (I/O APIC).

internal import CX86

/// The core's own interrupt controller.
enum LocalController {
  private static var base: UInt64 { 0xfee0_0000 }
  private static var taskPriority: UInt64 { 0x80 }
  private static var endOfInterrupt: UInt64 { 0xb0 }
  private static var spurious: UInt64 { 0xf0 }
  private static var timerEntry: UInt64 { 0x320 }
  private static var pin0: UInt64 { 0x350 }
  private static var pin1: UInt64 { 0x360 }
  private static var initialCount: UInt64 { 0x380 }
  private static var currentCount: UInt64 { 0x390 }
  private static var divider: UInt64 { 0x3e0 }
  private static var masked: UInt32 { 1 << 16 }

  /// Turns the controller on with all of its own sources masked but NMI.
  static func enable() {
    x86_write_msr(0x1b, base | x86_read_msr(0x1b) & 0x100 | 0x800)
    x86_store32(base + taskPriority, 0)
    x86_store32(base + timerEntry, masked | UInt32(Vector.timer.rawValue))
    x86_store32(base + pin0, masked)
    x86_store32(base + pin1, 0x400)
    x86_store32(base + spurious, 0x1ff)
  }

  /// Acknowledges the interrupt in service.
  @inline(__always)
  static func acknowledge() { x86_store32(base + endOfInterrupt, 0) }

  /// Starts the timer: `count` periods of the base clock, divided by 128 if `isCoarse`, then one
  /// interrupt, or none if `isSilent`. A count of 0 stops it.
  static func startTimer(_ count: UInt32, isCoarse: Bool, isSilent: Bool) {
    let entry = UInt32(Vector.timer.rawValue)
    x86_store32(base + timerEntry, isSilent ? entry | masked : entry)
    x86_store32(base + divider, isCoarse ? 0b1010 : 0b1011)
    x86_store32(base + initialCount, count)
  }

  /// Starts the timer again, set as the last time, with another count.
  @inline(__always)
  static func continueTimer(_ count: UInt32) { x86_store32(base + initialCount, count) }

  /// The periods left until the timer runs out; 0 once it has.
  @inline(__always)
  static var timerCount: UInt32 { x86_load32(base + currentCount) }
}

/// The interrupt controller that devices' lines lead to.
enum IOController {
  private static var base: UInt64 { 0xfec0_0000 }

  /// Masks everything, the 8259s included, then leads COM1's line to this core.
  static func enable() {
    x86_out8(0x21, 0xff)
    x86_out8(0xa1, 0xff)
    let highest = min(read(1) >> 16 & 0xff, 119)
    for line in 0...highest { write(0x10 + line * 2, 1 << 16) }
    write(0x10 + 4 * 2 + 1, 0)  // to local controller 0
    write(0x10 + 4 * 2, UInt32(Vector.serial.rawValue))  // fixed, edge, active high
  }

  /// Leads `input` to this core as `vector`; false if there is no such input.
  ///
  /// Edge-triggered: the device keeps its line up until the driver has taken the interrupt back,
  /// which it does before it looks for work, and raises it anew for whatever comes later. So the
  /// handler in between needs neither to mask nor to know the device.
  static func lead(_ input: UInt32, to vector: UInt64) -> Bool {
    guard input <= read(1) >> 16 & 0xff else { return false }
    write(0x10 + input * 2 + 1, 0)
    write(0x10 + input * 2, UInt32(truncatingIfNeeded: vector))
    return true
  }

  private static func read(_ register: UInt32) -> UInt32 {
    x86_store32(base, register)
    return x86_load32(base + 0x10)
  }

  private static func write(_ register: UInt32, _ value: UInt32) {
    x86_store32(base, register)
    x86_store32(base + 0x10, value)
  }
}
