// What a checked heap notes about each block and page, in a table of its own after the page
// table: away from the blocks, so that no overrun destroys what is known about it.

/// What is known of one block.
struct BlockRecord {
  /// Who asked for it.
  var allocated: CallSite
  /// The bytes that were asked for.
  var size: Int
  /// Who freed it.
  var freed: UInt32
  /// Whether the block was handed out and taken back, and is filled with `Pattern.freed`.
  var isFreed: Bool

  static var blank: BlockRecord {
    BlockRecord(allocated: CallSite(), size: 0, freed: 0, isFreed: false)
  }
}

/// What a page was last used for. Outlives the use.
enum PageRole {
  /// Nothing that left a trace. Numbers from 1 on: blocks of the class one below.
  static let none: UInt8 = 0
  /// Part of a run of page frames.
  static let frames: UInt8 = 253
  /// The first page of a large block in use.
  static let large: UInt8 = 254
  /// The first page of a large block that was freed: filled with `Pattern.freed`.
  static let freedLarge: UInt8 = 255
}

/// Where a block stands.
struct BlockPlace {
  /// The page its record belongs to.
  var page: Int
  /// The number of its record.
  var record: Int
  /// Its first byte, and how many it has.
  var start: UInt
  var capacity: Int
  /// Whether it is in use.
  var isLive: Bool
}

extension Region {
  /// Records for each page: as many as blocks of the smallest size that a checked heap hands out.
  static let recordsPerPage = 64
  static let smallestChecked = Page.size / recordsPerPage
  /// Bytes for each page that a checked heap asks `make` to keep free: records and a role.
  static let checkBytesPerPage = recordsPerPage * MemoryLayout<BlockRecord>.stride + 1

  /// The record of this number.
  func record(_ index: Int) -> UnsafeMutablePointer<BlockRecord>? {
    UnsafeMutablePointer(bitPattern: checks)?.advanced(by: index)
  }

  /// The role of each page.
  var roles: UnsafeMutablePointer<UInt8>? {
    let records = pageCount &* Region.recordsPerPage &* MemoryLayout<BlockRecord>.stride
    return UnsafeMutablePointer(bitPattern: checks &+ UInt(bitPattern: records))
  }

  /// The block in use, or the small block, around `address`; nil where no block stands.
  func place(around address: UInt) -> BlockPlace? {
    var page = Int((address &- base) / UInt(Page.size))
    guard page < top else { return nil }
    if entries[page].state == .slab {
      let size = UInt(classes[Int(entries[page].sizeClass)].size)
      let block = (address & UInt(Page.size &- 1)) / size
      guard block < UInt(classes[Int(entries[page].sizeClass)].blocks) else { return nil }
      let start = self.address(ofPage: page) &+ block &* size
      return BlockPlace(
        page: page, record: page &* Region.recordsPerPage &+ Int(block), start: start,
        capacity: Int(size), isLive: isLiveBlock(at: start, page: page))
    }
    while page > 0, entries[page].state == .inner { page &-= 1 }
    let start = self.address(ofPage: page)
    let capacity = Int(entries[page].pages) &* Page.size
    guard entries[page].state == .large, address &- start < UInt(capacity) else { return nil }
    return BlockPlace(
      page: page, record: page &* Region.recordsPerPage, start: start, capacity: capacity,
      isLive: true)
  }

  /// The block that stood at `address` before its page was given back; nil if none is known.
  func formerPlace(at address: UInt) -> BlockPlace? {
    let page = Int((address &- base) / UInt(Page.size))
    guard page < pageCount, let role = roles?[page] else { return nil }
    let offset = address & UInt(Page.size &- 1)
    if role == PageRole.freedLarge, offset == 0 {
      return BlockPlace(
        page: page, record: page &* Region.recordsPerPage, start: address, capacity: 0,
        isLive: false)
    }
    guard role > 0, Int(role) <= SizeClass.count else { return nil }
    let size = SizeClass.size(of: Int(role) &- 1)
    guard Int(offset) % size == 0 else { return nil }
    return BlockPlace(
      page: page, record: page &* Region.recordsPerPage &+ Int(offset) / size, start: address,
      capacity: size, isLive: false)
  }
}
