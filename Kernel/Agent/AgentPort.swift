// COM2, the agent's link, or COM1 where it shares that with the console: polled while the machine is held, by interrupt while it runs. What is sent
// while it runs waits in a ring, so that nothing ever waits for the port.

internal import CX86
internal import Devices
internal import X86

/// The port's registers in port space.
private struct Port: SerialRegisters {
  func read(_ index: UInt16) -> UInt8 { x86_in8(AgentPort.base &+ index) }
  func write(_ index: UInt16, _ value: UInt8) { x86_out8(AgentPort.base &+ index, value) }
}

enum AgentPort {
  // Safety: made at start, then used by the agent alone.
  nonisolated(unsafe) private static var waiting: ByteRing?
  nonisolated(unsafe) private static var isSending = false

  // Safety: as above.
  /// COM2's registers, or COM1's.
  nonisolated(unsafe) fileprivate(set) static var base: UInt16 = 0x2f8

  private static var size: Int { 4096 }
  /// Bytes that an interrupt sends at most; real hardware takes 16.
  private static var burst: Int { 64 }

  /// Whether there is a port: its scratch register keeps a value.
  static var exists: Bool {
    Port().write(7, 0x5a)
    return Port().read(7) == 0x5a
  }

  /// Sets the port up, with an interrupt for each byte that comes. Allocates.
  static func start() {
    waiting = ByteRing(over: .allocate(byteCount: size, alignment: 8))
    UART16550.configure(Port())
    Port().write(1, 1)
  }

  /// Uses COM1.
  static func shareConsole() { base = 0x3f8 }

  /// The next byte, if one has come.
  static func read() -> UInt8? { Port().read(5) & 1 != 0 ? Port().read(0) : nil }

  /// Sends a byte; gives it up if the port does not take it in time.
  static func write(_ byte: UInt8) {
    var patience = 100_000
    UART16550.send(byte, to: Port(), patience: &patience)
  }

  /// Bytes that may be queued now.
  static var room: Int { waiting.map { $0.capacity - $0.count } ?? 0 }

  /// Queues a byte, to be sent from interrupts once `send` was called.
  static func queue(_ byte: UInt8) { waiting?.append(byte) }

  /// Sends what the port takes, and has it interrupt when it takes more.
  static func send() {
    guard waiting != nil else { return }
    var left = burst
    while left > 0, Port().read(5) & 0x20 != 0, let byte = waiting?.popFirst() {
      Port().write(0, byte)
      left &-= 1
    }
    let wantsMore = waiting.map { $0.count > 0 } ?? false
    if wantsMore != isSending { Port().write(1, wantsMore ? 3 : 1) }
    isSending = wantsMore
  }

  /// Sends all that waits, by polling; gives up what the port does not take in time.
  static func drain() {
    var patience = 100_000
    while let byte = waiting?.popFirst() {
      if patience > 0 { UART16550.send(byte, to: Port(), patience: &patience) }
    }
    if isSending { Port().write(1, 1) }
    isSending = false
  }
}
