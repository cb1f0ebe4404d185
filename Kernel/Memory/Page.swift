// What the heap knows about one page. It stands in a table at the start of the region, away from
// the blocks: a program that writes beyond its block, or into one it freed, cannot damage it.

/// Constants of the heap's pages.
enum Page {
  /// Bytes in a page.
  static let size = 4096
  /// The page number that stands for "none" in links.
  static let none = UInt32.max
}

/// What a page is used for.
enum PageState: UInt8 {
  /// Neither the first nor the last page of a free run, and no head of anything: says nothing.
  case inner = 0
  /// The first page of a free run (also its last when the run is one page long).
  case freeHead
  /// The last page of a free run of two pages or more.
  case freeTail
  /// A page divided into small blocks.
  case slab
  /// The first page of a large block.
  case large
}

/// One entry of a region's page table: 32 bytes for each 4,096.
struct PageEntry {
  /// What the page is used for.
  var state: PageState
  /// For a slab: the class of its blocks.
  var sizeClass: UInt8
  /// For a slab: how many of its blocks are free.
  var freeBlocks: UInt16
  /// For a free head, a free tail and a large block: the pages in the run.
  var pages: UInt32
  /// The next page in the list (of a bin, or of a class's pages with room).
  var next: UInt32
  /// The previous page in that list.
  var previous: UInt32
  /// For a slab: one bit for each block 0 to 63, set while it is free.
  var freeLow: UInt64
  /// The same for blocks 64 to 127.
  var freeHigh: UInt64

  /// A page that says nothing.
  static var blank: PageEntry {
    PageEntry(
      state: .inner, sizeClass: 0, freeBlocks: 0, pages: 0, next: Page.none, previous: Page.none,
      freeLow: 0, freeHigh: 0)
  }
}

/// What a region keeps for one size class.
struct ClassRecord {
  /// Bytes in a block.
  var size: UInt32
  /// Blocks in a page.
  var blocks: UInt32
  /// 2^32 / size rounded up: an offset in a page times this, shifted right by 32, is its block.
  var reciprocal: UInt64
  /// The first page of this class that has a free block.
  var partial: UInt32
  /// Pages of this class.
  var pages: UInt32
  /// Blocks in use.
  var live: UInt32
}

/// The list of free runs that a length belongs to.
///
/// Lengths 1 to 16 have a list each; above that four lists share an octave, so that the first run
/// of any *later* list is long enough. 64 lists: one word says which are not empty.
enum Bin {
  static let count = 64

  /// The list for a run of `pages`, 1 or more.
  @inline(__always)
  static func index(for pages: Int) -> Int {
    if pages <= 16 { return pages &- 1 }
    let octave = 63 &- pages.leadingZeroBitCount
    let index = 16 &+ (octave &- 4) &* 4 &+ ((pages &>> (octave &- 2)) & 3)
    return index < count ? index : count &- 1
  }
}
