// Timers by deadline: a heap with four children a node, so that arming touches few cache lines
// and the earliest deadline is always at hand. Each timer knows its place in the heap, so
// cancelling needs no search. Equal deadlines come out in the order in which they were armed.

internal import Machine

/// Names a timer; outlives it harmlessly.
public struct TimerID: Hashable, Sendable {
  /// The slot, and the count of its uses so far, so that an old name never hits a new timer.
  let slot: UInt32
  let generation: UInt32
}

/// Timers with something to run at their deadline. Time is a parameter; nothing here waits.
///
/// Arming and cancelling cost O(log n); memory is 64 bytes a timer and never given back.
struct TimerQueue: ~Copyable {
  /// A node of the heap: what is compared, and nothing else.
  private struct Node {
    var deadline: UInt64
    /// The order of arming in the upper 40 bits, the slot in the lower 24.
    var key: UInt64

    @inline(__always)
    static func < (a: Node, b: Node) -> Bool {
      a.deadline < b.deadline || (a.deadline == b.deadline && a.key < b.key)
    }

    @inline(__always)
    var slot: Int { Int(key & 0xFF_FFFF) }
  }

  private struct Slot {
    /// The place in the heap; in a free slot, the next free one.
    var place: UInt32
    var generation: UInt32
    /// Nanoseconds; 0 for a one-shot timer.
    var period: UInt64
    var body: (() -> Void)?
  }

  private static var none: UInt32 { .max }
  /// As many as the 24 bits in a key can name.
  private static var limit: Int { 1 &<< 24 }

  // Safety: `capacity` elements each, owned by this queue; of `nodes` the first `count` are
  // initialised, of `slots` the first `used`.
  private var nodes: UnsafeMutablePointer<Node>?
  private var slots: UnsafeMutablePointer<Slot>?
  private var capacity = 0
  private var used = 0
  private var firstFree = TimerQueue.none
  private var order: UInt64 = 0

  /// Timers that are armed.
  private(set) var count = 0
  /// Periods that passed without a run, because the loop was busy for longer than one.
  private(set) var missed: UInt64 = 0

  init() {}

  deinit {
    nodes?.deinitialize(count: count).deallocate()
    slots?.deinitialize(count: used).deallocate()
  }

  /// The earliest deadline. O(1).
  var next: Instant? {
    guard count > 0, let nodes else { return nil }
    return Instant(nanoseconds: nodes[0].deadline)
  }

  /// Arms a timer; nil when 16 million are armed already.
  ///
  /// `period` is the span between runs, counted from deadline to deadline; zero for one run.
  mutating func arm(
    at deadline: Instant, every period: Nanoseconds = .zero, _ body: @escaping () -> Void
  ) -> TimerID? {
    if firstFree == TimerQueue.none, used == capacity, !grow() { return nil }
    guard let slots else { return nil }
    let slot: Int
    if firstFree != TimerQueue.none {
      slot = Int(firstFree)
      firstFree = slots[slot].place
      slots[slot].period = period.count
      slots[slot].body = body
    } else {
      slot = used
      used &+= 1
      (slots + slot).initialize(
        to: Slot(place: 0, generation: 0, period: period.count, body: body))
    }
    insert(deadline.nanoseconds, slot)
    return TimerID(slot: UInt32(slot), generation: slots[slot].generation)
  }

  /// Disarms a timer and returns what it would have run; nil if it is over or never was.
  ///
  /// The caller lets go of it: that may run code that uses this queue.
  mutating func cancel(_ id: TimerID) -> (() -> Void)? {
    let slot = Int(id.slot)
    guard let slots, slot < used, slots[slot].generation == id.generation,
      let body = slots[slot].body
    else { return nil }
    remove(at: Int(slots[slot].place))
    release(slot)
    return body
  }

  /// Takes the earliest timer if its deadline is `now` or earlier; a periodic one is armed again.
  ///
  /// The new deadline is the old one plus whole periods, the first such after `now`: no drift,
  /// and no burst after a pause.
  mutating func takeExpired(at now: Instant) -> (() -> Void)? {
    guard count > 0, let nodes, let slots, nodes[0].deadline <= now.nanoseconds else { return nil }
    let slot = nodes[0].slot
    let body = slots[slot].body
    let period = slots[slot].period
    if period == 0 {
      remove(at: 0)
      release(slot)
      return body
    }
    let late = now.nanoseconds &- nodes[0].deadline
    let skipped = late < period ? 0 : late / period
    missed &+= skipped
    let (next, overflow) = nodes[0].deadline.addingReportingOverflow((skipped &+ 1) &* period)
    nodes[0] = Node(deadline: overflow ? .max : next, key: nextKey(slot))
    siftDown(0)
    return body
  }

  private mutating func nextKey(_ slot: Int) -> UInt64 {
    order &+= 1 &<< 24
    return order | UInt64(slot)
  }

  private mutating func insert(_ deadline: UInt64, _ slot: Int) {
    guard let nodes else { return }
    let place = count
    count &+= 1
    (nodes + place).initialize(to: Node(deadline: deadline, key: nextKey(slot)))
    siftUp(place)
  }

  private mutating func remove(at place: Int) {
    guard let nodes else { return }
    count &-= 1
    let last = nodes[count]
    if place == count { return }
    nodes[place] = last
    if place > 0, last < nodes[(place &- 1) / 4] { siftUp(place) } else { siftDown(place) }
  }

  private mutating func release(_ slot: Int) {
    guard let slots else { return }
    slots[slot].body = nil
    slots[slot].generation &+= 1
    slots[slot].place = firstFree
    firstFree = UInt32(slot)
  }

  private func siftUp(_ start: Int) {
    guard let nodes, let slots else { return }
    let node = nodes[start]
    var place = start
    while place > 0 {
      let parent = (place &- 1) &>> 2
      guard node < nodes[parent] else { break }
      nodes[place] = nodes[parent]
      slots[nodes[place].slot].place = UInt32(place)
      place = parent
    }
    nodes[place] = node
    slots[node.slot].place = UInt32(place)
  }

  private func siftDown(_ start: Int) {
    guard let nodes, let slots else { return }
    let node = nodes[start]
    var place = start
    while true {
      let first = place &* 4 &+ 1
      if first >= count { break }
      var least = first
      var child = first &+ 1
      let end = min(first &+ 4, count)
      while child < end {
        if nodes[child] < nodes[least] { least = child }
        child &+= 1
      }
      guard nodes[least] < node else { break }
      nodes[place] = nodes[least]
      slots[nodes[place].slot].place = UInt32(place)
      place = least
    }
    nodes[place] = node
    slots[node.slot].place = UInt32(place)
  }

  /// Doubles the room; false at the limit.
  private mutating func grow() -> Bool {
    let room = max(8, capacity &* 2)
    guard room <= TimerQueue.limit else { return false }
    let newNodes = UnsafeMutablePointer<Node>.allocate(capacity: room)
    let newSlots = UnsafeMutablePointer<Slot>.allocate(capacity: room)
    if let nodes, let slots {
      newNodes.moveInitialize(from: nodes, count: count)
      newSlots.moveInitialize(from: slots, count: used)
      nodes.deallocate()
      slots.deallocate()
    }
    nodes = newNodes
    slots = newSlots
    capacity = room
    return true
  }
}
