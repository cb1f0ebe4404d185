// What the heap can tell about itself.

/// Why a pointer could not be freed.
public enum HeapMisuse: UInt8, Sendable, Equatable {
  /// The address lies in none of the heap's regions.
  case notOurs = 1
  /// The address is not the start of a block.
  case notABlock
  /// The block, or the page it stood in, is free already.
  case alreadyFree

  /// The misuse in words, for a panic report.
  public var message: StaticString {
    switch self {
    case .notOurs: return "free of an address outside the heap"
    case .notABlock: return "free of an address that is not the start of a block"
    case .alreadyFree: return "free of a block that is free already"
    }
  }
}

/// The heap's running totals.
struct HeapTotals {
  var inUse = 0
  var highWater = 0
  var allocations: UInt64 = 0
  var frees: UInt64 = 0
  var failures: UInt64 = 0
  var misuses: UInt64 = 0

  /// A block of `bytes` was handed out.
  @inline(__always)
  mutating func took(_ bytes: Int) {
    allocations &+= 1
    inUse &+= bytes
    if inUse > highWater { highWater = inUse }
  }

  /// A block of `bytes` came back.
  @inline(__always)
  mutating func gave(_ bytes: Int) {
    frees &+= 1
    inUse &-= bytes
  }
}

/// What a heap holds, and what happened to it so far. Sizes are in bytes.
public struct HeapStatistics: Sendable {
  /// The bytes in all pages of all regions.
  public var capacity = 0
  /// The bytes in pages that no block stands in.
  public var freePageBytes = 0
  /// The bytes of the blocks in use, as `usableSize` counts them.
  public let inUse: Int
  /// The most that `inUse` ever was.
  public let highWater: Int
  /// Blocks handed out so far.
  public let allocations: UInt64
  /// Blocks given back so far.
  public let frees: UInt64
  /// Requests that got nothing.
  public let failures: UInt64
  /// Calls of `free` that were refused.
  public let misuses: UInt64

  init(_ totals: HeapTotals) {
    inUse = totals.inUse
    highWater = totals.highWater
    allocations = totals.allocations
    frees = totals.frees
    failures = totals.failures
    misuses = totals.misuses
  }
}

/// The state of one size class.
public struct ClassStatistics: Sendable {
  /// The bytes of a block.
  public let size: Int
  /// Blocks in use.
  public var live: Int
  /// Blocks in pages of this class that are free.
  public var free: Int
}
