// The machine as a Linux process: for development at full speed, for tests of applications without
// an emulator, and for hosts where a process in a sandbox is what one wants. Interrupts are what
// `epoll` reports: input, a timer, a signal, and what devices watch.
// Built for a host only; memory comes from the C library.

#if !BAREMETAL
internal import CHosted
internal import Log
public import Machine

/// A Linux process as the machine.
///
/// The console is standard input and output. Output is buffered, shared with `print`, and written
/// as fast as somebody takes it; what finds the buffer full is dropped and counted. Input is left
/// as the terminal delivers it. SIGINT and SIGTERM power the machine off, with 128 and the signal's
/// number as status. The command line is `PROGRAM [--sandbox] [--disk FILE]... [--tap IF]...
/// [WORD...] [-- WORD...]`.
public final class HostedMachine: Machine {
  private let start: UInt64
  private var armed: Instant?
  private var marked = LineSet(bits: 0)
  private var takes: UInt8 = 0
  private var lines = LineAllocator()

  /// Takes over the process's input, output and signals, and opens its disks and interfaces. Call once.
  ///
  /// Ends the process with status 2 if the command line is wrong or one of these cannot be opened.
  public init() {
    start = chosted_now()
    chosted_read_options()
    chosted_catch_signals()
    chosted_catch_faults()
    HostedLog.start()
    HostedDisks.open(&lines)
    HostedTaps.open(&lines)
    if chosted_wants_sandbox() != 0 { Sandbox.enter() }
  }

  /// The time since the process started the machine.
  public var now: Instant { Instant(nanoseconds: chosted_now() &- start) }

  /// Keeps the deadline; `takeMarked` and `waitForInterrupt` compare it with the clock.
  public func arm(_ deadline: Instant?) { armed = deadline }

  /// Takes the marked lines; costs a look at the clock while a deadline is armed.
  public func takeMarked() -> LineSet {
    let signal = chosted_signal()
    if signal != 0 { end(by: signal) }
    // A loop that never waits still hears of its input, at every 64th turn.
    takes &+= 1
    if takes & 63 == 0 { marked.bits |= chosted_wait(0) }
    markDeadline()
    let result = marked
    marked = LineSet(bits: 0)
    return result
  }

  /// Writes buffered output, then sleeps until there is news or the deadline has passed.
  public func waitForInterrupt() {
    markDeadline()
    if !marked.isEmpty { return }
    let deadline = armed.map { Instant(nanoseconds: start) + ($0 - Instant(nanoseconds: 0)) }
    marked.bits |= chosted_wait(deadline?.nanoseconds ?? .max)
    // What the clock says counts: the timer may have rung for a deadline that is no longer armed.
    marked.bits &= ~LineSet(.timer).bits
    markDeadline()
  }

  private func markDeadline() {
    if let deadline = armed, deadline <= now {
      armed = nil
      marked.insert(.timer)
    }
  }

  /// A line that is marked when `descriptor` becomes readable; nil if the host cannot watch it or
  /// no line is left.
  ///
  /// Marked once for each piece of news, as by an interrupt, the other side's closing included:
  /// its handler reads until nothing is left, for what it leaves marks the line no second time. The
  /// descriptor is the caller's, does not block, and stays open.
  public func watch(_ descriptor: Int32) -> Line? {
    var rest = lines
    guard let line = rest.claim(), chosted_watch(descriptor, UInt32(line.rawValue)) != 0 else {
      return nil
    }
    lines = rest
    return line
  }

  /// Puts bytes into the output buffer; what does not fit is dropped and counted.
  public func write(_ bytes: UnsafeRawBufferPointer) {
    if let base = bytes.baseAddress { chosted_write(base, bytes.count) }
  }

  /// Takes input that has arrived, without waiting; 0 if there is none, or no more will come.
  public func readConsole(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    return Int(chosted_read(base, buffer.count))
  }

  /// Output bytes that found the buffer full; the host loses no input.
  public var consoleDrops: (output: UInt64, input: UInt64) { (chosted_output_drops(), 0) }

  /// 64 bits from the host's generator.
  public func entropy() -> UInt64 { chosted_entropy() }

  /// None: a process has its memory from the C library.
  public func memory(at index: Int) -> MemoryRegion? { nil }

  /// Writes buffered output, however long its reader takes, and ends the process with `status`.
  public func powerOff(status: UInt8) -> Never {
    chosted_flush_all(-1)
    chosted_exit(Int32(status))
  }

  /// Who sent a signal wants the end soon: a reader has one more second for what is buffered.
  private func end(by signal: Int32) -> Never {
    chosted_flush_all(1_000)
    chosted_exit(128 &+ signal)
  }

  /// Ends the process by SIGABRT with a message on standard error, after the buffered output.
  public static func panic(_ message: StaticString) -> Never {
    chosted_panic(message.utf8Start, message.utf8CodeUnitCount)
  }

  /// Replaces the process by a fresh start of its own image with the same arguments. In the sandbox it
  /// ends with status 4 instead.
  public func reset() -> Never { chosted_restart() }
}

extension LineSet {
  /// The set of one line.
  fileprivate init(_ line: Line) {
    self.init(bits: 0)
    insert(line)
  }
}
#endif
