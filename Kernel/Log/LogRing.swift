// The log ring over memory it is given. Writing allocates nothing, takes no lock and touches no
// memory but the ring, so that an interrupt handler and a panic may do it at any time: each record
// claims its number, and with it its slot, in one step.

internal import Synchronization

/// A ring of log records (LogLayout.swift). A value of two words; copies are the same ring.
public struct LogRing {
  // Safety: the memory outlives the ring, and every offset is below the size checked by `init`.
  let base: UnsafeMutableRawPointer
  /// How many records the ring holds.
  public let capacity: Int

  /// Takes over what an earlier boot left in `memory`, or begins anew if that is no ring, and
  /// starts a boot.
  ///
  /// Costs a look at each record; beginning anew costs one store for each. nil if the memory has
  /// no room for a record.
  ///
  /// - Parameter memory: Aligned to 8 bytes; must stay for ever.
  @_optimize(size)
  public init?(over memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress else { return nil }
    self.base = base
    capacity = memory.count / LogLayout.slotSize &- LogLayout.reservedSlots
    guard capacity > 0 else { return nil }
    let geometry = LogLayout.geometry(capacity)
    if word(0, UInt64.self) != LogLayout.magic || word(8, UInt64.self) != geometry {
      // A record of length 255 is not valid; the rest of what lies there may stay.
      var index = -1
      while index < capacity {
        slot(index).storeBytes(of: .max, as: UInt64.self)
        index &+= 1
      }
    }
    var (latest, boot): (UInt64, UInt32) = (0, 0)
    var (endNumber, endBoot): (UInt64, UInt32) = (0, 0)
    var next = 0
    while next < capacity {
      defer { next &+= 1 }
      guard let record = record(inSlot: next) else { continue }
      if record.number > latest { (latest, boot) = (record.number, record.boot) }
      if record.kind.isEnd, record.number > endNumber {
        (endNumber, endBoot) = (record.number, record.boot)
      }
    }
    base.storeBytes(of: LogLayout.magic, as: UInt64.self)
    base.storeBytes(of: geometry, toByteOffset: 8, as: UInt64.self)
    base.storeBytes(of: latest, toByteOffset: 16, as: UInt64.self)
    base.storeBytes(of: boot &+ 1, toByteOffset: 24, as: UInt32.self)
    if endNumber > 0, endBoot == boot {
      let end = slot(index(endNumber))
      slot(-1).copyMemory(from: end, byteCount: LogLayout.slotSize)
    } else {
      slot(-1).storeBytes(of: .max, as: UInt64.self)
    }
  }

  /// The number of this boot, 1 for the first that the ring saw.
  public var boot: UInt32 { word(24, UInt32.self) }

  /// The number of the latest record; records have the numbers from 1 on.
  public var latest: UInt64 { sequence.pointee.load(ordering: .relaxed) }

  /// Records that later ones have overwritten.
  public var overwritten: UInt64 { max(latest, UInt64(capacity)) &- UInt64(capacity) }

  /// The record that says how the previous boot ended; nil if it did not say.
  public var previousEnd: LogRecord? { LogRecord(at: slot(-1)) }

  /// The record with this number; nil if it was overwritten, torn, or is yet to come.
  public func record(number: UInt64) -> LogRecord? {
    guard let record = record(inSlot: index(number)) else { return nil }
    return record.number == number ? record : nil
  }

  /// Writes a record; text beyond 96 bytes is cut, and the record says so.
  @inline(never)
  @_optimize(size)
  public func append(
    _ kind: LogKind, level: UInt8 = 0, value: UInt32 = 0, time: UInt64,
    _ text: UnsafeRawBufferPointer
  ) {
    var line = begin(kind, level: level, value: value, time: time)
    for byte in text { line.append(byte) }
    line.commit()
  }

  /// Claims a record, whose text then follows byte by byte. Not valid before it is committed.
  @inline(never)
  public func begin(
    _ kind: LogKind, level: UInt8 = 0, value: UInt32 = 0, time: UInt64
  ) -> LogLine {
    let number = sequence.pointee.add(1, ordering: .relaxed).newValue
    let slot = slot(index(number))
    slot.storeBytes(of: 0, as: UInt32.self)
    // Neither the compiler nor another reader may see the rest change before that.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    slot.storeBytes(of: kind.rawValue, toByteOffset: 4, as: UInt8.self)
    slot.storeBytes(of: level, toByteOffset: 5, as: UInt8.self)
    slot.storeBytes(of: number, toByteOffset: 8, as: UInt64.self)
    slot.storeBytes(of: time, toByteOffset: 16, as: UInt64.self)
    slot.storeBytes(of: boot, toByteOffset: 24, as: UInt32.self)
    slot.storeBytes(of: value, toByteOffset: 28, as: UInt32.self)
    return LogLine(slot: slot)
  }

  /// Makes the next record replace the one with this number; false if that is not the latest. For
  /// a writer that adds to what it said last.
  public func takeBack(_ number: UInt64) -> Bool {
    guard number > 0 else { return false }
    return sequence.pointee.compareExchange(
      expected: number, desired: number &- 1, ordering: .relaxed
    ).exchanged
  }

  private var sequence: UnsafeMutablePointer<Atomic<UInt64>> {
    // Safety: an `Atomic<UInt64>` is laid out as the integer, and the base is aligned to 8 bytes.
    base.advanced(by: 16).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// The slot of the record with this number.
  private func index(_ number: UInt64) -> Int {
    Int(truncatingIfNeeded: number % UInt64(truncatingIfNeeded: capacity))
  }

  /// The address of a slot; slot 0 is the first for records.
  private func slot(_ index: Int) -> UnsafeMutableRawPointer {
    base + (index &+ LogLayout.reservedSlots) &* LogLayout.slotSize
  }

  private func record(inSlot index: Int) -> LogRecord? {
    guard let record = LogRecord(at: slot(index)),
      self.index(record.number) == index
    else { return nil }
    return record
  }

  private func word<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: T.Type) -> T {
    base.load(fromByteOffset: offset, as: type)
  }
}
