// COM1 as the console: bounded buffers both ways, sent and received from the interrupt.

internal import CX86
internal import Devices
internal import Log

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

  /// Queues bytes for output; before `start` they are lost.
  @inline(never)
  static func write(_ bytes: UnsafeRawBufferPointer) {
    withoutInterrupts {
      #if AGENT
      if AgentHooks.took(bytes) { return }
      #endif
      port?.write(bytes)
    }
  }

  /// Takes input that has arrived; returns how many bytes.
  static func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    withoutInterrupts { port?.read(into: buffer) ?? 0 }
  }

  /// Serves the interrupt.
  static func interrupted() {
    port?.interrupted()
    if port?.canCloseGap == true { closeGap() }
  }

  /// Publishes the port.
  static func publish() { port?.publishAsConsole() }

  /// Bytes lost in either direction.
  static var drops: (output: UInt64, input: UInt64) {
    withoutInterrupts { port?.drops ?? (0, 0) }
  }

  // Safety: used with interrupts off, on one core.
  /// How long the machine's end may wait for the port: seconds, all in all, whether what has to be
  /// sent is the rest of the output or a panic's report.
  nonisolated(unsafe) static var patience = 4_000_000

  /// Sends what is queued by polling.
  @inline(never)
  static func flush() {
    withoutInterrupts {
      #if AGENT
      if AgentHooks.took(UnsafeRawBufferPointer(start: nil, count: 0)) { return }
      #endif
      port?.flush(patience: &patience)
      closeGap()
      port?.flush(patience: &patience)
    }
  }

  // Safety: used with interrupts off, on one core.
  /// The latest record about dropped output, and the bytes that it tells of.
  nonisolated(unsafe) private static var record: UInt64 = 0
  nonisolated(unsafe) private static var recorded: UInt64 = 0

  /// Tells of a gap in the output, if there is one: there, and in the log ring. Gaps between which
  /// nothing was logged share a record, so that they do not displace all others.
  @inline(never)
  @_optimize(size)
  private static func closeGap() {
    guard let gap = port?.gap, gap > 0 else { return }
    withUnsafeTemporaryAllocation(byteCount: DroppedOutput.size, alignment: 1) { buffer in
      port?.closeGap(DroppedOutput.line(gap, in: buffer))
      guard let ring = Log.ring else { return }
      recorded = ring.takeBack(record) ? recorded &+ gap : gap
      let line = DroppedOutput.line(recorded, in: buffer)
      ring.append(
        .text, level: Log.Level.warning.rawValue, time: Log.time,
        UnsafeRawBufferPointer(rebasing: line.dropLast()))
      record = ring.latest
    }
  }
}
