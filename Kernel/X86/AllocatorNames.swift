// The C names under which Swift's runtime, and C, ask for memory.
//
// Swift's runtime uses what `malloc` and `posix_memalign` give without a look, or aborts far from
// where memory ran out, so these two panic instead of failing. `calloc`, `realloc` and
// `aligned_alloc`, which it never calls, return null as C says: code that can do without asks
// them, or `Frames`, or for a guarded stack.

#if BAREMETAL
internal import Memory

@c(x86_allocate)
public func allocate(_ size: Int) -> UnsafeMutableRawPointer? { Allocator.demand(size) }

@c(x86_free)
public func release(_ pointer: UnsafeMutableRawPointer?) {
  if let pointer { Allocator.give(pointer) }
}

@c(calloc)
public func allocateZeroed(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  let (total, overflow) = count.multipliedReportingOverflow(by: size)
  guard !overflow, let pointer = Allocator.take(total) else { return nil }
  pointer.initializeMemory(as: UInt8.self, repeating: 0, count: total)
  return pointer
}

@c(realloc)
public func reallocate(
  _ pointer: UnsafeMutableRawPointer?, _ size: Int
) -> UnsafeMutableRawPointer? {
  guard let pointer else { return Allocator.take(size) }
  let usable = Allocator.heap.usableSize(pointer)
  if size <= usable { return pointer }
  guard let larger = Allocator.take(size) else { return nil }
  larger.copyMemory(from: pointer, byteCount: usable)
  Allocator.give(pointer)
  return larger
}

@c(posix_memalign)
public func allocateAligned(
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ size: Int
) -> Int32 {
  guard alignment > 0, alignment & (alignment - 1) == 0 else { return 22 }  // EINVAL
  result.pointee = Allocator.demand(size, alignment: alignment)
  return 0
}

@c(aligned_alloc)
public func allocateAligned(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  Allocator.take(size, alignment: alignment)
}

@c(malloc_usable_size)
public func usableSize(_ pointer: UnsafeMutableRawPointer?) -> Int {
  guard let pointer else { return 0 }
  return Allocator.heap.usableSize(pointer)
}

#endif
