// The machine as a Linux process: for development at full speed, and for tests of applications
// without an emulator. Interrupts are what `ppoll` reports: input, and the deadline that passed.
// Built for a host only; memory comes from the C library.

#if !BAREMETAL
internal import CHosted
internal import Log
public import Machine

/// A Linux process as the machine.
///
/// The console is standard input and output. Output is shared with `print`, buffered, and written
/// when the loop waits; input is left as the terminal delivers it.
public final class HostedMachine: Machine {
  private let start: UInt64
  private var armed: Instant?
  private var marked = LineSet(bits: 0)
  /// Whether the loop wants to hear of input: from the start, and again after each read.
  private var listensToInput = true
  private var takes: UInt8 = 0
  private var dropped: UInt64 = 0

  private static var outputSize: Int { 65_536 }
  /// What a write of standard output may hold up at most before a reader takes it.
  private static var eagerFlush: Int { 32_768 }

  /// Takes over the process's standard input and output. Call once.
  public init() {
    start = chosted_now()
    chosted_buffer_output(HostedMachine.outputSize)
    HostedLog.start()
    HostedProcess.keepArguments()
  }

  /// The time since the process started the machine.
  public var now: Instant { Instant(nanoseconds: chosted_now() &- start) }

  /// Keeps the deadline; `takeMarked` and `waitForInterrupt` compare it with the clock.
  public func arm(_ deadline: Instant?) { armed = deadline }

  /// Takes the marked lines; costs a look at the clock while a deadline is armed.
  public func takeMarked() -> LineSet {
    // A loop that never waits still hears of its input, at every 64th turn.
    takes &+= 1
    if takes & 63 == 0, listensToInput { poll(timeout: 0) }
    markDeadline()
    let result = marked
    marked = LineSet(bits: 0)
    return result
  }

  /// Writes buffered output, then sleeps until there is input or the deadline has passed.
  public func waitForInterrupt() {
    chosted_flush()
    markDeadline()
    if !marked.isEmpty { return }
    guard let armed else { return poll(timeout: -1) }
    let left = (armed - now).count
    poll(timeout: Int64(clamping: left))
    markDeadline()
  }

  private func poll(timeout: Int64) {
    if chosted_wait(listensToInput ? 1 : 0, timeout) != 0 {
      // Reported once; the next report comes after a read, or the loop would never sleep again.
      listensToInput = false
      marked.insert(.console)
    }
  }

  private func markDeadline() {
    if let deadline = armed, deadline <= now {
      armed = nil
      marked.insert(.timer)
    }
  }

  /// Puts bytes into the output buffer; what does not fit is dropped and counted.
  public func write(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    if Int(chosted_output_room()) < HostedMachine.eagerFlush { chosted_flush() }
    let fitting = min(bytes.count, Int(chosted_output_room()))
    chosted_write(base, fitting)
    dropped &+= UInt64(bytes.count &- fitting)
  }

  /// Takes input that has arrived, without waiting; 0 if there is none, or no more will come.
  public func readConsole(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0, chosted_wait(1, 0) != 0 else {
      listensToInput = true
      return 0
    }
    let count = chosted_read(base, buffer.count)
    // At the end of input there is nothing to listen to: `ppoll` would report it for ever.
    listensToInput = count > 0
    return Int(count)
  }

  /// Output bytes that found the buffer full; the host loses no input.
  public var consoleDrops: (output: UInt64, input: UInt64) { (dropped, 0) }

  /// 64 bits from the host's generator.
  public func entropy() -> UInt64 { chosted_entropy() }

  /// None: a process has its memory from the C library.
  public func memory(at index: Int) -> MemoryRegion? { nil }

  /// Writes buffered output and ends the process with `status`.
  public func powerOff(status: UInt8) -> Never { chosted_exit(Int32(status)) }

  /// Replaces the process by a fresh start of its own image.
  public func reset() -> Never { HostedProcess.restart() }
}
#endif
