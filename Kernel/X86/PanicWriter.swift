// Text output for the panic report: polled, unbuffered, without allocation.

internal import CX86
internal import Devices
internal import Log

enum PanicWriter {
  // Not inlined, any of these: a report is made of a hundred calls, and its size counts.
  @inline(never)
  static func text(_ text: StaticString) {
    // Safety: a StaticString of more than one scalar points at constant memory.
    for index in 0..<text.utf8CodeUnitCount { byte(text.utf8Start[index]) }
  }

  /// Text from C: up to 512 bytes at `address`, or to the first zero.
  static func text(at address: UInt64) {
    for index in 0..<UInt64(512) {
      let next = x86_load8(address &+ index)
      if next == 0 { return }
      byte(next)
    }
  }

  @inline(never)
  static func byte(_ byte: UInt8) {
    if isLogging { log(byte) }
    UART16550.send(byte, to: COM1(), patience: &SerialConsole.patience)
  }

  // Safety: one core, interrupts off.
  /// Whether what is written goes into the log ring too.
  nonisolated(unsafe) private static var isLogging = false
  nonisolated(unsafe) private static var isCause = false
  nonisolated(unsafe) private static var line: LogLine?

  /// What follows goes into the log ring too, its first line as a record of the kind `.panic`.
  static func startLogging() {
    line = X86Log.begin(.panic)
    isCause = true
    isLogging = true
  }

  /// Ends the record that is being written, and logging.
  static func endLogging() {
    line?.commit()
    line = nil
    isLogging = false
  }

  /// Adds to the record; several short lines share one.
  private static func log(_ byte: UInt8) {
    guard var open = line ?? X86Log.begin(.panicDetail) else { return }
    if byte == 10, open.count > 0, isCause || open.count > 66 {
      open.commit()
      isCause = false
      line = nil
    } else {
      if byte != 10 { open.append(byte) } else if open.count > 0 { open.append(32) }
      line = open
    }
  }

  /// A number as `digits` hexadecimal digits after 0x.
  @inline(never)
  static func hex(_ value: UInt64, digits: UInt64 = 16) {
    text("0x")
    hexDigits(value, digits: digits)
  }

  @inline(never)
  static func hexDigits(_ value: UInt64, digits: UInt64) {
    var shift = digits * 4
    while shift > 0 {
      shift -= 4
      let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
      byte(digit < 10 ? 48 &+ digit : 87 &+ digit)
    }
  }

  /// A number in decimal.
  @inline(never)
  static func decimal(_ value: UInt64) {
    if value >= 10 { decimal(value / 10) }
    byte(48 &+ UInt8(truncatingIfNeeded: value % 10))
  }
}
