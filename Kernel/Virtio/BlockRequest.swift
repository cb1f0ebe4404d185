// The bookkeeping of the block driver: requests as callers make them, the chains that they are
// sent as, and queues of their numbers.

internal import Devices

/// A request of a caller, or room for one.
struct BlockRequest {
  /// What is asked for, as section 5.2.6 numbers it.
  enum Kind: UInt32 {
    case read = 0
    case write = 1
    case flush = 4
  }

  var kind: Kind = .flush
  /// Where the part that has not been sent begins.
  var sector: UInt64 = 0
  var address: UInt = 0
  /// Bytes that have not been sent.
  var left = 0
  /// Chains that the device has.
  var underWay = 0
  var error: BlockError?
  /// Whom to tell; nil if this is only room.
  var done: ((Result<Void, BlockError>) -> Void)?
}

/// What the device and the driver keep for each chain, found by its first descriptor.
struct BlockChains {
  /// What the driver keeps.
  struct Record {
    var slot: UInt8
    var dataCount: UInt32
    var sent: UInt64
    var isUnderWay: Bool
  }

  // Safety: allocated for `count` chains and never freed: the device knows the addresses.
  private let memory: UnsafeMutableRawPointer
  private let records: UnsafeMutablePointer<Record>
  let count: Int

  /// A header of 16 bytes and the status; two never share a cache line with another's data.
  private static var stride: Int { 32 }

  init(count: Int) {
    self.count = count
    memory = UnsafeMutableRawPointer.allocate(byteCount: count * Self.stride, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: count * Self.stride)
    records = .allocate(capacity: count)
    records.initialize(
      repeating: Record(slot: 0, dataCount: 0, sent: 0, isUnderWay: false), count: count)
  }

  subscript(index: Int) -> Record {
    get { records[index] }
    nonmutating set { records[index] = newValue }
  }

  func header(_ index: Int) -> UInt { UInt(bitPattern: memory + index * Self.stride) }
  func status(_ index: Int) -> UInt { header(index) + 16 }

  /// Writes the header, and a status that no device gives.
  func prepare(_ index: Int, _ kind: BlockRequest.Kind, sector: UInt64) {
    let entry = memory + index * Self.stride
    entry.storeBytes(of: kind.rawValue, as: UInt32.self)
    entry.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
    entry.storeBytes(of: sector, toByteOffset: 8, as: UInt64.self)
    entry.storeBytes(of: 0xff, toByteOffset: 16, as: UInt8.self)
  }

  func statusByte(_ index: Int) -> UInt8 {
    memory.load(fromByteOffset: index * Self.stride + 16, as: UInt8.self)
  }
}

/// Up to 64 request numbers, first in first out.
struct BlockOrder {
  private var numbers = [64 of UInt8](repeating: 0)
  private var head = 0
  private var tail = 0

  var first: UInt8? { head == tail ? nil : numbers[head & 63] }

  mutating func append(_ number: UInt8) {
    numbers[tail & 63] = number
    tail &+= 1
  }

  mutating func removeIfFirst(_ number: UInt8) {
    if first == number { head &+= 1 }
  }

  mutating func removeFirst() -> UInt8? {
    guard let first else { return nil }
    head &+= 1
    return first
  }
}
