// The heap's edges: small regions, exhaustion, misuse, alignment, metadata.

import Memory
import Testing

@Suite("Heap")
struct HeapTests {
  @Test("without memory every request fails and is counted")
  func empty() {
    let heap = TestHeap()
    #expect(heap.allocate(1) == nil)
    #expect(heap.allocate(100_000) == nil)
    #expect(heap.statistics.failures == 2)
    #expect(heap.statistics.capacity == 0)
  }

  @Test("a region too small for one page is refused", arguments: [0, 1, 64, 1000, 4096])
  func tooSmall(size: Int) {
    let arena = Arena(size, offset: 8)
    let heap = TestHeap()
    #expect(!heap.add(arena.memory))
    #expect(heap.allocate(1) == nil)
    #expect(arena.isUntouchedOutside)
  }

  @Test("every size from 16 kB up by odd steps works and stays inside its region")
  func oddSizes() {
    for size in stride(from: 16_384, to: 40_000, by: 397) {
      let arena = Arena(size, offset: size % 61)
      let heap = TestHeap()
      #expect(heap.add(arena.memory))
      var count = 0
      while let pointer = heap.allocate(4096) {
        #expect(arena.contains(pointer, count: 4096))
        pointer.initializeMemory(as: UInt8.self, repeating: 1, count: 4096)
        count += 1
      }
      // What is not pages: the header, an entry a page, and less than a page at either end.
      #expect(count * 4096 > size - 3 * 4096 - size / 100)
      #expect(arena.isUntouchedOutside)
    }
  }

  @Test("metadata is about one percent of a large region")
  func metadata() {
    let arena = Arena(64 << 20)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    #expect(heap.statistics.capacity > (64 << 20) - (64 << 20) / 100)
  }

  @Test("freeing twice is reported and changes nothing", arguments: [1, 40, 600, 2048, 9000])
  func doubleFree(size: Int) throws {
    let arena = Arena(300_000)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    let kept = try #require(heap.allocate(size))
    let pointer = try #require(heap.allocate(size))
    #expect(heap.free(pointer) == nil)
    let before = heap.statistics
    #expect(heap.free(pointer) == .alreadyFree)
    #expect(heap.usableSize(pointer) == 0)
    #expect(heap.statistics.inUse == before.inUse)
    #expect(heap.statistics.frees == before.frees)
    #expect(heap.statistics.misuses == 1)
    let next = try #require(heap.allocate(size))
    #expect(next != kept)
  }

  @Test("freeing what is not a block is reported", arguments: [40, 600, 9000])
  func notABlock(size: Int) throws {
    let arena = Arena(300_000)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    let pointer = try #require(heap.allocate(size))
    for offset in [1, 8, 16, size - 1] {
      #expect(heap.free(pointer + offset) != nil)
      #expect(heap.usableSize(pointer + offset) == 0)
    }
    if size > 4096 { #expect(heap.free(pointer + 4096) == .notABlock) }
    var local = 0
    withUnsafeMutableBytes(of: &local) { bytes in
      if let base = bytes.baseAddress { #expect(heap.free(base) == .notOurs) }
    }
    #expect(heap.free(arena.memory.baseAddress ?? pointer) == .notOurs)
    #expect(heap.free(pointer) == nil)
    #expect(heap.statistics.inUse == 0)
  }

  @Test("writing through a freed block does not derail the heap")
  func useAfterFree() throws {
    let arena = Arena(300_000)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    var blocks: [UnsafeMutableRawPointer] = []
    for _ in 0..<500 { blocks.append(try #require(heap.allocate(64))) }
    for block in blocks {
      #expect(heap.free(block) == nil)
      block.initializeMemory(as: UInt8.self, repeating: 0xFF, count: 64)
    }
    var seen: Set<UnsafeMutableRawPointer> = []
    for _ in 0..<500 {
      let block = try #require(heap.allocate(64))
      #expect(arena.contains(block, count: 64))
      #expect(seen.insert(block).inserted)
    }
  }

  @Test("alignment up to 64 kB is kept for small and large blocks")
  func alignment() throws {
    let arena = Arena(2 << 20, offset: 48)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    for shift in 0...16 {
      for size in [1, 16, 100, 1000, 3000, 10_000] {
        let pointer = try #require(heap.allocate(size, alignment: 1 << shift))
        #expect(UInt(bitPattern: pointer) % (1 << UInt(shift)) == 0)
        #expect(heap.usableSize(pointer) >= size)
      }
    }
    #expect(heap.allocate(10, alignment: 3) == nil)
    #expect(heap.allocate(10, alignment: 0) == nil)
    #expect(heap.allocate(-1) == nil)
    #expect(heap.allocate(.max) == nil)
    #expect(heap.allocate(.max - 4095, alignment: 1 << 62) == nil)
  }

  @Test("a second region is used when the first is full, and each block goes back to its own")
  func secondRegion() throws {
    let arenas = [Arena(32_768), Arena(65_536)]
    let heap = TestHeap()
    for arena in arenas { #expect(heap.add(arena.memory)) }
    var blocks: [UnsafeMutableRawPointer] = []
    while let block = heap.allocate(256) { blocks.append(block) }
    #expect(blocks.contains { arenas[0].contains($0, count: 256) })
    #expect(blocks.contains { arenas[1].contains($0, count: 256) })
    for block in blocks { #expect(heap.free(block) == nil) }
    let large = try #require(heap.allocate(40_000))
    #expect(arenas[1].contains(large, count: 40_000))
  }

  @Test("class statistics name the sizes in order and count what is live and free")
  func classes() throws {
    let arena = Arena(300_000)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    let sizes = (0..<Heap.classCount).compactMap { heap.statistics(ofClass: $0)?.size }
    #expect(sizes == sizes.sorted())
    #expect(sizes.first == 32 && sizes.last == 2048)
    #expect(heap.statistics(ofClass: Heap.classCount) == nil)
    #expect(heap.statistics(ofClass: -1) == nil)
    for (index, size) in sizes.enumerated() {
      let pointer = try #require(heap.allocate(size))
      #expect(heap.usableSize(pointer) == size)
      let state = try #require(heap.statistics(ofClass: index))
      #expect(state.live == 1)
      #expect(state.free == 4096 / size - 1)
    }
  }
}
