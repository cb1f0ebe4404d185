// COM2, the agent's link, or COM1 where it shares that with the console: polled while the machine is
// held, by interrupt while it runs. What is sent while it runs waits in a ring, and only what finds that
// full waits for the port, for a bounded time.

internal import CX86
internal import Devices
internal import Machine
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
  /// Whether the port has taken nothing for as long as anybody waits for it.
  nonisolated(unsafe) private static var isStuck = false
  // Safety: as above.
  /// Bytes given up because the port did not take them.
  nonisolated(unsafe) static var lost: UInt64 = 0

  /// Nanoseconds that a byte waits at most while the machine is held. A reader behind a slow line may
  /// take nothing for half a second; one that is gone is none of the port's business, which sends then.
  private static var patience: UInt64 { 5_000_000_000 }
  /// The same while it runs, where the application waits too.
  private static var shortPatience: UInt64 { 1_000_000_000 }

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

  /// Sends a byte; gives it up if the port does not take it in time, and those after it at once while
  /// that is so.
  static func write(_ byte: UInt8, isRunning: Bool = false) {
    guard isReady(isRunning ? shortPatience : patience) else {
      lost &+= 1
      isStuck = true
      return
    }
    isStuck = false
    Port().write(0, byte)
  }

  /// Waits until the port takes a byte; false if that takes too long.
  private static func isReady(_ patience: UInt64) -> Bool {
    if Port().read(5) & 0x20 != 0 { return true }
    guard !isStuck else { return false }
    let begun = X86Machine.shared.now.nanoseconds
    while Port().read(5) & 0x20 == 0 {
      if X86Machine.shared.now.nanoseconds &- begun > patience { return false }
    }
    return true
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
  static func drain(isRunning: Bool = false) {
    // A machine that is held has its own patience, whatever a flood met before.
    if !isRunning { isStuck = false }
    while let byte = waiting?.popFirst() { write(byte, isRunning: isRunning) }
    if isSending { Port().write(1, 1) }
    isSending = false
  }
}
