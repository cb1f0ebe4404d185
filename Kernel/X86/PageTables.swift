// Address translation: identity everywhere. boot.S mapped the image in small pages; RAM beyond
// it follows here in pages of 2 MiB, writable and never executable. What is neither stays
// unmapped, so a wild pointer faults. Format: AMD APM volume 2, section 5.3.

internal import CX86
internal import Devices

enum PageTables {
  static var present: UInt64 { 1 }
  static var writable: UInt64 { 2 }
  static var large: UInt64 { 0x80 }
  static var neverExecute: UInt64 { 1 << 63 }
  static var addressBits: UInt64 { 0xf_ffff_ffff_f000 }
  static var largePage: UInt64 { 2 << 20 }

  /// Takes the first page out, so that a null pointer faults.
  static func unmapNullPage() {
    x86_store64(x86_boot_page_tables(), 0)
    x86_flush_translations()
  }

  /// Maps the range, rounded out to large pages, where it is not mapped yet.
  ///
  /// Tables for each further GiB are taken from the start of `pool`, which must be mapped. Stops
  /// silently where the pool runs dry.
  @_optimize(size)
  static func map(
    from start: UInt64, to end: UInt64, pool: inout BootInformation.MemoryRange
  ) {
    var page = start & ~(largePage - 1)
    while page < min(end, limit) {
      let slot = x86_page_directory_pointers() + page >> 30 * 8
      if x86_load64(slot) == 0 {
        let table = (pool.start + 4095) & ~4095
        guard table + 4096 <= pool.end else { return }
        pool.start = table + 4096
        for offset in stride(from: UInt64(0), to: 4096, by: 8) { x86_store64(table + offset, 0) }
        x86_store64(slot, table | present | writable)
      }
      let entry = directoryEntry(page)
      if x86_load64(entry) == 0 {
        x86_store64(entry, page | present | writable | large | neverExecute)
      }
      page += largePage
    }
  }

  /// How far the range is mapped without a gap.
  static func mappedEnd(from start: UInt64, to end: UInt64) -> UInt64 {
    var page = start & ~(largePage - 1)
    while page < end {
      guard page < limit, x86_load64(x86_page_directory_pointers() + page >> 30 * 8) != 0,
        x86_load64(directoryEntry(page)) != 0
      else { return page }
      page += largePage
    }
    return end
  }

  /// One table of directory pointers reaches 512 GiB.
  static var limit: UInt64 { 512 << 30 }

  /// Where the entry of the 2 MiB around `page` stands; the GiB around it must have a table.
  static func directoryEntry(_ page: UInt64) -> UInt64 {
    let table = x86_load64(x86_page_directory_pointers() + page >> 30 * 8) & addressBits
    return table + (page >> 21 & 511) * 8
  }
}
