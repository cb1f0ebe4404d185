// RAM as the boot loader describes it, less what the image and the log ring occupy; mapped, and
// given to the heap. The first MiB stays out of it: firmware tables and the boot information lie there.

internal import CX86
internal import Devices
internal import Machine
internal import Memory

enum BootMemory {
  // Safety: set once at start, before anything else runs.
  nonisolated(unsafe) private static var information: BootInformation?

  /// Reads the boot information at `address`, maps RAM and fills `heap`; false if there is none.
  @_optimize(size)
  static func adopt(_ address: UInt64) -> Bool {
    // Safety: the image's page tables map everything up to this end. Not from 0, which is nil.
    let end = mappedByImage
    let bytes = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: 16), count: Int(end) - 16)
    let window = PhysicalWindow(bytes, at: 16)
    // PVH's begins with a magic number, multiboot2's with its size, which is never that large.
    guard
      let found = BootInformation(at: address, in: window)
        ?? BootInformation(multiboot2At: address, in: window)
    else { return false }
    information = found
    let count = found.rangeCount
    // Tables for RAM beyond the first GiB come from the first range, which is mapped already
    // where it begins: just after the image.
    var pool = BootInformation.MemoryRange(start: 0, end: 0)
    for index in 0..<count {
      guard let range = usable(found.range(at: index)) else { continue }
      if pool.end == 0 { pool = BootInformation.MemoryRange(start: range.start, end: end) }
      PageTables.map(from: max(range.start, end), to: range.end, pool: &pool)
    }
    for index in 0..<count {
      guard var range = usable(found.range(at: index)) else { continue }
      if range.start < pool.start, pool.start < range.end { range.start = pool.start }
      give(range)
    }
    PageTables.unmapNullPage()
    return true
  }

  /// Hands a range to the heap, as far as it is mapped.
  private static func give(_ range: BootInformation.MemoryRange) {
    let end = PageTables.mappedEnd(from: range.start, to: range.end)
    guard end > range.start, let start = UnsafeMutableRawPointer(bitPattern: UInt(range.start))
    else { return }
    // Safety: RAM that is mapped and that nobody else has.
    let memory = UnsafeMutableRawBufferPointer(start: start, count: Int(end - range.start))
    _ = Allocator.add(memory)
  }

  /// The part of `range` above the first MiB, the image and the log ring.
  private static func usable(
    _ range: BootInformation.MemoryRange?
  ) -> BootInformation.MemoryRange? {
    guard let range else { return nil }
    var usable = range
    usable.start = (max(range.start, x86_log_end()) + 4095) & ~4095
    usable.end = range.end & ~4095
    return usable.end > usable.start ? usable : nil
  }

  private static var mappedByImage: UInt64 {
    (x86_boot_page_tables_end() - x86_boot_page_tables()) << 9
  }

  /// The bytes of the command line; none if it is not where the image's page tables reach.
  static var commandLine: UnsafeRawBufferPointer {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    guard let start = information?.commandLine, start >= 4096, start < mappedByImage - 4096
    else { return none }
    var count: UInt64 = 0
    while count < 4096, x86_load8(start + count) != 0 { count += 1 }
    return UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: UInt(start)), count: Int(count))
  }

  /// Whether the firmware left tables (ACPI) that describe the machine.
  static var hasFirmwareTables: Bool { (information?.acpiRoot ?? 0) != 0 }

  /// The `index`th range of RAM for the seam.
  @inline(never)
  static func region(at index: Int) -> MemoryRegion? {
    guard let range = information?.range(at: index) else { return nil }
    return MemoryRegion(start: UInt(range.start), size: UInt(range.end - range.start))
  }
}
