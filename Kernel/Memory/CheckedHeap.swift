// The heap of debug images: the same one, with a note of who asked for each block, bytes after
// its end that nobody may write, and freed blocks filled with a pattern that must still be there
// when they are handed out again. Costs a fourth of memory, and time in proportion to sizes.

/// A heap that notices misuse. It stops at the first one: `fault` says what it was.
public struct CheckedHeap: ~Copyable {
  var heap = Heap()
  /// The first misuse that was noticed. What happened after it is not checked.
  public private(set) var fault: HeapFault?

  /// A heap without memory.
  public init() {}

  /// Bytes after the end of each block that must not be written, at least.
  static var canarySize: Int { 8 }
  /// How much of a freed large block is filled and compared.
  static var largePoison: Int { Page.size }

  /// Hands `memory` over to the heap; false if it is too small to be of use.
  public mutating func add(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    guard let region = heap.add(memory, reserve: Region.checkBytesPerPage) else { return false }
    region.pointee.roles?.initialize(repeating: PageRole.none, count: region.pointee.pageCount)
    return true
  }

  /// A block of `size` bytes at a multiple of `alignment`, noted for `site`; nil without room.
  public mutating func allocate(
    _ size: Int, alignment: Int = 16, site: CallSite = CallSite()
  ) -> UnsafeMutableRawPointer? {
    let (padded, overflow) = size.addingReportingOverflow(Self.canarySize)
    let wanted = overflow || size < 0 ? .max : max(padded, Region.smallestChecked)
    guard let pointer = heap.allocate(wanted, alignment: alignment) else { return nil }
    let address = UInt(bitPattern: pointer)
    guard let region = heap.region(of: address), let place = region.pointee.place(around: address),
      let record = region.pointee.record(place.record)
    else { return nil }
    let isSmall = place.capacity <= SizeClass.largest
    let role = isSmall ? UInt8(SizeClass.index(for: place.capacity) &+ 1) : PageRole.large
    let hasRole = region.pointee.roles?[place.page] == role
    if isSmall, hasRole {
      if record.pointee.isFreed { inspectFreed(region, place, place.capacity) }
    } else {
      claim(region, place, as: role)
    }
    record.initialize(
      to: BlockRecord(allocated: site, size: size, freed: 0, isFreed: false))
    Pattern.fill(
      address &+ UInt(size), address &+ UInt(bitPattern: place.capacity), Pattern.canary)
    return pointer
  }

  /// Gives a block back, noted for `site`; nil if all is well. A misuse leaves a `fault`.
  @discardableResult
  public mutating func free(
    _ pointer: UnsafeMutableRawPointer, site: CallSite = CallSite()
  ) -> HeapMisuse? {
    let address = UInt(bitPattern: pointer)
    guard let region = heap.region(of: address) else { return refuse(.notOurs, address, nil, nil) }
    guard let place = region.pointee.place(around: address), place.isLive else {
      let former = region.pointee.formerPlace(at: address)
      let isKnown = former.flatMap { region.pointee.record($0.record)?.pointee.isFreed } ?? false
      return refuse(
        isKnown ? .alreadyFree : .notABlock, address, region, isKnown ? former : nil)
    }
    guard place.start == address, region.pointee.roles?[place.page] != PageRole.frames else {
      return refuse(.notABlock, address, region, place)
    }
    inspectLive(region, place)
    guard fault == nil else { return nil }
    if let record = region.pointee.record(place.record) {
      record.pointee.isFreed = true
      record.pointee.freed = site.caller
    }
    let isLarge = place.capacity > SizeClass.largest
    if isLarge { region.pointee.roles?[place.page] = PageRole.freedLarge }
    let poisoned = isLarge ? Self.largePoison : place.capacity
    Pattern.fill(address, address &+ UInt(bitPattern: poisoned), Pattern.freed)
    return heap.free(pointer)
  }

  /// The bytes that were asked for at `pointer`; 0 if it is not the start of a block in use.
  public borrowing func usableSize(_ pointer: UnsafeRawPointer) -> Int {
    let address = UInt(bitPattern: pointer)
    let capacity = heap.usableSize(pointer)
    guard capacity > 0, let region = heap.region(of: address),
      let place = region.pointee.place(around: address),
      let record = region.pointee.record(place.record)
    else { return 0 }
    // Frames have no record, and are usable to the last byte.
    if region.pointee.roles?[place.page] == PageRole.frames { return capacity }
    return record.pointee.size
  }

  /// Takes a run of pages, as `Heap.takePages`; nothing is kept from it for checks.
  public mutating func takePages(
    _ count: Int, alignment: Int = 4096
  ) -> UnsafeMutableRawPointer? {
    guard let pointer = heap.takePages(count, alignment: alignment) else { return nil }
    let address = UInt(bitPattern: pointer)
    if let region = heap.region(of: address), let place = region.pointee.place(around: address) {
      claim(region, place, as: PageRole.frames)
    }
    return pointer
  }

  /// Gives a run of pages back, as `Heap.givePages`.
  @discardableResult
  public mutating func givePages(_ start: UnsafeMutableRawPointer, count: Int) -> HeapMisuse? {
    let address = UInt(bitPattern: start)
    if let region = heap.region(of: address), let place = region.pointee.place(around: address),
      region.pointee.roles?[place.page] != PageRole.frames
    {
      return refuse(.notABlock, address, region, place)
    }
    return heap.givePages(start, count: count)
  }

