// What fibers ask of the platform. The facade defines these for the platform that an image is
// built for, and the tests for themselves; so no machine has to offer stacks that nobody uses.

internal import Execution
internal import Machine

/// A stack of `bytes` usable bytes, a multiple of 4096, with an unmapped page below; size 0 if
/// there is no memory for it.
@_silgen_name("porthole_platform_make_stack")
func makeStack(_ bytes: Int) -> MemoryRegion

/// Gives back what `makeStack` returned.
@_silgen_name("porthole_platform_release_stack")
func releaseStack(_ stack: MemoryRegion)

/// Makes the core's event loop, if fibers are the first to need it.
@_silgen_name("porthole_platform_loop")
func platformLoop() -> EventLoop

/// Ends the instance with a message.
@_silgen_name("porthole_platform_panic")
func panic(_ message: StaticString) -> Never
