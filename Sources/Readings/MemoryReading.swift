// Memory: ranges of RAM, the heap, and its size classes added up over the heap's regions.

/// A range of memory and what it is for.
public struct RangeReading: Sendable, Equatable {
  public var start: UInt64
  public var end: UInt64
  public var kind: String

  /// Creates a range.
  public init(start: UInt64, end: UInt64, kind: String) {
    self.start = start
    self.end = end
    self.kind = kind
  }
}

/// A size class of the heap.
public struct ClassReading: Sendable, Equatable {
  /// Bytes of a block.
  public var size: UInt64
  /// Blocks in use.
  public var live: UInt64
  /// Blocks that its pages hold, used or not.
  public var room: UInt64
  /// Pages that hold its blocks.
  public var pages: UInt64

  /// Creates a class.
  public init(size: UInt64, live: UInt64, room: UInt64, pages: UInt64) {
    self.size = size
    self.live = live
    self.room = room
    self.pages = pages
  }
}

extension Reading {
  /// The ranges of memory, those of RAM last.
  public var ranges: [RangeReading] {
    rows("memory.ranges").compactMap { row in
      guard let start = row["start"]?.number, let end = row["end"]?.number else { return nil }
      return RangeReading(start: start, end: end, kind: row["kind"]?.text ?? "")
    }
  }

  /// The size classes that have pages, smallest first.
  public var classes: [ClassReading] {
    var bySize: [UInt64: ClassReading] = [:]
    for row in rows("heap.classes") {
      guard let size = row["size"]?.number, let live = row["live"]?.number,
        let pages = row["pages"]?.number, let blocks = row["blocksPerPage"]?.number, pages > 0
      else { continue }
      var sum = bySize[size] ?? ClassReading(size: size, live: 0, room: 0, pages: 0)
      sum.live &+= live
      sum.pages &+= pages
      sum.room &+= pages &* blocks
      bySize[size] = sum
    }
    return bySize.values.sorted { $0.size < $1.size }
  }

  /// Bytes that the heap's regions span.
  public var heapCapacity: UInt64 {
    rows("heap.regions").reduce(0) { $0 &+ ($1["pages"]?.number ?? 0) &* 4096 }
  }
}
