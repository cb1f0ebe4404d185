// A guest that misuses memory in the way that the first byte on its console asks for, as Faults
// does for the rest. The boot tests use it.
//
//   s makes and releases stacks, and says that all memory came back
//   g overflow of a guarded stack   b release of a stack that is none
//   o overrun of a block   w write to a freed block   2 freed twice   m freed in the middle
//   f free of an address outside the heap   e memory used up by objects   E by one request
//   n requests that may fail, and do   c counts blocks in the statistics

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
  case UInt8(ascii: "o"): overrunBlock()
  case UInt8(ascii: "w"): writeFreedBlock()
  case UInt8(ascii: "2"): freeTwice()
  case UInt8(ascii: "m"): freeMiddle()
  case UInt8(ascii: "f"): cfaults_free(cfaults_data_address())
  case UInt8(ascii: "e"): exhaustWithObjects()
  case UInt8(ascii: "E"): exhaustAtOnce()
  case UInt8(ascii: "n"): failPolitely()
  case UInt8(ascii: "c"): countBlocks()
  default: break
  }
}
