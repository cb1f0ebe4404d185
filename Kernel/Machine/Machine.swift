// The one seam between the kernel and what it runs on. Each platform implements it once as a
// final class: bare x86_64 (module X86), a Linux process (module Hosted), a fake in the tests.
// Everything above it - event loop, timers, executor, drivers of devices that sit on a bus - is
// platform-free. Generic code takes `<M: Machine>`, so no call here pays for an existential.

/// What the kernel needs from the hardware, or from whatever stands in for it.
///
/// All calls come from the one core's event loop; none may be made from an interrupt handler.
public protocol Machine: AnyObject {
  /// The time since boot. Monotonic; costs no system call and no device access.
  var now: Instant { get }

  /// Arms the one-shot timer: `Line.timer` is marked at `deadline` or just after it.
  ///
  /// A later call replaces the earlier deadline; nil disarms. A deadline in the past marks the
  /// line at once.
  func arm(_ deadline: Instant?)

  /// Atomically takes the set of lines marked since the last call.
  func takeMarked() -> LineSet

  /// Halts until an interrupt has marked a line; returns at once if one is already marked.
  ///
  /// May return without a marked line.
  func waitForInterrupt()

  /// Queues console output. Never waits: what does not fit is dropped and counted.
  func write(_ bytes: UnsafeRawBufferPointer)

  /// Takes console input that has arrived into `buffer`; returns how many bytes, 0 if none.
  func readConsole(into buffer: UnsafeMutableRawBufferPointer) -> Int

  /// Console bytes lost because a buffer was full, by direction.
  var consoleDrops: (output: UInt64, input: UInt64) { get }

  /// 64 bits from the best source the machine has. Not all machines have a good one.
  func entropy() -> UInt64

  /// The `index`th range of RAM that the kernel may use, or nil beyond the last.
  func memory(at index: Int) -> MemoryRegion?

  /// Ends the instance; queued console output is sent first.
  ///
  /// - Parameter status: 0 for success. Reaches the outside where the machine has a way.
  func powerOff(status: UInt8) -> Never

  /// Starts the instance again from its image.
  func reset() -> Never
}

/// A range of physical memory.
@frozen public struct MemoryRegion: Equatable, Sendable {
  /// The first byte's address.
  public var start: UInt
  /// The size in bytes.
  public var size: UInt

  /// The range of `size` bytes from `start`.
  @inlinable public init(start: UInt, size: UInt) {
    self.start = start
    self.size = size
  }

  /// The address after the last byte; saturates.
  @inlinable public var end: UInt {
    let (sum, overflow) = start.addingReportingOverflow(size)
    return overflow ? .max : sum
  }
}
