// The one global of this module: the loop that async code and the facade find without being
// handed it. One core today; with more cores this becomes a per-core slot.

extension EventLoop {
  /// The loop of this core, once a platform has made one.
  public static var current: EventLoop? { installed }

  /// Makes this loop the core's; called once, by the platform.
  public func makeCurrent() { installed = self }
}

// Safety: written once at start-up, before anything else runs; one core reads it.
nonisolated(unsafe) private var installed: EventLoop?
