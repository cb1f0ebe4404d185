// One record of the ring, being written and being read (LogLayout.swift).

internal import Synchronization

/// A record that is being written; the ring does not show it before `commit`.
public struct LogLine {
  // Safety: a slot of a ring; offsets stay below its size.
  private let slot: UnsafeMutableRawPointer
  private var length = 0
  private var isCut = false

  init(slot: UnsafeMutableRawPointer) { self.slot = slot }

  /// How many bytes the text has so far.
  public var count: Int { length }

  /// Adds a byte to the text, or notes that it found no room.
  public mutating func append(_ byte: UInt8) {
    guard length < LogLayout.textLimit else { return isCut = true }
    slot.storeBytes(of: byte, toByteOffset: LogLayout.textOffset &+ length, as: UInt8.self)
    length &+= 1
  }

  /// Makes the record valid.
  @inline(never)
  public func commit() {
    slot.storeBytes(of: UInt8(truncatingIfNeeded: length), toByteOffset: 6, as: UInt8.self)
    slot.storeBytes(of: isCut ? 1 : 0, toByteOffset: 7, as: UInt8.self)
    atomicMemoryFence(ordering: .releasing)
    slot.storeBytes(of: LogRecord.checksum(slot, length), as: UInt32.self)
  }
}

/// A valid record in a ring. Refers to the ring's memory: read it before it is overwritten.
public struct LogRecord {
  // Safety: a slot of a ring whose checksum was right.
  let address: UnsafeRawPointer

  /// The record at `address`; nil if there is no valid one.
  @inline(never)
  init?(at address: UnsafeRawPointer) {
    self.address = address
    let length = Int(address.load(fromByteOffset: 6, as: UInt8.self))
    guard length <= LogLayout.textLimit,
      address.load(as: UInt32.self) == Self.checksum(address, length)
    else { return nil }
  }

  /// What the record is about; of unknown kinds, that it is text.
  public var kind: LogKind { LogKind(rawValue: field(4, UInt8.self)) ?? .text }
  /// The level of a line of text: 0 for errors to 4 for what only a developer wants to know.
  public var level: UInt8 { field(5, UInt8.self) }
  /// Whether the text was longer than the record.
  public var isCut: Bool { field(7, UInt8.self) & 1 != 0 }
  /// The record's number, counted from 1 over all boots.
  public var number: UInt64 { field(8, UInt64.self) }
  /// Nanoseconds since boot; 0 for before the clock ran.
  public var time: UInt64 { field(16, UInt64.self) }
  /// The number of the boot that wrote it.
  public var boot: UInt32 { field(24, UInt32.self) }
  /// A number whose meaning depends on the kind.
  public var value: UInt32 { field(28, UInt32.self) }
  /// The text's bytes.
  public var text: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: address + LogLayout.textOffset, count: Int(field(6, UInt8.self)))
  }

  private func field<T: BitwiseCopyable>(_ offset: Int, _ type: T.Type) -> T {
    address.load(fromByteOffset: offset, as: type)
  }

  /// FNV-1a over a record with so many bytes of text.
  @inline(never)
  @_optimize(size)
  static func checksum(_ address: UnsafeRawPointer, _ length: Int) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    var offset = 4
    while offset < LogLayout.textOffset &+ length {
      hash = (hash ^ UInt32(address.load(fromByteOffset: offset, as: UInt8.self))) &* 0x0100_0193
      offset &+= 1
    }
    return hash
  }
}
