// Stacks for fibers of a Linux process: anonymous memory above a page that nobody may touch.

#if !BAREMETAL
internal import CHosted
public import Machine

/// Guarded stacks from the host.
public enum HostedStacks {
  /// The page below each stack.
  private static var guardSize: Int { 4096 }

  // Safety: one thread.
  nonisolated(unsafe) private static var catchesOverflow = false

  /// Has overflows reported as such, from the first stack on.
  static func prepare() {
    if catchesOverflow { return }
    catchesOverflow = true
    chosted_catch_overflow(checkGuard)
  }

  /// A stack of `bytes` usable bytes, a multiple of 4096; nil if the host has no memory for it.
  ///
  /// Pages are taken from the host as they are touched. Costs two system calls.
  public static func make(bytes: Int) -> MemoryRegion? {
    prepare()
    let (size, overflow) = bytes.addingReportingOverflow(guardSize)
    guard bytes > 0, bytes & 4095 == 0, !overflow else { return nil }
    let start = UInt(chosted_map_stack(size, guardSize))
    guard start != 0 else { return nil }
    return MemoryRegion(start: start &+ UInt(guardSize), size: UInt(bytes))
  }

  /// Gives back a stack that `make` returned and nothing uses any more.
  public static func release(_ stack: MemoryRegion) {
    chosted_unmap(stack.start &- UInt(guardSize), Int(stack.size) &+ guardSize)
  }

  /// Whether a fault at `address` is the running fiber's stack overflowing.
  fileprivate static func isGuard(_ address: UInt) -> Bool {
    let stack = Core.current.fiberStack
    return stack.size > 0 && address < stack.start && address >= stack.start &- UInt(guardSize)
  }
}

private func checkGuard(_ address: UInt) -> Int32 { HostedStacks.isGuard(address) ? 1 : 0 }
#endif
