// The C names under which Swift's runtime asks for memory, on the kernel's heap.

public import Memory

enum Allocator {
  // Safety: used by the one core outside interrupt handlers only.
  nonisolated(unsafe) static var heap = Heap()

  /// Hands memory over to the heap.
  static func add(_ memory: UnsafeMutableRawBufferPointer) -> Bool { heap.add(memory) }
}

/// What the heap holds, for the facade.
public enum HeapReport {
  /// The heap's statistics now.
  public static var current: HeapStatistics { Allocator.heap.statistics }
}

#if BAREMETAL

@c(x86_allocate)
public func allocate(_ size: Int) -> UnsafeMutableRawPointer? { Allocator.heap.allocate(size) }

@c(x86_free)
public func release(_ pointer: UnsafeMutableRawPointer?) {
  guard let pointer, let misuse = Allocator.heap.free(pointer) else { return }
  Panic.stop(misuse.message)
}

@c(calloc)
public func allocateZeroed(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  let (total, overflow) = count.multipliedReportingOverflow(by: size)
  guard !overflow, let pointer = Allocator.heap.allocate(total) else { return nil }
  pointer.initializeMemory(as: UInt8.self, repeating: 0, count: total)
  return pointer
}

@c(realloc)
public func reallocate(
  _ pointer: UnsafeMutableRawPointer?, _ size: Int
) -> UnsafeMutableRawPointer? {
  guard let pointer else { return allocate(size) }
  let usable = Allocator.heap.usableSize(pointer)
  if size <= usable { return pointer }
  guard let larger = Allocator.heap.allocate(size) else { return nil }
  larger.copyMemory(from: pointer, byteCount: usable)
  release(pointer)
  return larger
}

@c(posix_memalign)
public func allocateAligned(
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ size: Int
) -> Int32 {
  guard let pointer = Allocator.heap.allocate(size, alignment: alignment) else { return 12 }
  result.pointee = pointer
  return 0
}

@c(aligned_alloc)
public func allocateAligned(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  Allocator.heap.allocate(size, alignment: alignment)
}

@c(malloc_usable_size)
public func usableSize(_ pointer: UnsafeMutableRawPointer?) -> Int {
  guard let pointer else { return 0 }
  return Allocator.heap.usableSize(pointer)
}

#endif
