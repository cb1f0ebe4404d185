// The heap of debug images: each misuse is found, named and traced to who asked; what is no
// misuse is not.

import Memory
import Testing

/// A `CheckedHeap` may not be copied, and the testing library's macros copy.
final class TestCheckedHeap {
  var heap = CheckedHeap()
  let arena: Arena

  init(_ size: Int = 400_000) {
    arena = Arena(size, offset: 72)
    _ = heap.add(arena.memory)
  }

  func allocate(_ size: Int, alignment: Int = 16, by caller: UInt32 = 0) -> UnsafeMutableRawPointer?
  {
    heap.allocate(size, alignment: alignment, site: CallSite(caller: caller, outer: caller + 1))
  }

  @discardableResult
  func free(_ pointer: UnsafeMutableRawPointer, by caller: UInt32 = 0) -> HeapMisuse? {
    heap.free(pointer, site: CallSite(caller: caller))
  }

  func usableSize(_ pointer: UnsafeMutableRawPointer) -> Int { heap.usableSize(pointer) }
  func check() -> HeapFault? { heap.check() }
  func takePages(_ count: Int) -> UnsafeMutableRawPointer? { heap.takePages(count) }
  func givePages(_ pointer: UnsafeMutableRawPointer, _ count: Int) -> HeapMisuse? {
    heap.givePages(pointer, count: count)
  }
  var fault: HeapFault? { heap.fault }
  var statistics: HeapStatistics { heap.statistics }
}

@Suite("Checked heap")
struct CheckedHeapTests {
  static let sizes = [0, 1, 7, 24, 56, 57, 64, 100, 129, 600, 1360, 2040, 2041, 4088, 4089, 20_000]

  @Test("the byte after the end is found at free, with block, size and site", arguments: sizes)
  func overrunAtFree(size: Int) throws {
    let heap = TestCheckedHeap()
    let pointer = try #require(heap.allocate(size, by: 77))
    pointer.storeBytes(of: 0, toByteOffset: size, as: UInt8.self)
    #expect(heap.fault == nil)
    heap.free(pointer)
    let fault = try #require(heap.fault)
    #expect(fault.kind == .overrun)
    #expect(fault.block == UInt(bitPattern: pointer))
    #expect(fault.address == fault.block + UInt(size))
    #expect(fault.size == size && fault.capacity >= size + 8)
    #expect(fault.allocated == CallSite(caller: 77, outer: 78))
  }

  @Test("the walk finds an overrun before the block is freed", arguments: sizes)
  func overrunByWalk(size: Int) throws {
    let heap = TestCheckedHeap()
    let others = (0..<50).map { heap.allocate($0 * 40) }
    let pointer = try #require(heap.allocate(size, by: 5))
    #expect(heap.check() == nil)
    pointer.storeBytes(of: 0, toByteOffset: size + 7, as: UInt8.self)
    #expect(heap.check()?.allocated.caller == 5)
    #expect(heap.check()?.address == UInt(bitPattern: pointer) + UInt(size + 7))
    #expect(others.allSatisfy { $0 != nil })
  }

  @Test("a write to a freed block is found by the walk and at the next use", arguments: sizes)
  func writeAfterFree(size: Int) throws {
    for walks in [true, false] {
      let heap = TestCheckedHeap()
      let kept = heap.allocate(size)
      let pointer = try #require(heap.allocate(size, by: 9))
      heap.free(pointer, by: 11)
      #expect(heap.fault == nil && heap.check() == nil)
      let offset = max(size - 1, 0) % 4096
      pointer.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
      if walks {
        _ = heap.check()
      } else {
        while heap.fault == nil, heap.allocate(size) != nil {}
      }
      let fault = try #require(heap.fault)
      #expect(fault.kind == .writeAfterFree && fault.block == UInt(bitPattern: pointer))
      #expect(fault.address == fault.block + UInt(offset) && fault.size == size)
      #expect(fault.allocated.caller == 9 && fault.freed == 11)
      #expect(kept != nil)
    }
  }

