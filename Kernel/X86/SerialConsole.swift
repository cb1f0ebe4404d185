// COM1 as the console: bounded buffers both ways, sent and received from the interrupt.

internal import CX86
internal import Devices

enum SerialConsole {
  // Safety: written once before interrupts are on, then only with interrupts off, on one core.
  nonisolated(unsafe) private static var port: UART16550<COM1>? = nil

  /// Takes the port over. The buffers are part of the image, so that a panic can send what is
  /// left in them whatever has become of the heap.
  static func start() {
    let start = UnsafeMutableRawPointer(bitPattern: UInt(x86_console_buffers()))
    // Safety: memory of the image that nothing else uses.
    let memory = UnsafeMutableRawBufferPointer(
      start: start, count: Int(x86_console_buffers_end() - x86_console_buffers()))
    let middle = memory.count / 3 * 2
    guard let output = ByteRing(over: .init(rebasing: memory[..<middle])),
      let input = ByteRing(over: .init(rebasing: memory[middle...]))
    else { return }
    port = UART16550(COM1(), output: output, input: input)
  }

  /// Queues bytes for output; before `start` sends them by polling.
  @inline(never)
  static func write(_ bytes: UnsafeRawBufferPointer) {
    withoutInterrupts {
      if port == nil { for byte in bytes { UART16550.send(byte, to: COM1()) } }
      port?.write(bytes)
    }
  }

  /// Takes input that has arrived; returns how many bytes.
  static func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    withoutInterrupts { port?.read(into: buffer) ?? 0 }
  }

  /// Serves the interrupt.
  static func interrupted() { port?.interrupted() }

  /// Bytes lost in either direction.
  static var drops: (output: UInt64, input: UInt64) {
    withoutInterrupts { port?.drops ?? (0, 0) }
  }

  /// Sends what is queued by polling.
  static func flush() { withoutInterrupts { port?.flush() } }
}
