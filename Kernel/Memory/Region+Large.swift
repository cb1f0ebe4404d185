// Large blocks, and the way from an address to the kind of block that stands there.

/// What giving an address back came to.
enum GiveResult {
  /// A block of so many bytes is free now.
  case freed(Int)
  /// The address is not the start of a block in use; nothing has changed.
  case misuse(HeapMisuse)
}

extension Region {
  /// Takes a block of whole pages, its address.
  mutating func takeLarge(_ pages: Int, alignment: Int) -> UInt? {
    let run =
      alignment <= Page.size ? takeRun(pages) : takeRun(pages, alignment: alignment)
    guard let run else { return nil }
    entries[run].state = .large
    entries[run].pages = UInt32(pages)
    return address(ofPage: run)
  }

  /// Gives the block at `address`, which lies in the region, back.
  @inline(__always)
  mutating func give(_ address: UInt) -> GiveResult {
    let page = Int((address &- base) / UInt(Page.size))
    guard page < top else { return .misuse(.alreadyFree) }
    switch entries[page].state {
    case .slab:
      let size = Int(classes[Int(entries[page].sizeClass)].size)
      if let misuse = giveBlock(at: address, page: page) { return .misuse(misuse) }
      return .freed(size)
    case .large:
      guard address == self.address(ofPage: page) else { return .misuse(.notABlock) }
      let pages = Int(entries[page].pages)
      giveRun(page, pages: pages)
      return .freed(pages &* Page.size)
    case .freeHead, .freeTail: return .misuse(.alreadyFree)
    case .inner: return .misuse(.notABlock)
    }
  }

  /// The bytes of the block at `address`, which lies in the region; 0 if none starts there.
  func usableSize(at address: UInt) -> Int {
    let page = Int((address &- base) / UInt(Page.size))
    guard page < top else { return 0 }
    switch entries[page].state {
    case .slab:
      guard isLiveBlock(at: address, page: page) else { return 0 }
      return Int(classes[Int(entries[page].sizeClass)].size)
    case .large:
      guard address == self.address(ofPage: page) else { return 0 }
      return Int(entries[page].pages) &* Page.size
    case .inner, .freeHead, .freeTail: return 0
    }
  }
}
