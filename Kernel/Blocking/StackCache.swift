// Stacks of finished fibers, kept for the next ones: making a guarded stack means changing page
// tables. The cache is a list threaded through the stacks themselves.

internal import Machine

/// A few stacks that are not in use.
enum StackCache {
  // Safety: one core, outside interrupt handlers.
  nonisolated(unsafe) private static var top = MemoryRegion(start: 0, size: 0)
  nonisolated(unsafe) private(set) static var count = 0

  /// Stacks that are kept; more are released.
  static var limit: Int { 16 }

  /// A stack of `size` bytes, used before or new; nil if there is no memory for one.
  static func take(_ size: Int) -> MemoryRegion? {
    if count > 0, top.size == UInt(size) {
      let stack = top
      top = link(stack).pointee
      count &-= 1
      return stack
    }
    let stack = makeStack(size)
    return stack.size == 0 ? nil : stack
  }

  /// Keeps a stack that is no longer in use, or releases it.
  ///
  /// The kept ones are all of one size, that of the last fibers to end: an application that has
  /// several sizes mostly has many fibers of one.
  static func put(_ stack: MemoryRegion) {
    if count > 0, top.size != stack.size { clear() }
    guard count < limit else { return releaseStack(stack) }
    link(stack).pointee = top
    top = stack
    count &+= 1
  }

  /// Releases all that are kept.
  static func clear() {
    while count > 0 {
      let stack = top
      top = link(stack).pointee
      count &-= 1
      releaseStack(stack)
    }
  }

  /// The highest words of an unused stack hold the next one: those pages are in use anyway.
  private static func link(_ stack: MemoryRegion) -> UnsafeMutablePointer<MemoryRegion> {
    let offset = UInt(MemoryLayout<MemoryRegion>.size)
    // Safety: nobody else uses the stack, and it is larger than a page.
    return UnsafeMutablePointer(bitPattern: stack.end &- offset).unsafelyUnwrapped
  }
}
