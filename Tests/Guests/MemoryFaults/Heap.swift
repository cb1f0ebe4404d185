// Misuses of the heap, each two calls deep, so that the report can say who asked for the block
// and who asked for that.

internal import CFaults
internal import Kernel

/// Asks for a block; the reports name this function and who called it.
@inline(never) func takeBlock(_ size: Int) -> UnsafeMutableRawPointer {
  UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
}

@inline(never) func dropBlock(_ block: UnsafeMutableRawPointer) { block.deallocate() }

@inline(never) func overrunBlock() {
  let block = takeBlock(40)
  block.storeBytes(of: 0, toByteOffset: 40, as: UInt8.self)
  dropBlock(block)
}

@inline(never) func writeFreedBlock() {
  let block = takeBlock(40)
  dropBlock(block)
  block.storeBytes(of: 0, toByteOffset: 8, as: UInt8.self)
  System.checkHeap()
}

@inline(never) func freeTwice() {
  let block = takeBlock(40)
  dropBlock(block)
  dropBlock(block)
}

@inline(never) func freeMiddle() {
  let block = takeBlock(400)
  dropBlock(block + 16)
}

/// Asks for memory as objects do, until there is none.
@inline(never) func exhaustWithObjects() {
  var chain: Link?
  while true { chain = Link(chain) }
}

/// An object of 100 bytes or so in a list.
final class Link {
  let next: Link?
  var payload: (Int, Int, Int, Int, Int, Int, Int, Int, Int) = (0, 1, 2, 3, 4, 5, 6, 7, 8)

  @inline(never) init(_ next: Link?) { self.next = next }
}

@inline(never) func exhaustAtOnce() {
  dropBlock(takeBlock(1_000_000_000))
}

/// Says what the calls that may fail give when memory is short.
@inline(never) func failPolitely() {
  let isRefused = cfaults_calloc(1, 1_000_000_000) == nil && makeStack(1_000_000_000).size == 0
  let memory = System.memory
  Console.write(isRefused && memory.failures >= 2 ? "politely refused\n" : "not refused\n")
}

/// Says whether the statistics follow what is taken and given back.
@inline(never) func countBlocks() {
  let before = System.memory
  let blocks = (0..<20).map { _ in takeBlock(1000) }
  let during = System.memory
  for block in blocks { dropBlock(block) }
  let after = System.memory
  let isRight =
    during.inUse >= before.inUse + 20_000 && during.allocations >= before.allocations + 20
    && after.frees >= before.frees + 20 && after.inUse < during.inUse - 15_000
    && after.highWater >= during.inUse && after.capacity == before.capacity
    && during.classes.contains { $0.size >= 1000 && $0.live >= 20 }
    && during.capacity > during.inUse && during.free > 0
  Console.write(isRight ? "statistics are right\n" : "statistics are wrong\n")
}
