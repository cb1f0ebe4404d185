// Memory statistics from what the instance runs on.

#if BAREMETAL
internal import Memory
internal import X86

func platformMemory() -> MemoryStatistics {
  let heap = HeapReport.current
  var result = MemoryStatistics()
  result.capacity = heap.capacity
  result.inUse = heap.inUse
  result.highWater = heap.highWater
  result.free = heap.freePageBytes
  result.allocations = heap.allocations
  result.frees = heap.frees
  result.failures = heap.failures
  result.classes = (0..<Heap.classCount).compactMap { index in
    HeapReport.sizeClass(index).map { .init(size: $0.size, live: $0.live, free: $0.free) }
  }
  return result
}

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

func checkPlatformHeap() {}
#endif
