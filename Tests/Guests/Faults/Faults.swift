// A guest that breaks in the way that the first byte on its console asks for. The boot tests use
// it: each way is three calls deep, so that a report's backtrace has something to show.
//
//   d divide error   n null read   w write to code   x execution of data   u run-time check
//   s stack overflow   f free twice   p panic in words   k double fault   r fault in the report
//   a panic in an async task that has slept   h endless loop   S the same, interrupts off
//   b panic on a ruined heap   B the allocator meets it   v panic, and V fault, with the heap unmapped
//   m page table entries of ones   M the stack's page taken away
//   t stack pointer to nowhere   T the same, not canonical   c fault with interrupts off
//   i fault in an interrupt handler   j in a handler that interrupted a handler
//   R reset   e how the previous boot ended   l one line of each level into the log
//   L panic with many words   o power off with status 3, O with one too large for QEMU
//   anything else is echoed

internal import CFaults
import Kernel

@main
struct Faults: Application {
  static func start() {
    Console.write("ready\n")
    Console.onInput { bytes in outer(bytes) }
  }
}

@inline(never) func outer(_ input: [UInt8]) {
  for byte in input { middle(byte) }
}

@inline(never) func middle(_ way: UInt8) {
  inner(way)
  Console.write("echo \(way)\n")
}

@inline(never) func inner(_ way: UInt8) {
  switch way {
  case UInt8(ascii: "d"): cfaults_divide()
  case UInt8(ascii: "n"): _ = cfaults_read(8)
  case UInt8(ascii: "w"): cfaults_write(cfaults_code_address())
  case UInt8(ascii: "x"): cfaults_execute(cfaults_data_address())
  case UInt8(ascii: "u"): check(Int(way))
  case UInt8(ascii: "s"): cfaults_overflow()
  case UInt8(ascii: "f"): cfaults_free_twice()
  case UInt8(ascii: "p"): System.panic("asked to")
  case UInt8(ascii: "k"): cfaults_double()
  case UInt8(ascii: "r"): x86_panic(0xdead_0000)
  case UInt8(ascii: "a"): Task { await upper() }
  case UInt8(ascii: "h"): cfaults_hang()
  case UInt8(ascii: "S"): cfaults_spin()
  case UInt8(ascii: "L"): panicAtLength()
  case UInt8(ascii: "o"): System.powerOff(status: 3)
  case UInt8(ascii: "O"): System.powerOff(status: 200)
  case UInt8(ascii: "b"): cfaults_panic_without_heap()
  case UInt8(ascii: "B"): cfaults_allocate_from_ruins()
  case UInt8(ascii: "v"): cfaults_panic_without_pages()
  case UInt8(ascii: "V"): cfaults_fault_without_pages()
  case UInt8(ascii: "m"): cfaults_fault_on_ruined_entries()
  case UInt8(ascii: "M"): cfaults_unmap_stack()
  case UInt8(ascii: "t"): cfaults_push_at(0x7000_0000_0000)
  case UInt8(ascii: "T"): cfaults_push_at(0xdead_0000_0000_0000)
  case UInt8(ascii: "c"): cfaults_interrupts_off()
  case UInt8(ascii: "i"): interrupt(levels: 1)
  case UInt8(ascii: "j"): interrupt(levels: 2)
  case UInt8(ascii: "R"): System.reset()
  case UInt8(ascii: "e"): tellPreviousEnd()
  case UInt8(ascii: "l"): logEachLevel(way)
  default: break
  }
}

// Safety: one core; read by the handler that it was set for.
nonisolated(unsafe) private var levelsLeft = 0

@inline(never) func interrupt(levels: Int) {
  levelsLeft = levels
  cfaults_interrupt { handler() }
}

@inline(never) func handler() {
  levelsLeft -= 1
  if levelsLeft > 0 { cfaults_interrupt { handler() } } else { cfaults_write(0x123) }
}

@inline(never) func panicAtLength() {
  System.panic(
    """
    long long long long long long long long long long long long long long long long long long long \
    long long long
    """)
}

func tellPreviousEnd() {
  switch System.previousEnd {
  case nil: Console.write("previous end: none\n")
  case .powerOff(let status): Console.write("previous end: power-off \(status)\n")
  case .reset: Console.write("previous end: reset\n")
  case .panic(let cause): Console.write("previous end: panic \(cause)\n")
  case .unknown: Console.write("previous end: unknown\n")
  }
}

func logEachLevel(_ number: UInt8) {
  Log.error("all \(number) is lost")
  Log.warning("beware")
  Log.notice("take note")
  Log.info("you may know")
  Log.debug("nobody cares")
}

/// Fails the check that an index is within bounds.
@inline(never) func check(_ index: Int) {
  let numbers = [1, 2, 3]
  Console.write("\(numbers[index])")
}

// A task that panics after a sleep: the job that resumes it enters the runtime from the loop, the
// runtime enters `deeper`, and from there the chain of calls is `third`, `second`, `first`.

@inline(never) func upper() async {
  await deeper()
  Console.write("not reached\n")
}

@inline(never) func deeper() async {
  try? await Task.sleep(for: .milliseconds(1))
  third(3)
  Console.write("not reached\n")
}

@inline(never) func third(_ count: Int) {
  second(count + 1)
  Console.write("not reached \(count)\n")
}

@inline(never) func second(_ count: Int) {
  // Not like `third`: the optimiser makes one function of two that are alike.
  for number in 0..<count { first(count - number) }
}

@inline(never) func first(_ count: Int) {
  if count > 0 { System.panic("in a task") }
}
