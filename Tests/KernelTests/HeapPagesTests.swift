// Whole pages from the heap, against what a list of the taken ones says.

import Memory
import Testing

@Suite("Heap pages")
struct HeapPagesTests {
  @Test("runs are aligned, apart, and merge with their neighbours in any order of release")
  func merge() throws {
    var random = Seeded(state: 7)
    let arena = Arena(1 << 20, offset: 1234)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    let whole = heap.pages
    #expect(whole.free == whole.count && whole.longestRun == whole.count)
    for _ in 0..<20 {
      var runs: [(start: UnsafeMutableRawPointer, count: Int)] = []
      while true {
        let count = Int.random(in: 1...9, using: &random)
        let alignment = 4096 << Int.random(in: 0...3, using: &random)
        guard let start = heap.takePages(count, alignment: alignment) else { break }
        #expect(UInt(bitPattern: start) % UInt(alignment) == 0)
        #expect(arena.contains(start, count: count * 4096))
        runs.append((start, count))
      }
      runs.sort { $0.start < $1.start }
      for (one, next) in zip(runs, runs.dropFirst()) {
        #expect(one.start + one.count * 4096 <= next.start)
      }
      #expect(heap.pages.free == whole.count - runs.reduce(0) { $0 + $1.count })
      #expect(heap.pages.longestRun < 9 + 8)
      for run in runs.shuffled(using: &random) {
        #expect(heap.givePages(run.start, count: run.count) == nil)
      }
      #expect(heap.pages == whole)
    }
  }

  @Test("the longest run is one that can be taken, and no longer one can")
  func longest() throws {
    let arena = Arena(1 << 20)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    var runs: [UnsafeMutableRawPointer] = []
    while let run = heap.takePages(10) { runs.append(run) }
    for index in [2, 3, 4, 9, 10, 15] { #expect(heap.free(runs[index]) == nil) }
    #expect(heap.pages.longestRun == 30)
    #expect(heap.takePages(31) == nil)
    let run = try #require(heap.takePages(30))
    #expect(run == runs[2])
    #expect(heap.pages.longestRun == 20)
  }

  @Test("part of a run, a block that is none and impossible counts are refused")
  func refused() throws {
    let arena = Arena(1 << 20)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    let run = try #require(heap.takePages(4))
    #expect(heap.givePages(run, count: 3) == .notABlock)
    #expect(heap.givePages(run + 4096, count: 3) == .notABlock)
    let small = try #require(heap.allocate(64))
    #expect(heap.givePages(small, count: 1) == .notABlock)
    #expect(heap.givePages(run, count: 4) == nil)
    #expect(heap.givePages(run, count: 4) == .alreadyFree)
    for count in [0, -1, .min, .max, .max / 4096, .max / 4096 + 1] {
      #expect(heap.takePages(count) == nil)
    }
    #expect(heap.takePages(1, alignment: 12_288) == nil)
  }
}
