// Timers by deadline: a heap with four children a node, so that arming touches few cache lines
// and the earliest deadline is always at hand. Each timer knows its place in the heap, so
// cancelling needs no search. Equal deadlines come out in the order in which they were armed.

internal import Machine

/// Names a timer; outlives it harmlessly.
public struct TimerID: Hashable, Sendable {
  /// The slot, and the number of the arming, so that an old name never hits a new timer.
  let slot: UInt32
  let generation: UInt32
}

/// Timers with something to run at their deadline. Time is a parameter; nothing here waits.
///
/// Arming and cancelling cost O(log n): at most four comparisons for each of the heap's levels.
/// Memory is 48 bytes a timer, and given back as timers go.
struct TimerQueue: ~Copyable {
  /// A node of the heap: what is compared, and nothing else.
  struct Node {
    var deadline: UInt64
    /// The order of arming in the upper 40 bits, the slot in the lower 24.
    var key: UInt64

    @inline(__always)
    var slot: Int { Int(truncatingIfNeeded: key & 0xFF_FFFF) }
  }

  private static var smallest: Int { 16 }

  // Safety: `capacity` elements owned by this queue, of which the first `count` are initialised.
  var nodes: UnsafeMutablePointer<Node>?
  private var capacity = 0
  private var slots = TimerSlots()
  private var order: UInt64 = 0
  /// Comparisons of deadlines so far; counted where assertions are checked, else 0.
  private(set) var comparisons = 0

  /// Timers that are armed.
  var count = 0
  /// Periods that passed without a run, because the loop was busy for longer than one.
  var missed: UInt64 = 0

  init() {}

  deinit { nodes?.deinitialize(count: count).deallocate() }

  /// The earliest deadline, `distantFuture` if there is none. O(1).
  var next: Instant {
    guard count > 0, let nodes else { return .distantFuture }
    return Instant(nanoseconds: nodes[0].deadline)
  }

  /// The bytes of memory that the queue takes.
  var bytes: Int { capacity &* MemoryLayout<Node>.stride &+ slots.bytes }

  /// Arms a timer; nil when 16 million are armed already.
  ///
  /// `period` is the span between runs, counted from deadline to deadline; zero for one run.
  mutating func arm(
    at deadline: Instant, every period: Nanoseconds = .zero, _ body: @escaping () -> Void
  ) -> TimerID? {
    guard let slot = slots.take() else { return nil }
    if count == capacity { resize(to: max(capacity &* 2, TimerQueue.smallest)) }
    let key = nextKey(slot)
    let generation = UInt32(truncatingIfNeeded: key &>> 24)
    slots.fill(slot, generation: generation, period: period.count, body)
    let place = count
    count &+= 1
    siftUp(Node(deadline: deadline.nanoseconds, key: key), from: place)
    return TimerID(slot: UInt32(truncatingIfNeeded: slot), generation: generation)
  }

  /// Disarms a timer and returns what it would have run; nil if it is over or never was.
  ///
  /// The caller lets go of it: that may run code that uses this queue.
  mutating func cancel(_ id: TimerID) -> (() -> Void)? {
    guard let place = slots.place(of: id) else { return nil }
    remove(at: place)
    return slots.give(Int(id.slot))
  }

  /// Takes the earliest timer if its deadline is `now` or earlier; a periodic one is armed again.
  ///
  /// The new deadline is the old one plus whole periods, the first such after `now`: no drift,
  /// and no burst after a pause.
  mutating func takeExpired(at now: Instant) -> (deadline: Instant, body: () -> Void)? {
    guard count > 0, let nodes, nodes[0].deadline <= now.nanoseconds else { return nil }
    let first = nodes[0]
    let deadline = Instant(nanoseconds: first.deadline)
    let period = slots[first.slot].period
    guard period > 0 else {
      remove(at: 0)
      guard let body = slots.give(first.slot) else { return nil }
      return (deadline, body)
    }
    let late = now.nanoseconds &- first.deadline
    let skipped = late < period ? 0 : late / period
    missed &+= skipped
    let (next, overflow) = first.deadline.addingReportingOverflow((skipped &+ 1) &* period)
    siftDown(Node(deadline: overflow ? .max : next, key: nextKey(first.slot)), from: 0)
    guard let body = slots[first.slot].body else { return nil }
    return (deadline, body)
  }

  private mutating func nextKey(_ slot: Int) -> UInt64 {
    order &+= 1 &<< 24
    return order | UInt64(truncatingIfNeeded: slot)
  }

  @inline(__always)
  private mutating func isBefore(_ a: Node, _ b: Node) -> Bool {
    assert(counted())
    return a.deadline < b.deadline || (a.deadline == b.deadline && a.key < b.key)
  }

  private mutating func counted() -> Bool {
    comparisons &+= 1
    return true
  }

  private mutating func remove(at place: Int) {
    guard let nodes else { return }
    count &-= 1
    if place < count {
      let last = nodes[count]
      if place > 0, isBefore(last, nodes[(place &- 1) &>> 2]) {
        siftUp(last, from: place)
      } else {
        siftDown(last, from: place)
      }
    }
    if count &* 4 <= capacity, capacity > TimerQueue.smallest { resize(to: capacity / 2) }
  }

  /// Puts `node` at the empty place `start` or as far above it as it belongs.
  private mutating func siftUp(_ node: Node, from start: Int) {
    guard let nodes else { return }
    var place = start
    while place > 0 {
      let parent = (place &- 1) &>> 2
      guard isBefore(node, nodes[parent]) else { break }
      put(nodes[parent], at: place)
      place = parent
    }
    put(node, at: place)
  }

  /// Puts `node` at the empty place `start` or as far below it as it belongs.
  private mutating func siftDown(_ node: Node, from start: Int) {
    guard let nodes else { return }
    var place = start
    while true {
      let first = place &* 4 &+ 1
      if first >= count { break }
      var least = first
      var child = first &+ 1
      let end = min(first &+ 4, count)
      while child < end {
        if isBefore(nodes[child], nodes[least]) { least = child }
        child &+= 1
      }
      guard isBefore(nodes[least], node) else { break }
      put(nodes[least], at: place)
      place = least
    }
    put(node, at: place)
  }

  @inline(__always)
  private mutating func put(_ node: Node, at place: Int) {
    nodes?[place] = node
    slots[node.slot].place = UInt32(truncatingIfNeeded: place)
  }

  @inline(never)
  private mutating func resize(to room: Int) {
    let other = UnsafeMutablePointer<Node>.allocate(capacity: room)
    if let nodes {
      other.moveInitialize(from: nodes, count: min(count, capacity))
      nodes.deallocate()
    }
    nodes = other
    capacity = room
  }
}
