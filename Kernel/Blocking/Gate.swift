// Waiting for a condition or for an event. Opening and raising never block, so that handlers,
// timers and tasks can do it; waiting is for fibers.

public import Machine

/// A condition that fibers wait for: open or closed, until changed.
public final class Gate {
  private let waiting = WaitList()

  /// Whether waits return at once.
  public private(set) var isOpen: Bool

  /// A gate, closed unless told otherwise.
  public init(isOpen: Bool = false) { self.isOpen = isOpen }

  /// Opens the gate; all that wait go on, in the order in which they came. O(those that wait).
  public func open() {
    isOpen = true
    waiting.wakeAll()
  }

  /// Closes the gate for those that come from now on.
  public func close() { isOpen = false }

  /// Blocks the fiber until the gate is opened; returns at once if it is open.
  public func wait() {
    let fiber = Fiber.running("Gate.wait outside a fiber; spawn one")
    if !isOpen { _ = waiting.wait(fiber, until: nil) }
  }

  /// As `wait`, but no longer than until `deadline`; false if that passed first.
  public func wait(until deadline: Instant) -> Bool {
    let fiber = Fiber.running("Gate.wait outside a fiber; spawn one")
    return isOpen || waiting.wait(fiber, until: deadline) != .late
  }
}

/// An event that one fiber takes: raised while nobody waits, it is kept for the next that does.
/// Raised twice before that, it counts once, as an interrupt does.
public final class Signal {
  private let waiting = WaitList()

  /// Whether the event has come and nobody has taken it yet.
  public private(set) var isRaised = false

  /// A signal that is not raised.
  public init() {}

  /// Wakes the fiber that has waited longest, or is kept for the next. O(1).
  public func raise() { if waiting.wakeFirst() == nil { isRaised = true } }

  /// Blocks the fiber until the event comes, and takes it.
  public func wait() {
    let fiber = Fiber.running("Signal.wait outside a fiber; spawn one")
    if !take() { _ = waiting.wait(fiber, until: nil) }
  }

  /// As `wait`, but no longer than until `deadline`; false if that passed first.
  public func wait(until deadline: Instant) -> Bool {
    let fiber = Fiber.running("Signal.wait outside a fiber; spawn one")
    return take() || waiting.wait(fiber, until: deadline) != .late
  }

  private func take() -> Bool {
    defer { isRaised = false }
    return isRaised
  }
}
