// Looking at what is in use, block by block: for the debugger's agent, which finds the tasks of
// the concurrency runtime among the blocks, and has the machine stopped meanwhile.

extension Heap {
  /// The address of the first block in use beyond `address` (0: of all) that has at least `size`
  /// usable bytes; nil after the last. A run of page frames counts as a block.
  ///
  /// Reads only what the heap itself keeps about its pages, so it may be called when an operation
  /// of the heap was interrupted; it then sees that one block or not. Cost: a look at each page in
  /// between.
  public borrowing func liveBlock(after address: UInt, atLeast size: Int) -> UInt? {
    var lowest: UInt?
    var next = first
    while let region = next {
      if let found = region.pointee.liveBlock(after: address, atLeast: size) {
        lowest = min(lowest ?? .max, found)
      }
      next = region.pointee.next
    }
    return lowest
  }
}

extension Region {
  /// As `Heap.liveBlock`, of this region.
  func liveBlock(after address: UInt, atLeast size: Int) -> UInt? {
    let start = self.address(ofPage: 0)
    var page = address < start ? 0 : Int(address &- start) / Page.size
    while page < top {
      if let found = liveBlock(onPage: page, after: address, atLeast: size) { return found }
      let entry = entries[page]
      switch entry.state {
      case .large, .freeHead: page &+= max(Int(entry.pages), 1)
      case .slab, .freeTail, .inner: page &+= 1
      }
    }
    return nil
  }

  private func liveBlock(onPage page: Int, after address: UInt, atLeast size: Int) -> UInt? {
    let entry = entries[page]
    let start = self.address(ofPage: page)
    switch entry.state {
    case .slab:
      let record = classes[Int(entry.sizeClass)]
      guard Int(record.size) >= size else { return nil }
      for block in 0..<UInt(record.blocks) {
        let bits = block < 64 ? entry.freeLow : entry.freeHigh
        let place = start &+ block &* UInt(record.size)
        if place > address, bits & (1 &<< UInt64(block & 63)) == 0 { return place }
      }
      return nil
    case .large:
      return start > address && Int(entry.pages) &* Page.size >= size ? start : nil
    case .freeHead, .freeTail, .inner: return nil
    }
  }
}
