// Physical page frames: runs of whole pages, from the same memory as the heap's blocks. RAM is
// mapped where it stands, so a frame's address is what a device is told, too.

public import Machine
public import Memory

/// Pages of physical memory.
public enum Frames {
  /// Bytes in a page.
  public static var size: Int { 4096 }

  /// Takes `count` adjoining pages at a multiple of `alignment` bytes, a power of two; the
  /// contents are undefined. Nil if there is no such run: nobody panics for it.
  ///
  /// O(1) unless memory is nearly full.
  public static func allocate(count: Int, alignment: Int = 4096) -> MemoryRegion? {
    guard let start = Allocator.heap.takePages(count, alignment: alignment) else { return nil }
    #if DEBUG
    Allocator.stopIfMisused()
    #endif
    return MemoryRegion(start: UInt(bitPattern: start), size: UInt(count &* size))
  }

  /// Gives back a run that `allocate` gave, whole; panics if it is none. O(1).
  public static func release(_ run: MemoryRegion) {
    let count = Int(clamping: run.size / UInt(size))
    guard let start = UnsafeMutableRawPointer(bitPattern: run.start),
      Allocator.heap.givePages(start, count: count) == nil
    else { Panic.stop("release of page frames that nobody took") }
  }

  /// How the pages are used now. Cost: a walk over the longest free runs.
  public static var statistics: PageStatistics { Allocator.heap.pageStatistics }
}
