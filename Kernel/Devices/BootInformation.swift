// What a PVH boot loader says about the machine (`struct hvm_start_info` of Xen's
// public/arch-x86/hvm/start_info.h, version 1). It comes from outside, so each access checks its
// bounds, and lengths are never trusted. BootInformation+Multiboot2.swift reads the same from the
// structure of boot loaders.

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

  /// Whether `count` bytes from `address` on are inside.
  @inline(never)
  public func holds(_ address: UInt64, bytes count: UInt64) -> Bool {
    let offset = address &- start
    return address >= start && offset <= UInt64(bytes.count)
      && UInt64(bytes.count) &- offset >= count
  }

  /// The little-endian integer of `count` bytes (at most 8) at `address`; 0 if it is not wholly
  /// inside. One function for all widths: this runs at boot, where bytes count and cycles do not.
  @inline(never) @_optimize(size)
  public func integer(_ address: UInt64, bytes count: UInt64) -> UInt64 {
    guard holds(address, bytes: count) else { return 0 }
    var value: UInt64 = 0
    for index in (0..<Int(count)).reversed() {
      value = value << 8 | UInt64(bytes[Int(address &- start) &+ index])
    }
    return value
  }
}

/// The parts of the boot information that the kernel uses.
public struct BootInformation {
  /// Where the command line stands, 0 if there is none.
  public internal(set) var commandLine: UInt64 = 0
  /// Where ACPI's root pointer stands, 0 if there is none.
  public internal(set) var acpiRoot: UInt64 = 0
  private var ranges = [16 of MemoryRange](repeating: MemoryRange(start: 0, end: 0))
  /// How many ranges of RAM are known.
  public private(set) var rangeCount = 0
  /// Entries of the memory map that were malformed or too many.
  public internal(set) var ignored = 0

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

  /// Nothing known.
  init() {}

  static let magic: UInt64 = 0x336e_c578
  static let ram: UInt64 = 1

  /// Reads the structure at `address`; nil if it is not one, or is older than version 1.
  @_optimize(size)
  public init?(at address: UInt64, in memory: PhysicalWindow) {
    guard address <= 0xffff_ffff, memory.holds(address, bytes: 56),
      memory.integer(address, bytes: 4) == Self.magic,
      memory.integer(address &+ 4, bytes: 4) >= 1
    else { return nil }
    commandLine = memory.integer(address &+ 24, bytes: 8)
    acpiRoot = memory.integer(address &+ 32, bytes: 8)
    var entry = memory.integer(address &+ 40, bytes: 8)
    let count = memory.integer(address &+ 48, bytes: 4)
    for _ in 0..<min(count, 128) {
      guard memory.holds(entry, bytes: 24) else {
        ignored += 1
        break
      }
      addEntry(entry, in: memory)
      entry &+= 24
    }
    if count > 128 { ignored += 1 }
  }

  /// The `index`th range of RAM; nil beyond the last.
  @inline(never)
  public func range(at index: Int) -> MemoryRange? {
    index >= 0 && index < rangeCount ? ranges[index] : nil
  }

  /// Takes an entry of a memory map that is inside `memory`. Here and in multiboot2 it begins with
  /// an address, a size and a kind.
  @inline(never) @_optimize(size)
  mutating func addEntry(_ entry: UInt64, in memory: PhysicalWindow) {
    guard memory.integer(entry &+ 16, bytes: 4) == Self.ram else { return }
    let start = memory.integer(entry, bytes: 8)
    let size = memory.integer(entry &+ 8, bytes: 8)
    let (end, overflow) = start.addingReportingOverflow(size)
    guard !overflow, size > 0, rangeCount < ranges.count else {
      ignored &+= 1
      return
    }
    ranges[rangeCount] = MemoryRange(start: start, end: end)
    rangeCount &+= 1
  }
}
