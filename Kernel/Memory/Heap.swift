// The allocator. Requests to 2,048 bytes come from pages of equal blocks, anything larger takes
// whole pages; free pages merge with their neighbours. The heap's own state is a pointer and
// counters, all zero at first, so a global of this type needs no code to run before it is used.
//
// Not re-entrant: an interrupt handler marks and wakes, it does not allocate.

/// A heap over one or more stretches of memory that the caller owns.
///
/// Small requests cost O(1), so do large ones unless memory is nearly full. Exhaustion returns
/// nil; freeing what is not a block is reported and changes nothing.
public struct Heap: ~Copyable {
  // Safety: points at the header that `add` wrote at the start of memory handed over to the heap.
  var first: UnsafeMutablePointer<Region>?
  var totals = HeapTotals()

  /// A heap without memory: every request fails until `add`.
  public init() {}

  /// Hands `memory` over to the heap; false if it is too small (about 8 kB) to be of use.
  ///
  /// Stretches are used in the order in which they are added. Cost: a few hundred stores.
  public mutating func add(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    add(memory, reserve: 0) != nil
  }

  /// The same, with `reserve` bytes for each page left to the caller; the region.
  mutating func add(
    _ memory: UnsafeMutableRawBufferPointer, reserve: Int
  ) -> UnsafeMutablePointer<Region>? {
    guard let region = Region.make(in: memory, reserve: reserve) else { return nil }
    guard var last = first else {
      first = region
      return region
    }
    while let next = last.pointee.next { last = next }
    last.pointee.next = region
    return region
  }

  /// A block of `size` bytes or more at a multiple of `alignment`; nil if there is no room.
  ///
  /// The contents are whatever was there before. A size of 0 gives a block like any other.
  ///
  /// `alignment` is a power of two; 16 at least is always kept.
  public mutating func allocate(_ size: Int, alignment: Int = 16) -> UnsafeMutableRawPointer? {
    // One comparison each for what nearly every request is: small, and aligned as malloc aligns.
    guard UInt(bitPattern: size) <= UInt(SizeClass.largest), alignment == 16 else {
      return allocateSlowly(size, alignment: alignment)
    }
    let sizeClass = SizeClass.index(for: size)
    var region = first
    while let current = region {
      if let address = current.pointee.takeBlock(ofClass: sizeClass) {
        totals.took(Int(current.pointee.classes[sizeClass].size))
        return UnsafeMutableRawPointer(bitPattern: address)
      }
      region = current.pointee.next
    }
    return allocateSlowly(size, alignment: alignment)
  }

  /// Large blocks, aligned ones, and small ones when the regions have no page left.
  @inline(never)
  private mutating func allocateSlowly(
    _ wanted: Int, alignment: Int
  ) -> UnsafeMutableRawPointer? {
    guard wanted >= 0, alignment > 0, alignment & (alignment &- 1) == 0 else {
      totals.failures &+= 1
      return nil
    }
    var size = wanted
    if alignment > 16, size <= SizeClass.largest, alignment <= SizeClass.largest {
      // Blocks whose size is a power of two stand at multiples of it.
      size = 1 &<< (Int.bitWidth &- (max(size, alignment) &- 1).leadingZeroBitCount)
    }
    let isSmall = size <= SizeClass.largest && alignment <= SizeClass.largest
    let (padded, overflow) = size.addingReportingOverflow(Page.size &- 1)
    let pages = max(padded / Page.size, 1)
    // The second round gives kept empty pages of small blocks back first.
    var round = 0
    while round < 2, !overflow {
      var region = first
      while let current = region {
        if round == 0 || current.pointee.releaseEmptyPages() {
          if isSmall {
            let sizeClass = SizeClass.index(for: size)
            if let address = current.pointee.takeBlock(ofClass: sizeClass) {
              totals.took(Int(current.pointee.classes[sizeClass].size))
              return UnsafeMutableRawPointer(bitPattern: address)
            }
          } else if let address = current.pointee.takeLarge(pages, alignment: alignment) {
            totals.took(pages &* Page.size)
            return UnsafeMutableRawPointer(bitPattern: address)
          }
        }
        region = current.pointee.next
      }
      round &+= 1
    }
    totals.failures &+= 1
    return nil
  }

  /// Gives a block back; nil if all is well, else what is wrong with `pointer`. O(1).
  ///
  /// A misuse is counted and changes nothing else.
  @discardableResult
  public mutating func free(_ pointer: UnsafeMutableRawPointer) -> HeapMisuse? {
    let address = UInt(bitPattern: pointer)
    var region = first
    while let current = region {
      if current.pointee.contains(address) {
        switch current.pointee.give(address) {
        case .freed(let bytes):
          totals.gave(bytes)
          return nil
        case .misuse(let misuse):
          return refuse(misuse)
        }
      }
      region = current.pointee.next
    }
    return refuse(.notOurs)
  }

  /// Counts a misuse.
  mutating func refuse(_ misuse: HeapMisuse) -> HeapMisuse {
    totals.misuses &+= 1
    return misuse
  }

  /// The bytes that may be used at `pointer`: the whole block, so at least the size asked for.
  ///
  /// 0 if `pointer` is not the start of a block in use. O(1).
  public borrowing func usableSize(_ pointer: UnsafeRawPointer) -> Int {
    let address = UInt(bitPattern: pointer)
    var region = first
    while let current = region {
      if current.pointee.contains(address) { return current.pointee.usableSize(at: address) }
      region = current.pointee.next
    }
    return 0
  }

  /// What the heap holds and what happened so far. Cost: a walk over the regions.
  public var statistics: HeapStatistics {
    var result = HeapStatistics(totals)
    var region = first
    while let current = region {
      result.capacity &+= current.pointee.pageCount &* Page.size
      result.freePageBytes &+= current.pointee.freePages &* Page.size
      region = current.pointee.next
    }
    return result
  }

  /// The region that `address` lies in.
  borrowing func region(of address: UInt) -> UnsafeMutablePointer<Region>? {
    var region = first
    while let current = region {
      if current.pointee.contains(address) { return region }
      region = current.pointee.next
    }
    return nil
  }

  /// Calls `body` with each region, in the order in which they were added.
  borrowing func forEachRegion(_ body: (borrowing Region) -> Void) {
    var region = first
    while let current = region {
      body(current.pointee)
      region = current.pointee.next
    }
  }

  /// How many size classes there are for small blocks.
  public static var classCount: Int { SizeClass.count }

  /// The state of size class `index`, 0 to `classCount` - 1; nil beyond.
  public borrowing func statistics(ofClass index: Int) -> ClassStatistics? {
    guard index >= 0, index < SizeClass.count else { return nil }
    var result = ClassStatistics(size: SizeClass.size(of: index), live: 0, free: 0)
    var region = first
    while let current = region {
      let record = current.pointee.classes[index]
      result.live &+= Int(record.live)
      result.free &+= Int(record.pages) &* Int(record.blocks) &- Int(record.live)
      region = current.pointee.next
    }
    return result
  }
}
