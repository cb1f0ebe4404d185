// A guest that misuses memory in the way that the first byte on its console asks for, as Faults
// does for the rest. The boot tests use it.
//
//   s makes and releases stacks, and says that all memory came back
//   g overflow of a guarded stack   b release of a stack that is none

internal import CFaults
internal import Kernel

@main
struct MemoryFaults: Application {
  static func start() {
    Console.write("ready\n")
    Console.onInput { bytes in outer(bytes) }
  }
}

@inline(never) func outer(_ input: [UInt8]) {
  for byte in input { misuse(byte) }
}

@inline(never) func misuse(_ way: UInt8) {
  switch way {
  case UInt8(ascii: "s"): churnStacks()
  case UInt8(ascii: "g"): cfaults_overflow_below(UInt64(makeStack(16_000).end))
  case UInt8(ascii: "b"): releaseStack(MemoryRegion(start: 0x20_0000, size: 4096))
  default: break
  }
}
