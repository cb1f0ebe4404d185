// What one core keeps about what it is running, in one place: the panic report, the debugger's
// agent and the profiler read it from interrupt context to find out which stack they look at and
// where to go on when the concurrency runtime has left no frame pointers.
//
// One core today. With more, `Core.current` becomes a load relative to GS; nothing else changes,
// because nobody keeps the address.

public import Synchronization

/// The state of one core. Written by the core itself outside interrupt handlers, one word at a
/// time, so that an interrupt handler on the same core always reads something that was true.
@frozen public struct CoreState {
  /// The stack in use, if it is a fiber's; empty on the core's own stack.
  public var fiberStack: MemoryRegion
  /// The fiber that runs; 0 for none.
  public var fiber: UInt
  /// The job of the concurrency runtime that runs; 0 for none.
  public var job: UInt
  /// The frame pointer of the function that entered the job: its caller's frame pointer stands
  /// there, the return address above it. 0 while no job runs.
  public var jobFrame: UInt
  /// The event handler that runs, as its number plus one; 0 for none.
  public var handler: UInt
  /// The address of the first fiber's `FiberRecord`; 0 while there are no fibers.
  public var fibers: UInt
  /// The address of the word that holds the stack pointer of the core's own stack while a fiber
  /// runs; 0 before the first fiber.
  public var ownStackPointer: UInt
  /// The instruction that contexts which have been switched away from stand at; 0 as above.
  public var switchedAway: UInt
  /// The core's clock, where it is a counter.
  public var clock: CoreClock

  /// What the first word of every task of the concurrency runtime is; 0 before the first job.
  public var taskClass: UInt
  /// Runs of handlers that take so many nanoseconds and more are recorded one by one. The one word
  /// here that a debugger's agent writes, from an interrupt handler.
  public var leastTraced: UInt64

  /// A core that runs nothing.
  @inlinable public init() {
    fiberStack = MemoryRegion(start: 0, size: 0)
    fiber = 0
    job = 0
    jobFrame = 0
    handler = 0
    fibers = 0
    ownStackPointer = 0
    switchedAway = 0
    taskClass = 0
    leastTraced = .max
    clock = CoreClock()
  }
}

/// The core that executes this.
public enum Core {
  // Safety: one core; it writes outside interrupt handlers, and its handlers only read.
  @usableFromInline nonisolated(unsafe) static var state = CoreState()

  /// The state of this core. Costs a load or a store.
  @inlinable public static var current: CoreState {
    @inline(__always) get { state }
    @inline(__always) _modify { yield &state }
  }

  /// The interrupt lines that are marked and not yet taken, a bit each: what `Machine.takeMarked`
  /// takes. With no bit set nothing is to be taken, and the loop saves the call. A machine without
  /// interrupts of its own leaves all bits set, and is always asked.
  public static let marked = Atomic<UInt64>(.max)
}
