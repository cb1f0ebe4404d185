// Guarded stacks, through the hooks that the module for fibers uses.

internal import Kernel

#if BAREMETAL
@_silgen_name("porthole_platform_make_stack")
func makeStack(_ bytes: Int) -> MemoryRegion
@_silgen_name("porthole_platform_release_stack")
func releaseStack(_ stack: MemoryRegion)
#else
// This guest is for a bare machine; on a host it only compiles.
func makeStack(_ bytes: Int) -> MemoryRegion { MemoryRegion(start: 0, size: 0) }
func releaseStack(_ stack: MemoryRegion) {}
#endif

/// Takes stacks until there is no memory left, fills each, gives all back; then does it again.
func churnStacks() {
  let rounds = (0..<3).map { _ in fillWithStacks() }
  // The first round pays for the tables.
  guard rounds[0] > 20, rounds[1] == rounds[2], makeStack(0).size == 0, makeStack(.max).size == 0
  else { return Console.write("stacks: \(rounds)\n") }
  Console.write("stacks come back\n")
}

/// How many stacks of 20 kB there is room for; 0 if one is not as it should be.
private func fillWithStacks() -> Int {
  var stacks: [MemoryRegion] = []
  stacks.reserveCapacity(10_000)
  while stacks.count < 10_000 {
    let stack = makeStack(20_000)
    if stack.size == 0 { break }
    stacks.append(stack)
  }
  var isSound = true
  for (index, stack) in stacks.enumerated() {
    isSound = isSound && stack.size == 20_480 && stack.start % 4096 == 0
    // Safety: the stack is ours, and nothing runs on it.
    let words = UnsafeMutableBufferPointer<Int>(
      start: UnsafeMutablePointer(bitPattern: stack.start), count: Int(stack.size) / 8)
    words.initialize(repeating: index)
  }
  for (index, stack) in stacks.enumerated() {
    let words = UnsafeBufferPointer<Int>(
      start: UnsafePointer(bitPattern: stack.start), count: Int(stack.size) / 8)
    isSound = isSound && words.allSatisfy { $0 == index }
    releaseStack(stack)
  }
  return isSound ? stacks.count : 0
}
