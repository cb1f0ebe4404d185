// The heap against a shadow model: random traffic from a seeded generator, every block filled
// with a pattern of its own. Overlap, a moved block or a lie about the size shows as a wrong byte.

import Glibc
import Memory
import Testing

/// A small repeatable generator (splitmix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// What the test believes about one block.
struct Shadow {
  let pointer: UnsafeMutableRawPointer
  let usable: Int
  let pattern: UInt8

  /// Fills everything the heap says may be used.
  init(_ pointer: UnsafeMutableRawPointer, usable: Int, pattern: UInt8) {
    self.pointer = pointer
    self.usable = usable
    self.pattern = pattern
    pointer.initializeMemory(as: UInt8.self, repeating: pattern, count: usable)
  }

  /// Whether every byte is still the one written.
  var isIntact: Bool {
    // The first byte is right, and every byte equals the one before it.
    pointer.load(as: UInt8.self) == pattern && memcmp(pointer, pointer + 1, usable - 1) == 0
  }
}

/// Memory for a heap under test, with bytes before and after that must stay as they are.
final class Arena {
  private let all: UnsafeMutableRawBufferPointer
  private static let guardSize = 256
  let memory: UnsafeMutableRawBufferPointer

  /// `size` bytes that start `offset` bytes after a page boundary.
  init(_ size: Int, offset: Int = 0) {
    all = .allocate(byteCount: size + offset + 2 * Arena.guardSize, alignment: 4096)
    all.initializeMemory(as: UInt8.self, repeating: 0xA5)
    let start = Arena.guardSize + offset
    memory = UnsafeMutableRawBufferPointer(rebasing: all[start..<start + size])
  }

  deinit { all.deallocate() }

  /// Whether nothing outside `memory` was written.
  var isUntouchedOutside: Bool {
    guard let base = all.baseAddress, let inner = memory.baseAddress else { return false }
    let before = inner - base
    return all[0..<before].allSatisfy { $0 == 0xA5 }
      && all[(before + memory.count)...].allSatisfy { $0 == 0xA5 }
  }

  func contains(_ pointer: UnsafeMutableRawPointer, count: Int) -> Bool {
    guard let base = memory.baseAddress else { return false }
    return pointer >= base && pointer + count <= base + memory.count
  }
}

@Suite("Heap against a shadow model")
struct HeapModelTests {
  @Test(
    "random traffic keeps contents, alignment and totals, and all memory comes back",
    arguments: [UInt64(1), 2, 3, 4, 5], [300_000, 1 << 20, 8 << 20])
  func traffic(seed: UInt64, size: Int) {
    var random = Seeded(state: seed &* 0x1234_5678_9ABC_DEF1)
    let arenas = [
      Arena(size, offset: Int.random(in: 0..<5000, using: &random)),
      Arena(size / 4, offset: Int.random(in: 0..<5000, using: &random)),
    ]
    let heap = TestHeap()
    for arena in arenas { #expect(heap.add(arena.memory)) }
    let capacity = heap.statistics.capacity
    #expect(heap.statistics.freePageBytes == capacity)
    let largestAtFirst = largestBlock(heap, upTo: size)

    var live: [Shadow] = []
    var inUse = 0
    var highWater = heap.statistics.highWater
    var refused = 0
    for step in 0..<20_000 {
      // Phases of growth and shrinkage, so that pages and runs empty out in between.
      let grows = Int.random(in: 0..<100, using: &random) < ((step / 2500) % 2 == 0 ? 70 : 35)
      if grows || live.isEmpty {
        let magnitude = Int.random(in: 0...16, using: &random)
        let wanted = Int.random(in: 0...(1 << magnitude), using: &random)
        let alignment =
          Int.random(in: 0..<8, using: &random) == 0
          ? 1 << Int.random(in: 0...14, using: &random) : 16
        guard let pointer = heap.allocate(wanted, alignment: alignment) else {
          refused += 1
          continue
        }
        let usable = heap.usableSize(pointer)
        #expect(usable >= wanted)
        #expect(UInt(bitPattern: pointer) % UInt(max(alignment, 16)) == 0)
        #expect(arenas.contains { $0.contains(pointer, count: usable) })
        live.append(
          Shadow(pointer, usable: usable, pattern: UInt8.random(in: 0...255, using: &random)))
        inUse += usable
        highWater = max(highWater, inUse)
      } else {
        let victim = live.remove(at: Int.random(in: 0..<live.count, using: &random))
        #expect(victim.isIntact)
        #expect(heap.free(victim.pointer) == nil)
        inUse -= victim.usable
      }
    }
    #expect(heap.statistics.inUse == inUse)
    #expect(heap.statistics.highWater == highWater)
    let blocksInClasses = (0..<Heap.classCount).reduce(0) {
      $0 + (heap.statistics(ofClass: $1)?.live ?? 0)
    }
    #expect(blocksInClasses == live.count { $0.usable <= 2048 })

    for least in [0, 100, 3000] {
      let wanted = live.filter { $0.usable >= least }.map { UInt(bitPattern: $0.pointer) }
      #expect(heap.liveBlocks(atLeast: least) == wanted.sorted())
    }

    live.shuffle(using: &random)
    for block in live {
      #expect(block.isIntact)
      #expect(heap.free(block.pointer) == nil)
    }
    #expect(heap.statistics.inUse == 0)
    #expect(heap.statistics.misuses == 0)
    #expect(heap.statistics.allocations == heap.statistics.frees)
    #expect(largestBlock(heap, upTo: size) == largestAtFirst)
    #expect(heap.statistics.freePageBytes == capacity)
    #expect(arenas.allSatisfy { $0.isUntouchedOutside })
    if size == 300_000 { #expect(refused > 0, "the small heap was never full") }
  }

  @Test(
    "a heap filled with one size and emptied in any order serves any other size",
    arguments: [
      1, 32, 33, 100, 128, 129, 500, 513, 700, 1024, 1025, 2048, 2049, 5000, 70_000,
    ])
  func refill(size: Int) {
    var random = Seeded(state: UInt64(size))
    let arena = Arena(400_000, offset: 24)
    let heap = TestHeap()
    #expect(heap.add(arena.memory))
    let whole = largestBlock(heap, upTo: 400_000)
    for _ in 0..<3 {
      var blocks: [Shadow] = []
      while let pointer = heap.allocate(size) {
        blocks.append(
          Shadow(pointer, usable: heap.usableSize(pointer), pattern: UInt8(blocks.count & 0xff)))
      }
      // At most a fifth beside the block is lost, and the one run that may not divide evenly.
      let used = blocks.reduce(0) { $0 + $1.usable }
      #expect(used + blocks[0].usable > 400_000 * 3 / 4)
      #expect(heap.allocate(size) == nil)
      blocks.shuffle(using: &random)
      for block in blocks {
        #expect(block.isIntact)
        #expect(heap.free(block.pointer) == nil)
      }
      #expect(largestBlock(heap, upTo: 400_000) == whole)
    }
  }
}
