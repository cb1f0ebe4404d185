// What an application asks of its memory. An image that does not ask carries none of this.

/// The state of memory at one moment. Sizes are in bytes.
public struct MemoryStatistics: Sendable {
  /// The bytes that blocks and page frames can be made from.
  public internal(set) var capacity = 0
  /// The bytes in use.
  public internal(set) var inUse = 0
  /// The most that was ever in use.
  public internal(set) var highWater = 0
  /// The bytes in whole pages that nothing stands in.
  public internal(set) var free = 0
  /// Blocks handed out so far.
  public internal(set) var allocations: UInt64 = 0
  /// Blocks given back so far.
  public internal(set) var frees: UInt64 = 0
  /// Requests that got nothing.
  public internal(set) var failures: UInt64 = 0
  /// Blocks of up to 2,048 bytes, by size; larger ones take whole pages.
  public internal(set) var classes: [SizeClass] = []

  /// Blocks of one size.
  public struct SizeClass: Sendable {
    /// The bytes of a block.
    public internal(set) var size: Int
    /// Blocks in use.
    public internal(set) var live: Int
    /// Blocks that are free in pages that hold blocks of this size.
    public internal(set) var free: Int
  }
}

extension System {
  /// How memory is used now. As a Linux process it has what the C library tells: sizes, and no
  /// counts or classes. Costs an allocation, which it counts, and a walk over the heap's regions.
  public static var memory: MemoryStatistics { platformMemory() }

  /// In a debug image, looks at every block of the heap and panics, naming the block and who
  /// asked for it, if something wrote beyond its end or after it was freed. Else does nothing.
  ///
  /// Cost: in proportion to the memory in use.
  public static func checkHeap() { checkPlatformHeap() }
}
