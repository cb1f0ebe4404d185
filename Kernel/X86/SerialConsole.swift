// COM1 as the console: bounded buffers both ways, sent and received from the interrupt.

internal import CX86
internal import Devices

enum SerialConsole {
  // Safety: written once before interrupts are on, then only with interrupts off, on one core.
  nonisolated(unsafe) private static var port: UART16550<COM1>? = nil

  private static var outputSize: Int { 8192 }
  private static var inputSize: Int { 1024 }

  /// Takes the port over. Needs the heap. Without a port, or without memory, there is no console.
  static func start() {
    // Safety: the buffers live for ever.
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: outputSize, alignment: 16)
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: inputSize, alignment: 16)
    guard let output = ByteRing(over: output), let input = ByteRing(over: input) else { return }
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
