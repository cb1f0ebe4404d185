// What the facade defines for an image, defined for the tests: real guarded stacks of the host,
// counted, and panics that end the process with their words.

import Blocking
public import Execution
import Glibc
import Hosted
public import Machine

/// The stacks that fibers of the tests hold.
enum StackLedger {
  // Safety: only the fiber tests use it, which are serialized.
  nonisolated(unsafe) static var made = 0
  nonisolated(unsafe) static var released = 0
  /// How many more may be made before the host says that memory is out.
  nonisolated(unsafe) static var left = Int.max
}

@_silgen_name("porthole_platform_make_stack")
public func makeTestStack(_ bytes: Int) -> MemoryRegion {
  guard StackLedger.left > 0, let stack = HostedStacks.make(bytes: bytes) else {
    return MemoryRegion(start: 0, size: 0)
  }
  StackLedger.left -= 1
  StackLedger.made += 1
  return stack
}

@_silgen_name("porthole_platform_release_stack")
public func releaseTestStack(_ stack: MemoryRegion) {
  StackLedger.released += 1
  HostedStacks.release(stack)
}

@_silgen_name("porthole_platform_loop")
public func makeTestLoop() -> EventLoop { EventLoop(on: FakeMachine()) }

@_silgen_name("porthole_platform_panic")
public func testPanic(_ message: StaticString) -> Never { HostedMachine.panic(message) }
