// What a checked heap finds out about a misuse: which block, and who asked for it.

/// Where in a program a block was asked for: the return addresses of the innermost function that
/// is no part of the allocator or the language's runtime, and of the one that called it.
public struct CallSite: Sendable, Equatable {
  /// In the function that asked; 0 if unknown. Images stand below 4 GiB.
  public var caller: UInt32
  /// In that function's caller; 0 if unknown.
  public var outer: UInt32

  /// The site with these return addresses.
  public init(caller: UInt32 = 0, outer: UInt32 = 0) {
    self.caller = caller
    self.outer = outer
  }
}

/// A misuse of the heap, as a checked heap saw it.
public struct HeapFault: Sendable, Equatable {
  /// What was done.
  public enum Kind: Sendable, Equatable {
    /// A byte after the end of a block was written.
    case overrun
    /// A byte of a free block was written.
    case writeAfterFree
    /// An address was freed that cannot be.
    case refused(HeapMisuse)
  }

  /// What was done.
  public var kind: Kind
  /// The first byte of the block; the address itself if no block is known to be there.
  public var block: UInt
  /// The address that was written or freed.
  public var address: UInt
  /// The bytes asked for; 0 if no block is known.
  public var size: Int
  /// The bytes of the block, its size class or whole pages; 0 if no block is known.
  public var capacity: Int
  /// Who asked for the block.
  public var allocated: CallSite
  /// Who freed it, if it is free; 0 if unknown.
  public var freed: UInt32

  /// The misuse in words, for a panic report.
  public var message: StaticString {
    switch kind {
    case .overrun: return "a write beyond the end of a heap block"
    case .writeAfterFree: return "a write to a heap block that was free"
    case .refused(let misuse): return misuse.message
    }
  }
}
