// Runs of pages: taken for large blocks and for pages of small ones, given back and merged with
// the free runs before and after. Both ends of a free run carry its length, so merging needs no
// search; every page inside a run says `inner`, so no stale entry is ever read as an end.

extension Region {
  /// Takes a run of `count` pages; nil if there is none. The entries still say `inner`.
  ///
  /// O(1), except when every longer list and the wilderness are empty: then the one list in which
  /// a run may or may not be long enough is searched to its end.
  mutating func takeRun(_ count: Int) -> Int? {
    guard count > 0, count <= freePages else { return nil }
    let own = Bin.index(for: count)
    if let head = search(bin: own, for: count, limit: 8) { return cut(head, to: count) }
    let later = own == Bin.count &- 1 ? 0 : occupiedBins & (UInt64.max &<< UInt64(own &+ 1))
    if later != 0 { return cut(Int(bins[later.trailingZeroBitCount]), to: count) }
    if pageCount &- top >= count { return extend(by: count) }
    return search(bin: own, for: count, limit: .max).map { cut($0, to: count) }
  }

  /// Takes a run of `count` pages whose address is a multiple of `alignment` bytes, a power of
  /// two and larger than a page.
  mutating func takeRun(_ count: Int, alignment: Int) -> Int? {
    let spare = alignment / Page.size &- 1
    let (padded, overflow) = count.addingReportingOverflow(spare)
    guard !overflow, let run = takeRun(padded) else { return nil }
    let start = address(ofPage: run)
    let mask = UInt(bitPattern: alignment) &- 1
    let skip = Int(((start &+ mask) & ~mask) &- start) / Page.size
    if skip > 0 { giveRun(run, pages: skip) }
    if skip < spare { giveRun(run &+ skip &+ count, pages: spare &- skip) }
    return run &+ skip
  }

  /// Gives a run back; its first entry must not be linked anywhere. O(1).
  mutating func giveRun(_ first: Int, pages count: Int) {
    var start = first
    var pages = count
    entries[start].state = .inner
    if start > 0 {
      let before = entries[start &- 1]
      let isEnd = before.state == .freeTail || (before.state == .freeHead && before.pages == 1)
      if isEnd {
        entries[start &- 1].state = .inner
        start &-= Int(before.pages)
        pages &+= Int(before.pages)
        unlink(start)
        entries[start].state = .inner
      }
    }
    let after = start &+ pages
    if after < top, entries[after].state == .freeHead {
      let length = Int(entries[after].pages)
      unlink(after)
      entries[after].state = .inner
      entries[after &+ length &- 1].state = .inner
      pages &+= length
    }
    if start &+ pages == top {
      top = start
    } else {
      link(start, pages: pages)
    }
  }

  /// Moves the start of the wilderness up, initialising entries that never were.
  private mutating func extend(by count: Int) -> Int {
    let first = top
    top &+= count
    while initialised < top {
      (entries + initialised).initialize(to: .blank)
      initialised &+= 1
    }
    return first
  }

  /// The first of at most `limit` runs in a list that has `count` pages or more.
  private func search(bin: Int, for count: Int, limit: Int) -> Int? {
    var page = bins[bin]
    var left = limit
    while page != Page.none, left > 0 {
      if Int(entries[Int(page)].pages) >= count { return Int(page) }
      page = entries[Int(page)].next
      left &-= 1
    }
    return nil
  }

  /// Takes the free run at `head` out of its list and gives back what exceeds `count` pages.
  private mutating func cut(_ head: Int, to count: Int) -> Int {
    let length = Int(entries[head].pages)
    unlink(head)
    entries[head].state = .inner
    entries[head &+ length &- 1].state = .inner
    if length > count { link(head &+ count, pages: length &- count) }
    return head
  }

  /// Marks both ends of a free run and puts it first in its list.
  private mutating func link(_ head: Int, pages: Int) {
    let bin = Bin.index(for: pages)
    let old = bins[bin]
    entries[head &+ pages &- 1].state = .freeTail
    entries[head &+ pages &- 1].pages = UInt32(pages)
    entries[head].state = .freeHead
    entries[head].pages = UInt32(pages)
    entries[head].next = old
    entries[head].previous = Page.none
    if old != Page.none { entries[Int(old)].previous = UInt32(head) }
    bins[bin] = UInt32(head)
    occupiedBins |= 1 &<< UInt64(bin)
    binnedPages &+= pages
  }

  /// Takes the free run at `head` out of its list.
  private mutating func unlink(_ head: Int) {
    let entry = entries[head]
    let bin = Bin.index(for: Int(entry.pages))
    if entry.next != Page.none { entries[Int(entry.next)].previous = entry.previous }
    if entry.previous != Page.none {
      entries[Int(entry.previous)].next = entry.next
    } else {
      bins[bin] = entry.next
      if entry.next == Page.none { occupiedBins &= ~(1 &<< UInt64(bin)) }
    }
    binnedPages &-= Int(entry.pages)
  }
}
