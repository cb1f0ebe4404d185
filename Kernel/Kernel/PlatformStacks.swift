// Stacks with a guard page, for a module that does not know the platform: fibers.

#if BAREMETAL
public import Machine
internal import X86

/// A guarded stack of `bytes` usable bytes or more; of size 0 if there is no memory for it.
@_silgen_name("porthole_platform_make_stack")
public func makePlatformStack(_ bytes: Int) -> MemoryRegion {
  GuardedStacks.make(bytes: bytes) ?? MemoryRegion(start: 0, size: 0)
}

/// Gives a guarded stack back.
@_silgen_name("porthole_platform_release_stack")
public func releasePlatformStack(_ stack: MemoryRegion) { GuardedStacks.release(stack) }
#endif
