// What stands at the top of each fiber's stack: all that somebody needs who finds the fiber while
// it does not run - the debugger's agent, the profiler, the telemetry - without knowing the class
// `Fiber`. The records of a core's fibers form one list, from `Core.current.fibers` on.

/// A fiber, for those who look at it from outside. Written by the scheduler, one word at a time,
/// so that an interrupt handler on the same core always finds a list that it can follow.
@frozen public struct FiberRecord {
  /// The stack pointer while the fiber does not run. What lies there is described in `cfibers.h`.
  public var stackPointer: UInt
  /// The next record's address; 0 after the last.
  public var next: UInt
  /// The record's address that has this one as its `next`; 0 for the first.
  public var previous: UInt
  /// Counts up with each fiber of the core, from 1.
  public var number: UInt
  /// The usable bytes of the stack; the record is the last of them.
  public var stack: MemoryRegion
  /// The first byte of the name, UTF-8, and how many there are.
  public var name: UInt
  public var nameCount: UInt
  /// 1 for a fiber that could run, 0 for one that waits, or runs.
  public var isReady: UInt
  /// When the fiber was last set aside, in nanoseconds since boot, to within a turn of the loop.
  public var since: UInt64

  /// The record of a fiber that has not run, in no list.
  @inlinable public init(number: UInt, name: StaticString, stack: MemoryRegion) {
    stackPointer = 0
    next = 0
    previous = 0
    self.number = number
    self.stack = stack
    self.name = UInt(bitPattern: name.utf8Start)
    nameCount = UInt(name.utf8CodeUnitCount)
    isReady = 0
    since = 0
  }

  /// The bytes at a stack's end that the record takes; a multiple of 16, as the end is.
  @inlinable public static var size: UInt { 96 }
}
