// Whole pages from the heap: what drivers, stacks and page tables want. A run of pages is a large
// block under another name, so free pages merge with their neighbours and with the heap's.

extension Heap {
  /// Takes `count` adjoining pages of 4,096 bytes at a multiple of `alignment`; nil if there is
  /// no such run.
  ///
  /// `alignment` is a power of two; 4,096 at least is always kept. O(1) unless memory is nearly
  /// full.
  public mutating func takePages(
    _ count: Int, alignment: Int = 4096
  ) -> UnsafeMutableRawPointer? {
    let (size, overflow) = count.multipliedReportingOverflow(by: Page.size)
    // A size of 0 or less is refused like one that no memory has room for.
    return allocate(overflow || size <= 0 ? .max : size, alignment: max(alignment, Page.size))
  }

  /// Gives back a run that `takePages` gave, whole; nil if all is well. O(1).
  @discardableResult
  public mutating func givePages(
    _ start: UnsafeMutableRawPointer, count: Int
  ) -> HeapMisuse? {
    let usable = usableSize(start)
    guard usable == 0 || usable / Page.size == count else { return .notABlock }
    return free(start)
  }

  /// Pages of 4,096 bytes in all, those that nothing stands in, and the most that adjoin.
  ///
  /// Cost: a walk over the longest free runs.
  public var pageStatistics: PageStatistics {
    var result = PageStatistics(count: 0, free: 0, longestRun: 0)
    forEachRegion { region in
      result.count &+= region.pageCount
      result.free &+= region.freePages
      result.longestRun = max(result.longestRun, region.longestRun)
    }
    return result
  }
}

/// How a heap's pages are used.
public struct PageStatistics: Sendable, Equatable {
  /// Pages in all regions.
  public var count: Int
  /// Pages that no block stands in.
  public var free: Int
  /// The most pages that adjoin and are free: the largest run that could be taken now.
  public var longestRun: Int
}

extension Region {
  /// The pages of the longest free run.
  var longestRun: Int {
    var longest = pageCount &- top
    guard occupiedBins != 0 else { return longest }
    var page = bins[63 &- occupiedBins.leadingZeroBitCount]
    while page != Page.none {
      longest = max(longest, Int(entries[Int(page)].pages))
      page = entries[Int(page)].next
    }
    return longest
  }
}
