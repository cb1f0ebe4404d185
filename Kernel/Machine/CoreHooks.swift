// How the debugger's agent, which links neither, sets a fiber aside and gets it back: module Blocking
// leaves word of how that is done.

/// What the fibers' scheduler offers to who knows nothing of fibers.
public enum CoreHooks {
  // Safety: written once, when the core's fibers begin; one core.
  /// Sets the running fiber aside, on which this is called, until `readyFiber`.
  public nonisolated(unsafe) static var suspendFiber: (@convention(c) () -> Void)?
  /// Makes a fiber ready that was set aside so, by its address in `CoreState.fiber`.
  public nonisolated(unsafe) static var readyFiber: (@convention(c) (UInt) -> Void)?
}
