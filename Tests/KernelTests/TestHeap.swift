// A `Heap` may not be copied, and the testing library's macros copy; a class in front of it may.

import Memory

/// The heap under test.
final class TestHeap {
  private var heap = Heap()

  func add(_ memory: UnsafeMutableRawBufferPointer) -> Bool { heap.add(memory) }

  func allocate(_ size: Int, alignment: Int = 16) -> UnsafeMutableRawPointer? {
    heap.allocate(size, alignment: alignment)
  }

  @discardableResult
  func free(_ pointer: UnsafeMutableRawPointer) -> HeapMisuse? { heap.free(pointer) }

  func usableSize(_ pointer: UnsafeMutableRawPointer) -> Int { heap.usableSize(pointer) }

  func takePages(_ count: Int, alignment: Int = 4096) -> UnsafeMutableRawPointer? {
    heap.takePages(count, alignment: alignment)
  }

  func givePages(_ start: UnsafeMutableRawPointer, count: Int) -> HeapMisuse? {
    heap.givePages(start, count: count)
  }

  /// The addresses of all blocks in use that have at least `size` bytes.
  func liveBlocks(atLeast size: Int) -> [UInt] {
    var found: [UInt] = []
    while let next = heap.liveBlock(after: found.last ?? 0, atLeast: size) { found.append(next) }
    return found
  }

  var pages: PageStatistics { heap.pageStatistics }

  var statistics: HeapStatistics { heap.statistics }

  func statistics(ofClass index: Int) -> ClassStatistics? { heap.statistics(ofClass: index) }
}

/// The largest block the heap can give right now, in pages, found by bisection.
func largestBlock(_ heap: TestHeap, upTo limit: Int) -> Int {
  var low = 0
  var high = limit / 4096 + 1
  while low + 1 < high {
    let middle = (low + high) / 2
    if let pointer = heap.allocate(middle * 4096) {
      heap.free(pointer)
      low = middle
    } else {
      high = middle
    }
  }
  return low
}
