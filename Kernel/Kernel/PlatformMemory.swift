// Memory statistics from what the instance runs on.

#if BAREMETAL
internal import Memory
internal import X86

func platformMemory() -> MemoryStatistics {
  var result = MemoryStatistics()
  // Before anything is counted, so that the counts are those of a moment that has this block.
  result.classes.reserveCapacity(Heap.classCount)
  let heap = HeapReport.current
  result.capacity = heap.capacity
  result.inUse = heap.inUse
  result.highWater = heap.highWater
  result.free = heap.freePageBytes
  result.allocations = heap.allocations
  result.frees = heap.frees
  result.failures = heap.failures
  for index in 0..<Heap.classCount {
    guard let size = HeapReport.sizeClass(index) else { continue }
    result.classes.append(.init(size: size.size, live: size.live, free: size.free))
  }
  return result
}

/// Bytes that the heap has, used or not.
func platformMemoryCapacity() -> Int { HeapReport.current.capacity }

func checkPlatformHeap() { HeapReport.check() }
#else
internal import Hosted

func platformMemory() -> MemoryStatistics {
  let heap = HostedMemory.current
  var result = MemoryStatistics()
  result.capacity = heap.capacity
  result.inUse = heap.inUse
  result.highWater = heap.capacity
  result.free = heap.free
  return result
}

/// The host's memory is not the process's to count: as much as a small machine has.
func platformMemoryCapacity() -> Int { max(HostedMemory.current.capacity, 64 << 20) }

func checkPlatformHeap() {}
#endif
