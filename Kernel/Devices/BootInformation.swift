// What a PVH boot loader says about the machine (`struct hvm_start_info` of Xen's
// public/arch-x86/hvm/start_info.h, version 1). It comes from outside, so each access checks its
// bounds, and lengths are never trusted.

internal import Machine

/// Physical memory from address `start` as far as it is mapped, read with bounds checks.
public struct PhysicalWindow {
  // Safety: the creator guarantees that the bytes stay readable; `value` checks every bound.
  private let bytes: UnsafeRawBufferPointer
  private let start: UInt64

  /// A view in which `bytes` stand at physical address `start`.
  public init(_ bytes: UnsafeRawBufferPointer, at start: UInt64) {
    self.bytes = bytes
    self.start = start
  }

  /// The little-endian integer at `address`, or nil if it is not wholly inside.
  public func value<T: FixedWidthInteger>(at address: UInt64, as type: T.Type) -> T? {
    guard address >= start else { return nil }
    let offset = address &- start
    let size = UInt64(T.bitWidth / 8)
    guard offset <= UInt64(bytes.count), UInt64(bytes.count) &- offset >= size else { return nil }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: Int(offset), as: T.self))
  }
}

/// The parts of the boot information that the kernel uses.
public struct BootInformation {
  /// Where the command line stands, 0 if there is none.
  public private(set) var commandLine: UInt64 = 0
  /// Where ACPI's root pointer stands, 0 if there is none.
  public private(set) var acpiRoot: UInt64 = 0
  private var ranges: [16 of MemoryRange]
  /// How many ranges of RAM are known.
  public private(set) var rangeCount = 0
  /// Entries of the memory map that were malformed or too many.
  public private(set) var ignored = 0

  /// A range of RAM, `start` to `end` exclusive.
  public struct MemoryRange: Equatable {
    /// The first byte's physical address.
    public var start: UInt64
    /// The address after the last byte.
    public var end: UInt64

    /// The range from `start` up to `end`.
    public init(start: UInt64, end: UInt64) {
      self.start = start
      self.end = end
    }
  }

  static let magic: UInt32 = 0x336e_c578
  static let ram: UInt32 = 1

  /// Reads the structure at `address`; nil if it is not one, or is older than version 1.
  public init?(at address: UInt64, in memory: PhysicalWindow) {
    guard address <= 0xffff_ffff,
      memory.value(at: address, as: UInt32.self) == Self.magic,
      let version = memory.value(at: address + 4, as: UInt32.self), version >= 1,
      let map = memory.value(at: address + 40, as: UInt64.self),
      let count = memory.value(at: address + 48, as: UInt32.self)
    else { return nil }
    commandLine = memory.value(at: address + 24, as: UInt64.self) ?? 0
    acpiRoot = memory.value(at: address + 32, as: UInt64.self) ?? 0
    ranges = [16 of MemoryRange](repeating: MemoryRange(start: 0, end: 0))
    var entry = map
    for _ in 0..<min(count, 128) {
      guard let start = memory.value(at: entry, as: UInt64.self),
        let size = memory.value(at: entry &+ 8, as: UInt64.self),
        let kind = memory.value(at: entry &+ 16, as: UInt32.self)
      else {
        ignored += 1
        break
      }
      if kind == Self.ram { add(start: start, size: size) }
      entry &+= 24
    }
    if count > 128 { ignored += 1 }
  }

  /// The `index`th range of RAM; nil beyond the last.
  public func range(at index: Int) -> MemoryRange? {
    index >= 0 && index < rangeCount ? ranges[index] : nil
  }

  private mutating func add(start: UInt64, size: UInt64) {
    let (end, overflow) = start.addingReportingOverflow(size)
    guard !overflow, size > 0, rangeCount < ranges.count else {
      ignored += 1
      return
    }
    ranges[rangeCount] = MemoryRange(start: start, end: end)
    rangeCount += 1
  }
}
