// The split virtqueue (virtio 1.2, section 2.7): a table of descriptors, a ring in which the
// driver offers chains of them, and a ring in which the device returns them.
//
// What the device writes is not believed: only the used ring is read, each word once, and each
// value is checked against a record of what was posted that the device does not know. The first
// violation breaks the queue for good.

internal import Synchronization

/// How a device broke the rules of a queue.
public enum QueueFault: Equatable, Sendable {
  /// The used index went ahead by more than there are chains with the device.
  case indexJump
  /// A used element names a descriptor beyond the table.
  case idOutOfRange
  /// A used element names a chain that is not with the device.
  case notOutstanding
  /// A used element claims more bytes than the chain has room for.
  case lengthBeyondPosted
}

/// One queue from the driver's side. Has identity: the memory is the device's too; not to be copied.
public struct SplitQueue: ~Copyable {
  /// What the driver remembers of a descriptor.
  struct Record {
    /// The next in the chain, or in the list of free ones.
    var next: UInt16
    /// For the first of a chain that the device has: how many there are; else 0.
    var count: UInt16
    /// For the same: how many bytes the device may write.
    var writable: UInt32
  }

  // Safety: allocated in `init` in the sizes that the accessors below use, and never freed.
  private let memory: UnsafeMutableRawPointer
  private let records: UnsafeMutablePointer<Record>
  /// Descriptors in the table.
  public let size: UInt16
  private let usesEventIndex: Bool
  private var firstFree: UInt16 = 0
  private var chain = (head: UInt16(0), tail: UInt16(0), count: UInt16(0), writable: UInt32(0))
  private var offered: UInt16 = 0
  private var announced: UInt16 = 0
  private var taken: UInt16 = 0
  /// Descriptors that are free.
  public private(set) var freeCount: UInt16
  /// Chains that the device has.
  public private(set) var outstanding: UInt16 = 0
  /// How the device broke the queue; nothing is posted or taken any more then.
  public private(set) var fault: QueueFault?

  /// An empty queue of `size` descriptors, a power of two up to 2^15; allocates its memory.
  public init(size: UInt16, usesEventIndex: Bool) {
    self.size = size
    self.usesEventIndex = usesEventIndex
    freeCount = size
    let count = Int(size)
    let bytes = 16 * count + Self.driverSize(count) + Self.deviceSize(count)
    memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    records = UnsafeMutablePointer<Record>.allocate(capacity: count)
    for index in 0..<count {
      (records + index).initialize(
        to: Record(next: UInt16(truncatingIfNeeded: index &+ 1), count: 0, writable: 0))
    }
  }

  /// Gives the memory back: for a queue that no device has, or has any longer.
  public consuming func deallocate() {
    memory.deallocate()
    records.deallocate()
  }

  /// Flags, index, ring, and the index at which the device is to interrupt; rounded up to 4.
  private static func driverSize(_ count: Int) -> Int { (6 + 2 * count + 3) & ~3 }
  private static func deviceSize(_ count: Int) -> Int { 6 + 8 * count }
  private var driverArea: UnsafeMutableRawPointer { memory + 16 * Int(size) }
  private var deviceArea: UnsafeMutableRawPointer { driverArea + Self.driverSize(Int(size)) }

  /// Where the parts are; memory is mapped at its physical address.
  public var layout: QueueLayout {
    QueueLayout(
      size: size, descriptors: UInt64(UInt(bitPattern: memory)),
      driver: UInt64(UInt(bitPattern: driverArea)), device: UInt64(UInt(bitPattern: deviceArea)))
  }

  // MARK: Posting

  /// The number that a chain begun now will have, if a descriptor is free.
  public var nextDescriptor: UInt16 { firstFree }

  /// Adds a buffer to the chain that is being built; false if no descriptor is free.
  ///
  /// Buffers that the device reads come before those that it writes (section 2.7.4.2).
  @discardableResult
  public mutating func append(_ address: UInt, _ length: UInt32, isWritable: Bool) -> Bool {
    guard freeCount > 0, fault == nil else { return false }
    let index = firstFree
    firstFree = records[Int(index)].next
    freeCount &-= 1
    let entry = memory + 16 * Int(index)
    entry.storeBytes(of: UInt64(address), as: UInt64.self)
    entry.storeBytes(of: length, toByteOffset: 8, as: UInt32.self)
    entry.storeBytes(of: isWritable ? 2 : 0, toByteOffset: 12, as: UInt16.self)
    if chain.count == 0 {
      chain.head = index
    } else {
      let before = memory + 16 * Int(chain.tail)
      let flags = before.load(fromByteOffset: 12, as: UInt16.self)
      before.storeBytes(of: flags & 2 | 1, toByteOffset: 12, as: UInt16.self)
      before.storeBytes(of: index, toByteOffset: 14, as: UInt16.self)
      records[Int(chain.tail)].next = index
    }
    chain.tail = index
    chain.count &+= 1
    if isWritable { chain.writable &+= length }
    return true
  }

