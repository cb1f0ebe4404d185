// Stacks with a guard page and the end by a panic, for module Blocking, which does not know the
// platform (Kernel/Blocking/Platform.swift).

public import Machine

#if BAREMETAL
internal import X86
private typealias Stacks = GuardedStacks
#else
internal import Hosted
private typealias Stacks = HostedStacks
#endif

/// A guarded stack of `bytes` usable bytes or more; of size 0 if there is no memory for it.
@_silgen_name("porthole_platform_make_stack")
public func makePlatformStack(_ bytes: Int) -> MemoryRegion {
  Stacks.make(bytes: bytes) ?? MemoryRegion(start: 0, size: 0)
}

/// Gives a guarded stack back.
@_silgen_name("porthole_platform_release_stack")
public func releasePlatformStack(_ stack: MemoryRegion) { Stacks.release(stack) }

/// Ends the instance with a panic report.
@_silgen_name("porthole_platform_panic")
public func platformPanic(_ message: StaticString) -> Never { panic(message) }