  @Test("freeing twice names both sites, also when the page was given back", arguments: sizes)
  func doubleFree(size: Int) throws {
    let heap = TestCheckedHeap()
    var pointers: [UnsafeMutableRawPointer] = []
    for _ in 0..<200 {
      guard let pointer = heap.allocate(size, by: 3) else { break }
      pointers.append(pointer)
    }
    for pointer in pointers { heap.free(pointer, by: 4) }
    #expect(heap.fault == nil)
    // The lowest address heads a free run if it was large; any other may be inside a merged one.
    let victim = try #require(pointers.first)
    #expect(heap.free(victim) == .alreadyFree)
    let fault = try #require(heap.fault)
    #expect(fault.kind == .refused(.alreadyFree) && fault.size == size)
    #expect(fault.allocated.caller == 3 && fault.freed == 4)
    #expect(heap.statistics.misuses == 1)
  }

  @Test("freeing the middle of a block names the block", arguments: sizes.filter { $0 > 16 })
  func notABlock(size: Int) throws {
    let heap = TestCheckedHeap()
    let pointer = try #require(heap.allocate(size, by: 21))
    #expect(heap.free(pointer + 16) == .notABlock)
    #expect(heap.fault?.block == UInt(bitPattern: pointer))
    #expect(heap.fault?.address == UInt(bitPattern: pointer) + 16)
    #expect(heap.fault?.allocated.caller == 21)
  }

  @Test("freeing what lies outside the heap is refused")
  func foreign() {
    let heap = TestCheckedHeap()
    let other = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    defer { other.deallocate() }
    #expect(heap.free(other) == .notOurs)
    #expect(heap.fault?.kind == .refused(.notOurs))
  }

  @Test("page frames and blocks are not mixed up")
  func frames() throws {
    let heap = TestCheckedHeap()
    let pages = try #require(heap.takePages(3))
    pages.initializeMemory(as: UInt8.self, repeating: 1, count: 3 * 4096)
    #expect(heap.usableSize(pages) == 3 * 4096)
    #expect(heap.check() == nil)
    #expect(heap.givePages(pages, 3) == nil)
    #expect(heap.givePages(pages, 3) == .alreadyFree)
    let block = try #require(heap.allocate(5000))
    #expect(heap.givePages(block, 2) == .notABlock)
    let more = TestCheckedHeap()
    let frames = try #require(more.takePages(1))
    #expect(more.free(frames) == .notABlock)
  }

  @Test("random traffic that misuses nothing has no fault", arguments: [UInt64(1), 2, 3])
  func traffic(seed: UInt64) throws {
    var random = Seeded(state: seed)
    let heap = TestCheckedHeap(700_000)
    var live: [Shadow] = []
    var runs: [(UnsafeMutableRawPointer, Int)] = []
    for step in 0..<6000 {
      let grows = Int.random(in: 0..<100, using: &random) < ((step / 1000) % 2 == 0 ? 70 : 35)
      if step % 10 == 0 {
        let count = Int.random(in: 1...4, using: &random)
        if grows, let run = heap.takePages(count) {
          run.initializeMemory(as: UInt8.self, repeating: 0x11, count: count * 4096)
          runs.append((run, count))
        } else if let run = runs.popLast() {
          #expect(heap.givePages(run.0, run.1) == nil)
        }
      } else if grows || live.isEmpty {
        let wanted = Int.random(
          in: 1...(1 << Int.random(in: 0...14, using: &random)), using: &random)
        let alignment = step % 7 == 0 ? 16 << Int.random(in: 0...9, using: &random) : 16
        guard let pointer = heap.allocate(wanted, alignment: alignment) else { continue }
        #expect(heap.usableSize(pointer) == wanted)
        #expect(UInt(bitPattern: pointer) % UInt(alignment) == 0)
        live.append(Shadow(pointer, usable: wanted, pattern: UInt8(step & 0xff)))
      } else {
        let victim = live.remove(at: Int.random(in: 0..<live.count, using: &random))
        #expect(victim.isIntact)
        heap.free(victim.pointer)
      }
      if step % 500 == 0 { #expect(heap.check() == nil) }
    }
    for block in live { heap.free(block.pointer) }
    #expect(heap.check() == nil)
    #expect(heap.arena.isUntouchedOutside)
  }

  @Test("half of a small machine's memory at least is left for blocks")
  func overhead() {
    let heap = TestCheckedHeap(1 << 20)
    #expect(heap.statistics.capacity > (1 << 20) * 7 / 10)
  }
}