  /// Offers the chain that was built; returns the number under which it will come back.
  ///
  /// The device need not look before `needsNotification` has been asked.
  public mutating func submit() -> UInt16 {
    let head = chain.head
    guard chain.count > 0 else { return head }
    records[Int(head)].count = chain.count
    records[Int(head)].writable = chain.writable
    chain.count = 0
    chain.writable = 0
    let slot = 4 + 2 * Int(offered & (size &- 1))
    driverArea.storeBytes(of: head, toByteOffset: slot, as: UInt16.self)
    offered &+= 1
    outstanding &+= 1
    word(driverArea, 2).pointee.store(offered, ordering: .releasing)
    return head
  }

  /// Whether the device wants to be told of what was submitted since the last time this was asked.
  public mutating func needsNotification() -> Bool {
    let before = announced
    announced = offered
    guard before != offered else { return false }
    // What it asks for is read after the index is visible to it (section 2.7.13.4.1).
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if usesEventIndex {
      let event = word(deviceArea, 4 + 8 * Int(size)).pointee.load(ordering: .relaxed)
      return offered &- event &- 1 < offered &- before
    }
    return word(deviceArea, 0).pointee.load(ordering: .relaxed) & 1 == 0
  }

  // MARK: Taking back

  /// The next chain that the device returns, and how many bytes it has written; nil if there is
  /// none, or none that can be believed (see `fault`).
  public mutating func takeUsed() -> (id: UInt16, written: UInt32)? {
    guard fault == nil else { return nil }
    let waiting = word(deviceArea, 2).pointee.load(ordering: .acquiring) &- taken
    guard waiting > 0 else { return nil }
    guard waiting <= outstanding else { return broken(.indexJump) }
    let slot = 4 + 8 * Int(taken & (size &- 1))
    let id = doubleWord(deviceArea, slot).pointee.load(ordering: .relaxed)
    let written = doubleWord(deviceArea, slot + 4).pointee.load(ordering: .relaxed)
    guard id < UInt32(size) else { return broken(.idOutOfRange) }
    let record = records[Int(id)]
    guard record.count > 0 else { return broken(.notOutstanding) }
    guard written <= record.writable else { return broken(.lengthBeyondPosted) }
    free(UInt16(id), count: record.count)
    taken &+= 1
    outstanding &-= 1
    return (UInt16(id), written)
  }

  /// Asks for an interrupt at the next return; false if there already is one to take.
  public mutating func rearm() -> Bool {
    if usesEventIndex {
      word(driverArea, 4 + 2 * Int(size)).pointee.store(taken, ordering: .relaxed)
    }
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return word(deviceArea, 2).pointee.load(ordering: .relaxed) == taken
  }

  /// Asks for no interrupts: a hint, for a driver that looks by itself.
  public mutating func suppressInterrupts() {
    word(driverArea, 0).pointee.store(1, ordering: .relaxed)
  }

  private mutating func broken(_ how: QueueFault) -> (id: UInt16, written: UInt32)? {
    fault = how
    return nil
  }

  private mutating func free(_ head: UInt16, count: UInt16) {
    records[Int(head)].count = 0
    var tail = head
    for _ in 1..<max(count, 1) { tail = records[Int(tail)].next }
    records[Int(tail)].next = firstFree
    firstFree = head
    freeCount &+= count
  }

  // Safety: both areas are allocated, aligned for the type at these offsets, and live for ever.
  @inline(__always)
  private func word(
    _ area: UnsafeMutableRawPointer, _ offset: Int
  ) -> UnsafeMutablePointer<Atomic<UInt16>> {
    (area + offset).assumingMemoryBound(to: Atomic<UInt16>.self)
  }

  @inline(__always)
  private func doubleWord(
    _ area: UnsafeMutableRawPointer, _ offset: Int
  ) -> UnsafeMutablePointer<Atomic<UInt32>> {
    (area + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
  }
}
