// The one heap of the machine, and what becomes of its errors. Debug images have the checked
// heap, which knows who asked for each block; a release image pays for nothing of that.

internal import CX86
internal import Machine
public import Memory

enum Allocator {
  #if DEBUG
  // Safety: used by the one core outside interrupt handlers only.
  nonisolated(unsafe) static var heap = CheckedHeap()
  #else
  // Safety: used by the one core outside interrupt handlers only.
  nonisolated(unsafe) static var heap = Heap()
  #endif

  /// Hands memory over to the heap.
  static func add(_ memory: UnsafeMutableRawBufferPointer) -> Bool { heap.add(memory) }

  /// A block; nil if there is no room. In a debug image, panics if the heap has been misused.
  @inline(__always)
  static func take(_ size: Int, alignment: Int = 16) -> UnsafeMutableRawPointer? {
    #if AGENT
    AgentHooks.allocations &+= 1
    defer { AgentHooks.allocations &-= 1 }
    #endif
    #if DEBUG
    defer { stopIfMisused() }
    return heap.allocate(size, alignment: alignment, site: AllocationSite.current)
    #else
    return heap.allocate(size, alignment: alignment)
    #endif
  }

  /// A block; panics if there is no room.
  @inline(__always)
  static func demand(_ size: Int, alignment: Int = 16) -> UnsafeMutableRawPointer {
    guard let block = take(size, alignment: alignment) else { exhausted(size) }
    return block
  }

  /// Gives a block back; panics if it is none.
  @inline(__always)
  static func give(_ pointer: UnsafeMutableRawPointer) {
    #if AGENT
    AgentHooks.allocations &+= 1
    defer { AgentHooks.allocations &-= 1 }
    #endif
    #if DEBUG
    let misuse = heap.free(pointer, site: AllocationSite.current)
    stopIfMisused()
    #else
    let misuse = heap.free(pointer)
    #endif
    if let misuse { Panic.stop(misuse.message) }
  }

  /// Panics for want of `size` bytes, and says who wants them and who has the rest.
  @inline(never)
  static func exhausted(_ size: Int) -> Never {
    AllocationReport.wanted = size
    AllocationReport.site = AllocationSite.current
    Panic.stop("out of memory", details: { AllocationReport.exhaustion() })
  }

  #if DEBUG
  /// Panics if the heap has noticed a misuse.
  static func stopIfMisused() {
    guard let fault = heap.fault else { return }
    Panic.stop(fault.message, details: { AllocationReport.misuse() })
  }
  #endif
}

/// What the heap holds, for the facade.
public enum HeapReport {
  /// The heap's statistics now.
  public static var current: HeapStatistics { Allocator.heap.statistics }

  /// The state of size class `index`; nil beyond the last.
  public static func sizeClass(_ index: Int) -> ClassStatistics? {
    Allocator.heap.statistics(ofClass: index)
  }

  /// The first block in use beyond `address` of at least `size` bytes; see `Heap.liveBlock`.
  public static func liveBlock(after address: UInt, atLeast size: Int) -> UInt? {
    Allocator.heap.liveBlock(after: address, atLeast: size)
  }

  /// In a debug image, looks at every block and panics if one was misused; else does nothing.
  public static func check() {
    #if DEBUG
    _ = Allocator.heap.check()
    Allocator.stopIfMisused()
    #endif
  }
}
