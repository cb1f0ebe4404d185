// Fibers that wait for the same thing, first come first served. The links are in the fibers.

internal import Machine

/// A queue of suspended fibers. Everything is O(1).
final class WaitList {
  // Safety: a fiber in a list is suspended, and the scheduler keeps suspended fibers.
  unowned(unsafe) private(set) var first: Fiber?
  unowned(unsafe) private var last: Fiber?

  init() {}

  var isEmpty: Bool { first == nil }

  /// Suspends `fiber`, the running one, until it is woken or the deadline has passed.
  func wait(_ fiber: Fiber, until deadline: Instant?) -> Fiber.Outcome {
    append(fiber)
    fiber.waitList = self
    if let deadline { fiber.arm(deadline) }
    Scheduler.suspend(fiber)
    return fiber.outcome
  }

  /// Takes the fiber that has waited longest and makes it ready; nil if none waits.
  @discardableResult
  func wakeFirst(_ outcome: Fiber.Outcome = .woken) -> Fiber? {
    guard let fiber = first else { return nil }
    remove(fiber)
    fiber.disarm()
    fiber.outcome = outcome
    Scheduler.makeReady(fiber)
    return fiber
  }

  /// Makes all that wait ready, in order.
  func wakeAll(_ outcome: Fiber.Outcome = .woken) { while wakeFirst(outcome) != nil {} }

  /// Appends a fiber that is in no list.
  func append(_ fiber: Fiber) {
    fiber.next = nil
    fiber.previous = last
    if let last { last.next = fiber } else { first = fiber }
    last = fiber
  }

  /// Takes a fiber out, wherever it stands.
  func remove(_ fiber: Fiber) {
    if let previous = fiber.previous { previous.next = fiber.next } else { first = fiber.next }
    if let next = fiber.next { next.previous = fiber.previous } else { last = fiber.previous }
    fiber.next = nil
    fiber.previous = nil
    fiber.waitList = nil
  }
}