  /// Looks at every block: the end of each in use, the contents of each that is free.
  ///
  /// The first misuse ever noticed, nil if there is none. Cost: in proportion to memory in use.
  public mutating func check() -> HeapFault? {
    var next = heap.first
    while let region = next {
      var page = 0
      while page < region.pointee.top {
        checkPage(region, page)
        page &+= max(Int(region.pointee.entries[page].pages), 1)
      }
      for page in region.pointee.top..<region.pointee.initialised {
        inspectFormerLarge(region, page)
      }
      next = region.pointee.next
    }
    return fault
  }

  /// What the heap holds and what happened so far.
  public var statistics: HeapStatistics { heap.statistics }
  /// How the heap's pages are used.
  public var pageStatistics: PageStatistics { heap.pageStatistics }
  /// The blocks in use, as `Heap.liveBlock`.
  public borrowing func liveBlock(after address: UInt, atLeast size: Int) -> UInt? {
    heap.liveBlock(after: address, atLeast: size)
  }
  /// The state of a size class.
  public borrowing func statistics(ofClass index: Int) -> ClassStatistics? {
    heap.statistics(ofClass: index)
  }
}

extension CheckedHeap {
  /// Gives the pages of a block a role, having looked at freed large blocks that stood there.
  private mutating func claim(
    _ region: UnsafeMutablePointer<Region>, _ place: BlockPlace, as role: UInt8
  ) {
    let isSlab = Int(role) <= SizeClass.count
    for page in place.page..<place.page &+ max(place.capacity / Page.size, 1) {
      inspectFormerLarge(region, page)
      region.pointee.roles?[page] = role
    }
    if isSlab {
      region.pointee.record(place.page &* Region.recordsPerPage)?
        .initialize(repeating: .blank, count: Region.recordsPerPage)
    }
  }

  private mutating func checkPage(_ region: UnsafeMutablePointer<Region>, _ page: Int) {
    let entry = region.pointee.entries[page]
    let start = region.pointee.address(ofPage: page)
    switch entry.state {
    case .slab:
      let size = UInt(region.pointee.classes[Int(entry.sizeClass)].size)
      let count = UInt(region.pointee.classes[Int(entry.sizeClass)].blocks)
      for block in 0..<count {
        guard let place = region.pointee.place(around: start &+ block &* size) else { continue }
        if place.isLive {
          inspectLive(region, place)
        } else {
          inspectFreed(region, place, place.capacity)
        }
      }
    case .large:
      if region.pointee.roles?[page] == PageRole.large,
        let place = region.pointee.place(around: start)
      {
        inspectLive(region, place)
      }
    case .freeHead:
      for free in page..<page &+ Int(entry.pages) { inspectFormerLarge(region, free) }
    case .freeTail, .inner: break
    }
  }

  /// Compares what follows the end of a block in use.
  private mutating func inspectLive(
    _ region: UnsafeMutablePointer<Region>, _ place: BlockPlace
  ) {
    guard let record = region.pointee.record(place.record) else { return }
    let end = place.start &+ UInt(bitPattern: place.capacity)
    let used = place.start &+ UInt(bitPattern: record.pointee.size)
    if let address = Pattern.firstDifference(used, end, Pattern.canary) {
      note(.overrun, address, region, place)
    }
  }

  /// Compares the contents of a freed block.
  private mutating func inspectFreed(
    _ region: UnsafeMutablePointer<Region>, _ place: BlockPlace, _ count: Int
  ) {
    guard region.pointee.record(place.record)?.pointee.isFreed == true else { return }
    let end = place.start &+ UInt(bitPattern: count)
    if let address = Pattern.firstDifference(place.start, end, Pattern.freed) {
      note(.writeAfterFree, address, region, place)
    }
  }

  /// Compares the contents of a freed large block that began at `page`.
  private mutating func inspectFormerLarge(_ region: UnsafeMutablePointer<Region>, _ page: Int) {
    guard region.pointee.roles?[page] == PageRole.freedLarge else { return }
    let start = region.pointee.address(ofPage: page)
    let place = BlockPlace(
      page: page, record: page &* Region.recordsPerPage, start: start, capacity: 0, isLive: false)
    inspectFreed(region, place, Self.largePoison)
  }

  private mutating func refuse(
    _ misuse: HeapMisuse, _ address: UInt, _ region: UnsafeMutablePointer<Region>?,
    _ place: BlockPlace?
  ) -> HeapMisuse {
    note(.refused(misuse), address, region, place)
    return heap.refuse(misuse)
  }

  private mutating func note(
    _ kind: HeapFault.Kind, _ address: UInt, _ region: UnsafeMutablePointer<Region>?,
    _ place: BlockPlace?
  ) {
    guard fault == nil else { return }
    var found = HeapFault(
      kind: kind, block: place?.start ?? address, address: address, size: 0,
      capacity: place?.capacity ?? 0, allocated: CallSite(), freed: 0)
    if let place, let record = region?.pointee.record(place.record)?.pointee,
      region?.pointee.roles?[place.page] != PageRole.frames
    {
      found.size = record.size
      found.allocated = record.allocated
      found.freed = record.isFreed ? record.freed : 0
    }
    fault = found
  }
}
