// Registers of devices, mapped where they are in physical memory: writable, never executable and
// uncached, in pages of 2 MiB. Tables come from the heap. Format: AMD APM volume 2, section 5.3.

internal import CX86
internal import Devices

/// A window of device registers in memory.
struct DeviceMemory: RegisterSpace {
  /// The address of the window, which is mapped.
  let base: UInt64

  func load8(_ offset: Int) -> UInt8 { x86_load8(base + UInt64(offset)) }
  func load16(_ offset: Int) -> UInt16 { x86_load16(base + UInt64(offset)) }
  func load32(_ offset: Int) -> UInt32 { x86_load32(base + UInt64(offset)) }
  func store8(_ offset: Int, _ value: UInt8) { x86_store8(base + UInt64(offset), value) }
  func store16(_ offset: Int, _ value: UInt16) { x86_store16(base + UInt64(offset), value) }
  func store32(_ offset: Int, _ value: UInt32) { x86_store32(base + UInt64(offset), value) }
}

extension DeviceMemory {
  private static var present: UInt64 { 1 }
  private static var writable: UInt64 { 2 }
  private static var uncached: UInt64 { 0x10 }
  private static var large: UInt64 { 0x80 }
  private static var neverExecute: UInt64 { 1 << 63 }
  private static var addressBits: UInt64 { 0xf_ffff_ffff_f000 }

  /// Maps `size` bytes of registers at `base`; nil if something else is mapped there already.
  init?(mapping base: UInt64, size: UInt64) {
    // The lower half of the canonical addresses: 4 levels of tables reach no further.
    guard size > 0, base < 1 << 47, size < 1 << 32 else { return nil }
    var page = base & ~(PageTables.largePage - 1)
    while page < base + size {
      guard Self.map(page) else { return nil }
      page += PageTables.largePage
    }
    self.base = base
  }

  private static func map(_ page: UInt64) -> Bool {
    var table = x86_read_cr3() & addressBits
    for level in 0..<UInt64(2) {
      let shift = 39 - 9 * level
      let slot = table + (page >> shift & 511) * 8
      var entry = x86_load64(slot)
      if entry == 0 {
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
        fresh.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
        entry = UInt64(UInt(bitPattern: fresh)) | present | writable
        x86_store64(slot, entry)
      }
      guard entry & large == 0 else { return false }
      table = entry & addressBits
    }
    let slot = table + (page >> 21 & 511) * 8
    let entry = x86_load64(slot)
    if entry != 0 { return entry & large != 0 && entry & uncached != 0 }
    x86_store64(slot, page | present | writable | large | uncached | neverExecute)
    return true
  }
}
