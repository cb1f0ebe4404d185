// Values from fiber to fiber. Strictly first come, first served: a value that somebody waits for
// is handed over, and a value that somebody waits to send takes the room that comes free, so that
// no third party slips in before a woken fiber runs.

public import Machine

/// A bounded queue between fibers: full, it blocks who sends; empty, who receives.
///
/// `trySend` and `tryReceive` never block and are for handlers, timers and tasks too. Nothing is
/// allocated after `init`.
public final class Channel<Element> {
  // Safety: `capacity` elements, a ring; the `count` from `head` on are initialised.
  private let ring: UnsafeMutablePointer<Element>
  private var head = 0
  private let senders = WaitList()
  private let receivers = WaitList()

  /// How many elements fit.
  public let capacity: Int
  /// How many elements are in the channel.
  public private(set) var count = 0
  /// Whether `close` was called.
  public private(set) var isClosed = false

  /// A channel for `capacity` elements, at least one.
  public init(capacity: Int) {
    self.capacity = max(capacity, 1)
    ring = .allocate(capacity: self.capacity)
  }

  deinit {
    while count > 0 { _ = takeFirst() }
    ring.deallocate()
  }

  /// Sends an element; blocks the fiber while the channel is full. False if it is or gets closed.
  @discardableResult
  public func send(_ element: Element) -> Bool {
    send(Fiber.running("Channel.send outside a fiber; spawn one"), element, nil)
  }

  /// As `send`, but blocks no longer than until `deadline`; false if that passed first.
  public func send(_ element: Element, until deadline: Instant) -> Bool {
    send(Fiber.running("Channel.send outside a fiber; spawn one"), element, deadline)
  }

  private func send(_ fiber: Fiber, _ element: Element, _ deadline: Instant?) -> Bool {
    if trySend(element) { return true }
    if isClosed { return false }
    var slot: Element? = element
    return withUnsafeMutablePointer(to: &slot) { slot in
      // Safety: this frame stays while the fiber waits, and afterwards nobody has the address.
      fiber.slot = UnsafeMutableRawPointer(slot)
      return senders.wait(fiber, until: deadline) == .woken
    }
  }

  /// Sends an element if there is room; false if the channel is full or closed.
  public func trySend(_ element: Element) -> Bool {
    if isClosed { return false }
    if let receiver = receivers.wakeFirst() {
      Channel.slot(of: receiver).pointee = element
      return true
    }
    guard count < capacity else { return false }
    append(element)
    return true
  }

  /// The next element; blocks the fiber while there is none. Nil if the channel is closed and
  /// everything sent before that has been received.
  public func receive() -> Element? {
    receive(Fiber.running("Channel.receive outside a fiber; spawn one"), nil)
  }

  /// As `receive`, but blocks no longer than until `deadline`; nil if that passed first.
  public func receive(until deadline: Instant) -> Element? {
    receive(Fiber.running("Channel.receive outside a fiber; spawn one"), deadline)
  }

  private func receive(_ fiber: Fiber, _ deadline: Instant?) -> Element? {
    if let element = tryReceive() { return element }
    if isClosed { return nil }
    var slot: Element?
    return withUnsafeMutablePointer(to: &slot) { slot in
      // Safety: as in `send`.
      fiber.slot = UnsafeMutableRawPointer(slot)
      _ = receivers.wait(fiber, until: deadline)
      return slot.pointee.take()
    }
  }

  /// The next element; nil if there is none.
  public func tryReceive() -> Element? {
    guard count > 0 else { return nil }
    let element = takeFirst()
    if let sender = senders.wakeFirst(), let waiting = Channel.slot(of: sender).pointee.take() {
      append(waiting)
    }
    return element
  }

  /// Ends the channel: nothing can be sent any more, what is in it can be received.
  ///
  /// Fibers that wait to send get false, those that wait to receive get nil.
  public func close() {
    isClosed = true
    senders.wakeAll(.closed)
    receivers.wakeAll(.closed)
  }

  private static func slot(of fiber: Fiber) -> UnsafeMutablePointer<Element?> {
    // Safety: the fiber waits in this channel, and so left the address of a slot of this type.
    fiber.slot.unsafelyUnwrapped.assumingMemoryBound(to: Element?.self)
  }

  private func append(_ element: Element) {
    let end = head &+ count
    (ring + (end < capacity ? end : end &- capacity)).initialize(to: element)
    count &+= 1
  }

  private func takeFirst() -> Element {
    let element = (ring + head).move()
    head = head &+ 1 == capacity ? 0 : head &+ 1
    count &-= 1
    return element
  }
}
