// The boot information of multiboot2 (Multiboot2 Specification 2.0, sections 3.4 and 3.6): a size,
// then tags, each with a type and a length, aligned to 8 bytes.

extension BootInformation {
  private static let commandLineTag: UInt64 = 1
  private static let memoryMapTag: UInt64 = 6
  private static let oldACPITag: UInt64 = 14
  private static let newACPITag: UInt64 = 15

  /// The most that is read of the structure, which is as much as boot.S keeps of it.
  static let multiboot2Limit: UInt64 = 0x7000

  /// Reads the structure at `address`; nil if it cannot be one.
  ///
  /// A tag that runs out of the structure, or is shorter than its own header, ends the reading and
  /// counts as ignored. At most one step for each 8 bytes.
  @_optimize(size)
  public init?(multiboot2At address: UInt64, in memory: PhysicalWindow) {
    let size = min(memory.integer(address, bytes: 4), Self.multiboot2Limit)
    guard address <= 0xffff_ffff, address & 7 == 0, size >= 16, memory.holds(address, bytes: size)
    else { return nil }
    self.init()
    let end = address &+ size
    var tag = address &+ 8
    while tag &+ 8 <= end {
      let kind = memory.integer(tag, bytes: 4)
      if kind == 0 { return }
      let next = tag &+ memory.integer(tag &+ 4, bytes: 4)
      guard next >= tag &+ 8, next <= end else {
        ignored &+= 1
        return
      }
      if kind == Self.commandLineTag, memory.integer(next &- 1, bytes: 1) == 0, next > tag &+ 8 {
        commandLine = tag &+ 8
      } else if kind == Self.memoryMapTag {
        readMap(from: tag &+ 8, to: next, in: memory)
      } else if kind == Self.newACPITag || kind == Self.oldACPITag && acpiRoot == 0 {
        acpiRoot = tag &+ 8
      }
      tag = (next &+ 7) & ~7
    }
  }

  @_optimize(size)
  private mutating func readMap(from start: UInt64, to end: UInt64, in memory: PhysicalWindow) {
    let size = memory.integer(start, bytes: 4)
    guard size >= 24 else {
      ignored &+= 1
      return
    }
    var entry = start &+ 8  // after the entries' size and version
    while entry &+ size <= end {
      addEntry(entry, in: memory)
      entry &+= size
    }
  }
}
