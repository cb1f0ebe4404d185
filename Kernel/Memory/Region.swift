// One stretch of memory that the heap manages by itself: a header, a page table and the pages.
//
//   | Region | classes | bins | page table (32 B a page) | ... | page 0 | page 1 | ... |
//
// Pages from `top` up have never been used, or were all given back: the wilderness. Their entries
// need no initialising before they are first used, so adding 256 MB costs no more than adding 1.

/// The header of a stretch of memory, at its first byte.
struct Region {
  /// The region added after this one.
  var next: UnsafeMutablePointer<Region>?
  /// The address of page 0; a multiple of the page size.
  var base: UInt
  /// Pages in the region.
  var pageCount: Int
  /// The first page of the wilderness.
  var top: Int
  /// Entries from this page up hold garbage.
  var initialised: Int
  /// Pages in free runs, without the wilderness.
  var binnedPages: Int
  /// One bit for each bin, set while it is not empty.
  var occupiedBins: UInt64
  /// `SizeClass.count` records.
  var classes: UnsafeMutablePointer<ClassRecord>
  /// `Bin.count` heads of lists of free runs.
  var bins: UnsafeMutablePointer<UInt32>
  /// The page table.
  var entries: UnsafeMutablePointer<PageEntry>
  /// The address of what a checked heap notes, after the page table.
  var checks: UInt

  /// Lays a region out in `memory`, or nil if it is too small to hold a single page.
  ///
  /// `reserve` bytes are kept for each page, from the address `checks` on.
  ///
  /// Cost: a few hundred stores, whatever the size.
  @_optimize(size)  // once a range of RAM, at boot
  static func make(
    in memory: UnsafeMutableRawBufferPointer, reserve: Int
  ) -> UnsafeMutablePointer<Region>? {
    guard let start = memory.baseAddress, memory.count > 0 else { return nil }
    let address = UInt(bitPattern: start)
    let end = address &+ UInt(bitPattern: memory.count)
    let header = aligned(address, to: 64)
    let classes = header &+ UInt(MemoryLayout<Region>.stride)
    let bins = classes &+ UInt(MemoryLayout<ClassRecord>.stride &* SizeClass.count)
    let table = aligned(bins &+ UInt(MemoryLayout<UInt32>.stride &* Bin.count), to: 64)
    let entry = UInt(MemoryLayout<PageEntry>.stride &+ reserve)
    let page = UInt(Page.size)
    guard end > address, end > table &+ entry else { return nil }
    // As many pages as fit with their entries; one less if rounding up to a page ate the rest.
    var count = (end &- table) / (page &+ entry)
    while count > 0, aligned(table &+ count &* entry, to: page) &+ count &* page > end {
      count &-= 1
    }
    guard count > 0, count < UInt(Page.none) else { return nil }
    // Safety: all addresses lie between `address` and `end`, aligned for what is stored there.
    guard
      let region = UnsafeMutablePointer<Region>(bitPattern: header),
      let classPointer = UnsafeMutablePointer<ClassRecord>(bitPattern: classes),
      let binPointer = UnsafeMutablePointer<UInt32>(bitPattern: bins),
      let entryPointer = UnsafeMutablePointer<PageEntry>(bitPattern: table)
    else { return nil }
    region.initialize(
      to: Region(
        next: nil, base: aligned(table &+ count &* entry, to: page), pageCount: Int(count), top: 0,
        initialised: 0, binnedPages: 0, occupiedBins: 0, classes: classPointer, bins: binPointer,
        entries: entryPointer,
        checks: table &+ count &* UInt(MemoryLayout<PageEntry>.stride)))
    binPointer.initialize(repeating: Page.none, count: Bin.count)
    for index in 0..<SizeClass.count {
      let size = SizeClass.size(of: index)
      (classPointer + index).initialize(
        to: ClassRecord(
          size: UInt32(size), blocks: UInt32(Page.size / size),
          reciprocal: (1 &<< 32) / UInt64(size) &+ 1, partial: Page.none, pages: 0, live: 0))
    }
    return region
  }

  /// `address` rounded up to a multiple of `alignment`, a power of two.
  private static func aligned(_ address: UInt, to alignment: UInt) -> UInt {
    (address &+ (alignment &- 1)) & ~(alignment &- 1)
  }

  /// The address of page `index`.
  @inline(__always)
  func address(ofPage index: Int) -> UInt { base &+ UInt(bitPattern: index &* Page.size) }

  /// Whether `address` lies in one of the pages.
  @inline(__always)
  func contains(_ address: UInt) -> Bool {
    address &- base < UInt(bitPattern: pageCount &* Page.size)
  }

  /// Pages that no block stands in.
  var freePages: Int { binnedPages &+ (pageCount &- top) }
}
