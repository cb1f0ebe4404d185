// Memory as it stands in a file: which part of the file is which part of memory.

/// A range of memory, and where in the file it stands.
public struct CoreSegment: Hashable, Sendable {
  /// The address of its first byte.
  public var start: UInt64
  /// Its size in bytes.
  public var size: UInt64
  /// The place of its first byte in the file.
  public var offset: UInt64

  /// Creates a segment.
  public init(start: UInt64, size: UInt64, offset: UInt64) {
    self.start = start
    self.size = size
    self.offset = offset
  }
}

/// Memory that is read out of a file.
public struct AddressSpace {
  /// The file.
  public let source: any ByteSource
  /// The segments that have bytes in the file, by address. Where two overlap the later one counts.
  public let segments: [CoreSegment]

  /// The memory that these segments of a file make up. What is beyond the file's end is not there.
  public init(_ source: any ByteSource, _ segments: [CoreSegment]) {
    self.source = source
    let size = source.size
    self.segments = segments.compactMap { segment in
      guard segment.offset < size else { return nil }
      var known = segment
      known.size = min(known.size, size - segment.offset, UInt64.max - segment.start)
      return known.size > 0 ? known : nil
    }
    .sorted { ($0.start, $0.offset) < ($1.start, $1.offset) }
  }

  /// Reads `count` bytes at `address`; fewer where memory ends or the next segment begins.
  ///
  /// Costs a read of the file, more where several segments adjoin.
  public func read(at address: UInt64, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var position = address
    while bytes.count < count, let segment = segment(at: position) {
      let inside = position - segment.start
      let wanted = min(UInt64(count - bytes.count), segment.size - inside)
      let part = source.read(at: segment.offset &+ inside, count: Int(wanted))
      bytes += part
      guard UInt64(part.count) == wanted else { break }
      position &+= wanted
    }
    return bytes
  }

  /// The segment that an address is in.
  public func segment(at address: UInt64) -> CoreSegment? {
    var (low, high) = (0, segments.count)
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].start <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let segment = segments[low - 1]
    return address - segment.start < segment.size ? segment : nil
  }

  /// Visits the memory that is not known to hold zeros only, in pieces of at most `most` bytes (a
  /// multiple of 4,096) that begin on pages, until `body` gives something.
  public func firstData<Found>(
    most: Int, _ body: (_ address: UInt64, _ bytes: [UInt8]) -> Found?
  ) -> Found? {
    for segment in segments {
      var inside = (0 &- segment.start) & 4095
      while inside < segment.size {
        guard let data = source.nextData(from: segment.offset + inside),
          data < segment.offset + segment.size
        else { break }
        // Back to the page that the data is in.
        if data > segment.offset + inside {
          let found = data - segment.offset
          inside = max(inside, found - min(found, (segment.start &+ found) & 4095))
        }
        let count = min(UInt64(most), segment.size - inside)
        let bytes = source.read(at: segment.offset + inside, count: Int(count))
        if let found = body(segment.start &+ inside, bytes) { return found }
        guard UInt64(bytes.count) == count else { break }
        inside += count
      }
    }
    return nil
  }
}
