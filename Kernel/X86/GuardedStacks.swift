// Stacks from the heap with a page below that is not mapped: what grows beyond its end faults at
// once, on an exception's own stack, and the panic report calls it a stack overflow.

public import Machine

/// Stacks for code that does not run on the core's own.
public enum GuardedStacks {
  private static var page: Int { 4096 }

  /// Takes a stack of `bytes` or more, a multiple of 4,096; its contents are undefined.
  ///
  /// Nil if memory is short or `bytes` is not positive. Costs one page beside, and the first
  /// stack in each 2 MiB of RAM one more for good. O(1).
  public static func make(bytes: Int) -> MemoryRegion? {
    guard bytes > 0, bytes <= .max - 2 * page else { return nil }
    let size = (bytes + page - 1) & ~(page - 1)
    guard let run = Frames.allocate(count: size / page + 1) else { return nil }
    guard PageTables.unmapGuard(UInt64(run.start)) else {
      Frames.release(run)
      return nil
    }
    return MemoryRegion(start: run.start + UInt(page), size: UInt(size))
  }

  /// Gives back a stack that `make` gave and that nothing runs on; panics if it is none. O(1).
  public static func release(_ stack: MemoryRegion) {
    let guardPage = stack.start &- UInt(page)
    guard PageTables.remapGuard(UInt64(guardPage)) else {
      Panic.stop("release of a stack that is none")
    }
    Frames.release(MemoryRegion(start: guardPage, size: stack.size &+ UInt(page)))
  }

  /// Whether `address` lies in the page below a stack: this kind, the core's or an exception's.
  ///
  /// Reads page tables only, so it may be called in interrupt context and in a panic. O(1).
  public static func isGuard(_ address: UInt) -> Bool { PageTables.isGuard(UInt64(address)) }
}
