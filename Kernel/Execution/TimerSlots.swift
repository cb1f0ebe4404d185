// Where timers keep what is not compared: slots with fixed numbers, in blocks of 32 that come and
// go. A block is given back when its last timer is over, unless it is the only room left.

/// What the queue keeps of one timer.
struct TimerSlot {
  /// The place in the heap; in a free slot, the next free one of its block.
  var place: UInt32
  var generation: UInt32
  /// Nanoseconds; 0 for a one-shot timer.
  var period: UInt64
  /// Nil in a free slot.
  var body: (() -> Void)?
}

/// Numbered slots. Taking and giving cost O(1); a live timer holds on to one block at most.
struct TimerSlots: ~Copyable {
  private struct Block {
    /// Nil for a number that is not in use.
    var slots: UnsafeMutablePointer<TimerSlot>?
    var used: UInt32
    var firstFree: UInt32
    /// The neighbours in the list that the block is in: with free slots, or not in use.
    var next: Int32
    var previous: Int32
  }

  private static var size: Int { 32 }
  private static var none: Int32 { -1 }
  /// As many blocks as 24 bits of slot numbers allow.
  private static var limit: Int { 1 &<< 19 }

  // Safety: `capacity` blocks owned by this pool, of which the first `count` are initialised. All
  // slots of a block are initialised.
  private var blocks: UnsafeMutablePointer<Block>?
  private var capacity = 0
  private var count = 0
  /// The heads of the two lists.
  private var open = TimerSlots.none
  private var vacant = TimerSlots.none
  /// Slots that are free, in all blocks.
  private var free = 0
  private var taken = 0

  init() {}

  deinit {
    guard let blocks else { return }
    for index in 0..<count {
      blocks[index].slots?.deinitialize(count: TimerSlots.size).deallocate()
    }
    blocks.deallocate()
  }

  /// The bytes of memory that the slots take.
  var bytes: Int {
    var sum = capacity &* MemoryLayout<Block>.stride
    for index in 0..<count where blocks?[index].slots != nil {
      sum &+= TimerSlots.size &* MemoryLayout<TimerSlot>.stride
    }
    return sum
  }

  /// The slot with this number, which must be one that `take` has returned.
  @inline(__always)
  subscript(number: Int) -> TimerSlot {
    _read { yield address(number).pointee }
    _modify { yield &address(number).pointee }
  }

  @inline(__always)
  private func address(_ number: Int) -> UnsafeMutablePointer<TimerSlot> {
    // Safety: the caller's number is of a block in use.
    blocks.unsafelyUnwrapped[number &>> 5].slots.unsafelyUnwrapped + (number & 31)
  }

  /// The place in the heap of the timer with this name; nil for one that is over, or none.
  @inline(__always)
  func place(of timer: TimerID) -> Int? {
    let number = Int(timer.slot)
    guard number >> 5 < count, let slots = blocks?[number &>> 5].slots else { return nil }
    let slot = slots + (number & 31)
    guard slot.pointee.generation == timer.generation, slot.pointee.body != nil else { return nil }
    return Int(slot.pointee.place)
  }

  /// Puts a timer into a slot that was just taken.
  @inline(__always)
  mutating func fill(
    _ number: Int, generation: UInt32, period: UInt64, _ body: @escaping () -> Void
  ) {
    // Safety: what this overwrites has nothing to let go of, for a free slot has no body.
    address(number).initialize(
      to: TimerSlot(place: 0, generation: generation, period: period, body: body))
  }

  /// Takes a free slot; nil when there are 16 million.
  mutating func take() -> Int? {
    if open == TimerSlots.none, !addBlock() { return nil }
    guard let blocks else { return nil }
    let index = Int(open)
    let slot = Int(blocks[index].firstFree)
    blocks[index].firstFree = blocks[index].slots.unsafelyUnwrapped[slot].place
    blocks[index].used &+= 1
    free &-= 1
    taken &+= 1
    if blocks[index].used == TimerSlots.size { TimerSlots.unlink(index, &open, blocks) }
    return index &* TimerSlots.size &+ slot
  }

  /// Frees a taken slot and returns what the timer was to run.
  mutating func give(_ number: Int) -> (() -> Void)? {
    guard let blocks else { return nil }
    let index = number &>> 5
    let slot = address(number)
    let body = slot.pointee.body.take()
    slot.pointee.place = blocks[index].firstFree
    blocks[index].firstFree = UInt32(truncatingIfNeeded: number & 31)
    if blocks[index].used == TimerSlots.size { TimerSlots.link(index, &open, blocks) }
    blocks[index].used &-= 1
    free &+= 1
    taken &-= 1
    if blocks[index].used == 0, free >= 2 * TimerSlots.size { removeBlock(index) }
    // The last block stays, but not at the end of a long table.
    if taken == 0, capacity > 4 { removeAll() }
    return body
  }

  @inline(never)
  private mutating func addBlock() -> Bool {
    if vacant == TimerSlots.none, count == capacity {
      if count == TimerSlots.limit { return false }
      resize(to: max(capacity &* 2, 4))
    }
    guard let blocks else { return false }
    if vacant == TimerSlots.none {
      (blocks + count).initialize(
        to: Block(slots: nil, used: 0, firstFree: 0, next: 0, previous: 0))
      TimerSlots.link(count, &vacant, blocks)
      count &+= 1
    }
    let index = Int(vacant)
    TimerSlots.unlink(index, &vacant, blocks)
    let slots = UnsafeMutablePointer<TimerSlot>.allocate(capacity: TimerSlots.size)
    for slot in 0..<TimerSlots.size {
      (slots + slot).initialize(
        to: TimerSlot(place: UInt32(slot &+ 1), generation: 0, period: 0, body: nil))
    }
    blocks[index].slots = slots
    blocks[index].firstFree = 0
    free &+= TimerSlots.size
    TimerSlots.link(index, &open, blocks)
    return true
  }

  @inline(never)
  private mutating func removeBlock(_ index: Int) {
    guard let blocks else { return }
    TimerSlots.unlink(index, &open, blocks)
    blocks[index].slots?.deinitialize(count: TimerSlots.size).deallocate()
    blocks[index].slots = nil
    free &-= TimerSlots.size
    TimerSlots.link(index, &vacant, blocks)
    while count > 0, blocks[count &- 1].slots == nil {
      count &-= 1
      TimerSlots.unlink(count, &vacant, blocks)
    }
    if count &* 4 <= capacity, capacity > 4 { resize(to: max(count &* 2, 4)) }
  }

  @inline(never)
  private mutating func removeAll() { self = TimerSlots() }

  private static func link(
    _ index: Int, _ head: inout Int32, _ blocks: UnsafeMutablePointer<Block>
  ) {
    blocks[index].next = head
    blocks[index].previous = none
    if head != none { blocks[Int(head)].previous = Int32(truncatingIfNeeded: index) }
    head = Int32(truncatingIfNeeded: index)
  }

  private static func unlink(
    _ index: Int, _ head: inout Int32, _ blocks: UnsafeMutablePointer<Block>
  ) {
    let (next, previous) = (blocks[index].next, blocks[index].previous)
    if next != none { blocks[Int(next)].previous = previous }
    if previous == none { head = next } else { blocks[Int(previous)].next = next }
  }

  private mutating func resize(to room: Int) {
    let other = UnsafeMutablePointer<Block>.allocate(capacity: room)
    if let blocks {
      other.moveInitialize(from: blocks, count: count)
      blocks.deallocate()
    }
    blocks = other
    capacity = room
  }
}
