// COM2, the agent's link: polled while the machine is held, by interrupt while it runs.

internal import CX86
internal import Devices
internal import X86

/// COM2's registers in port space.
private struct COM2: SerialRegisters {
  func read(_ index: UInt16) -> UInt8 { x86_in8(0x2f8 &+ index) }
  func write(_ index: UInt16, _ value: UInt8) { x86_out8(0x2f8 &+ index, value) }
}

enum AgentPort {
  /// Whether there is a port: its scratch register keeps a value.
  static var exists: Bool {
    COM2().write(7, 0x5a)
    return COM2().read(7) == 0x5a
  }

  /// Sets the port up, with an interrupt for each byte that comes.
  static func start() {
    UART16550.configure(COM2())
    COM2().write(1, 1)
  }

  /// The next byte, if one has come.
  static func read() -> UInt8? { COM2().read(5) & 1 != 0 ? COM2().read(0) : nil }

  /// Sends a byte; gives it up if the port does not take it in time.
  static func write(_ byte: UInt8) {
    var patience = 100_000
    UART16550.send(byte, to: COM2(), patience: &patience)
  }
}
