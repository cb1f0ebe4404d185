// The list of capabilities (PCI 3.0, section 6.7): a chain of offsets that the device gives. It
// is walked with a bound, so a chain that runs in circles ends.

extension PCIFunction {
  /// Calls `body` with the offset of each capability that has this id, until it returns true.
  ///
  /// Each capability begins at a multiple of 4 from 0x40 on; a chain that leaves this range ends
  /// there. At most 48 are visited, as many as fit.
  public func capabilities(_ id: UInt8, _ body: (UInt8) -> Bool) {
    guard read(6) & 0x10 != 0 else { return }
    var offset = UInt8(truncatingIfNeeded: read(0x34)) & 0xfc
    for _ in 0..<48 {
      guard offset >= 0x40 else { return }
      let header = read(offset)
      if UInt8(truncatingIfNeeded: header) == id, body(offset) { return }
      offset = UInt8(truncatingIfNeeded: header >> 8) & 0xfc
    }
  }

  /// The offset of the first capability with this id.
  public func capability(_ id: UInt8) -> UInt8? {
    var found: UInt8?
    capabilities(id) { offset in
      found = offset
      return true
    }
    return found
  }
}
