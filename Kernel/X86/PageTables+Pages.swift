// Single pages of RAM, taken out of the address space and put back. RAM is mapped in pages of
// 2 MiB; the first page taken out of one splits it, for good, into 4 KiB pages with the same
// rights: 4 KiB of tables at most for each 2 MiB of RAM, and nothing to undo.
//
// Invalidation of one translation, whatever its size: AMD APM volume 2, section 5.5.2.

internal import CX86
internal import Machine

extension PageTables {
  /// What an absent page's entry says if the page guards a stack: the bits of an entry that is
  /// not present are the system's (AMD APM volume 2, section 5.4.1). boot.S writes the same.
  private static var guardMark: UInt64 { 0x200 }

  /// Makes the page at `address`, a multiple of 4,096, absent: a guard below a stack.
  ///
  /// False if it is not mapped RAM, or a table was needed and the heap had no page. O(1).
  static func unmapGuard(_ address: UInt64) -> Bool {
    guard let entry = entry(of: address, splits: true), x86_load64(entry) & present != 0 else {
      return false
    }
    x86_store64(entry, guardMark)
    x86_flush_translation(address)
    return true
  }

  /// Maps a guard page again, writable and never executable; false if `address` is none. O(1).
  static func remapGuard(_ address: UInt64) -> Bool {
    guard address & 4095 == 0, isGuard(address), let entry = entry(of: address, splits: false)
    else { return false }
    x86_store64(entry, address | present | writable | neverExecute)
    return true
  }

  /// Whether `address` lies in a guard page: of the main stack, an exception's or a fiber's.
  ///
  /// Reads nothing but page tables: safe in a panic. O(1).
  static func isGuard(_ address: UInt64) -> Bool {
    guard let entry = entry(of: address, splits: false) else { return false }
    return x86_load64(entry) == guardMark
  }

  /// Where the entry of the 4 KiB page around `address` stands; nil if it has none.
  private static func entry(of address: UInt64, splits: Bool) -> UInt64? {
    guard address < limit,
      x86_load64(x86_page_directory_pointers() + address >> 30 * 8) & present != 0
    else { return nil }
    let slot = directoryEntry(address)
    var entry = x86_load64(slot)
    guard entry & present != 0 else { return nil }
    if entry & large != 0 {
      guard splits, let table = split(entry) else { return nil }
      entry = table
      x86_store64(slot, table)
      x86_flush_translation(address)
    }
    return entry & addressBits + (address >> 12 & 511) * 8
  }

  /// The entry for a new table that maps what the large page's `entry` maps.
  private static func split(_ entry: UInt64) -> UInt64? {
    guard let frame = Frames.allocate(count: 1) else { return nil }
    let table = UInt64(frame.start)
    let first = entry & ~large
    for page in 0..<UInt64(512) { x86_store64(table + page * 8, first + page << 12) }
    return table | present | writable
  }
}
