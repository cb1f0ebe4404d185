// A guest that misuses memory in the way that the first byte on its console asks for, as Faults
// does for the rest. The boot tests use it.
//
//   s makes and releases stacks, and says that all memory came back
//   g overflow of a guarded stack   b release of a stack that is none
//   o overrun of a block   w write to a freed block   d freed twice   m freed in the middle
//   f free of an address outside the heap   e memory used up by objects   E by one request
//   1...6 overflow of an exception's stack   S of the core's   H execution of the heap
//   K of the stack   D of data   C of constants   W write to constants   T to code
//   N read of the null page   M write to it   X execution of it
//   L overrun of a local in Swift   l in C
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
  case UInt8(ascii: "d"): freeTwice()
  case UInt8(ascii: "m"): freeMiddle()
  case UInt8(ascii: "f"): cfaults_free(cfaults_data_address())
  case UInt8(ascii: "e"): exhaustWithObjects()
  case UInt8(ascii: "E"): exhaustAtOnce()
  case UInt8(ascii: "n"): failPolitely()
  case UInt8(ascii: "c"): countBlocks()
  default: breakSeal(way)
  }
}

/// Does what the page tables forbid.
@inline(never) func breakSeal(_ way: UInt8) {
  switch way {
  case UInt8(ascii: "1")...UInt8(ascii: "6"):
    cfaults_overflow_below(cfaults_fault_stack(UInt32(way - 48)))
  case UInt8(ascii: "S"): cfaults_overflow()
  case UInt8(ascii: "H"): cfaults_execute_heap()
  case UInt8(ascii: "K"): cfaults_execute_stack()
  case UInt8(ascii: "D"): cfaults_execute(cfaults_data_address())
  case UInt8(ascii: "C"): cfaults_execute(cfaults_constant_address())
  case UInt8(ascii: "W"): cfaults_write(cfaults_constant_address())
  case UInt8(ascii: "T"): cfaults_write(cfaults_code())
  case UInt8(ascii: "N"): _ = cfaults_read(8)
  case UInt8(ascii: "M"): cfaults_write(4088)
  case UInt8(ascii: "X"): cfaults_execute(16)
  case UInt8(ascii: "L"): overrunLocal(Int(way) - 70)
  case UInt8(ascii: "l"): cfaults_overrun_local(12)
  default: break
  }
}

/// Writes words beyond a local of four.
@inline(never) func overrunLocal(_ count: Int) {
  var words = (0, 1, 2, 3)
  withUnsafeMutablePointer(to: &words) { scribble(UnsafeMutableRawPointer($0), words: count) }
  Console.write(words.3 == 3 ? "intact\n" : "not intact\n")
}

/// A function of its own: where the optimizer sees that stores go beyond the local it drops them.
@inline(never) func scribble(_ start: UnsafeMutableRawPointer, words count: Int) {
  for index in 0..<count { start.storeBytes(of: index, toByteOffset: index * 8, as: Int.self) }
}
