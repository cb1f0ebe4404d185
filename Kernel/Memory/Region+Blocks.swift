// Small blocks: pages of equal blocks, one bit each. The bits, not links inside free blocks, say
// what is free, so freeing twice is seen and a write to freed memory cannot derail the heap.

extension Region {
  /// Takes a block of class `index`, its address; nil if there is neither one nor a free page.
  ///
  /// O(1): the first page with room, its first free bit.
  @inline(__always)
  mutating func takeBlock(ofClass index: Int) -> UInt? {
    let record = classes + index
    if record.pointee.partial == Page.none, !addPage(toClass: index) { return nil }
    let page = Int(record.pointee.partial)
    let entry = entries + page
    var block = entry.pointee.freeLow.trailingZeroBitCount
    if block < 64 {
      entry.pointee.freeLow &= entry.pointee.freeLow &- 1
    } else {
      block = 64 &+ entry.pointee.freeHigh.trailingZeroBitCount
      entry.pointee.freeHigh &= entry.pointee.freeHigh &- 1
    }
    entry.pointee.freeBlocks &-= 1
    if entry.pointee.freeBlocks == 0 { unlinkPartial(page, record) }
    record.pointee.live &+= 1
    return address(ofPage: page) &+ UInt(bitPattern: block &* Int(record.pointee.size))
  }

  /// Gives the block at `address`, in page `page`, back; says what is wrong if it is not one.
  @inline(__always)
  mutating func giveBlock(at address: UInt, page: Int) -> HeapMisuse? {
    let entry = entries + page
    let record = classes + Int(entry.pointee.sizeClass)
    let offset = UInt64(address & UInt(Page.size &- 1))
    let block = (offset &* record.pointee.reciprocal) &>> 32
    guard block &* UInt64(record.pointee.size) == offset, block < record.pointee.blocks else {
      return .notABlock
    }
    let bit = UInt64(1) &<< (block & 63)
    if block < 64 {
      guard entry.pointee.freeLow & bit == 0 else { return .alreadyFree }
      entry.pointee.freeLow |= bit
    } else {
      guard entry.pointee.freeHigh & bit == 0 else { return .alreadyFree }
      entry.pointee.freeHigh |= bit
    }
    let free = entry.pointee.freeBlocks &+ 1
    entry.pointee.freeBlocks = free
    record.pointee.live &-= 1
    if free == 1 { linkPartial(page, record) }
    // The last page of a class stays, or a program that holds one block more and one block less
    // in turn would pay for a page each time. `releaseEmptyPages` finds it when memory is short.
    if UInt32(free) == record.pointee.blocks,
      entry.pointee.next != Page.none || entry.pointee.previous != Page.none
    {
      release(page, record)
    }
    return nil
  }

  /// Whether `address`, in page `page`, is the start of a block in use.
  func isLiveBlock(at address: UInt, page: Int) -> Bool {
    let entry = entries[page]
    let record = classes[Int(entry.sizeClass)]
    let offset = UInt64(address & UInt(Page.size &- 1))
    let block = (offset &* record.reciprocal) &>> 32
    guard block &* UInt64(record.size) == offset, block < record.blocks else { return false }
    let bits = block < 64 ? entry.freeLow : entry.freeHigh
    return bits & (1 &<< (block & 63)) == 0
  }

  /// Gives every page of small blocks that holds none back; returns whether there was one.
  mutating func releaseEmptyPages() -> Bool {
    var found = false
    for index in 0..<SizeClass.count {
      let record = classes + index
      var page = record.pointee.partial
      while page != Page.none {
        let next = entries[Int(page)].next
        if UInt32(entries[Int(page)].freeBlocks) == record.pointee.blocks {
          release(Int(page), record)
          found = true
        }
        page = next
      }
    }
    return found
  }

  /// Turns a free page into one of class `index`.
  @inline(never)
  private mutating func addPage(toClass index: Int) -> Bool {
    guard let page = takeRun(1) else { return false }
    let record = classes + index
    let blocks = UInt64(record.pointee.blocks)
    entries[page] = PageEntry(
      state: .slab, sizeClass: UInt8(index), freeBlocks: UInt16(blocks), pages: 1, next: Page.none,
      previous: Page.none, freeLow: blocks >= 64 ? .max : (1 &<< blocks) &- 1,
      freeHigh: blocks <= 64 ? 0 : blocks >= 128 ? .max : (1 &<< (blocks &- 64)) &- 1)
    record.pointee.pages &+= 1
    linkPartial(page, record)
    return true
  }

  @inline(never)
  private mutating func release(_ page: Int, _ record: UnsafeMutablePointer<ClassRecord>) {
    unlinkPartial(page, record)
    record.pointee.pages &-= 1
    giveRun(page, pages: 1)
  }

  private mutating func linkPartial(_ page: Int, _ record: UnsafeMutablePointer<ClassRecord>) {
    let old = record.pointee.partial
    entries[page].next = old
    entries[page].previous = Page.none
    if old != Page.none { entries[Int(old)].previous = UInt32(page) }
    record.pointee.partial = UInt32(page)
  }

  private mutating func unlinkPartial(_ page: Int, _ record: UnsafeMutablePointer<ClassRecord>) {
    let next = entries[page].next
    let previous = entries[page].previous
    if next != Page.none { entries[Int(next)].previous = previous }
    if previous != Page.none {
      entries[Int(previous)].next = next
    } else {
      record.pointee.partial = next
    }
    entries[page].next = Page.none
    entries[page].previous = Page.none
  }
}
