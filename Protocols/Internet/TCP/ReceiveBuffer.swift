// What has arrived: bytes in order for the user, and beyond gaps what will be when they are filled.
// Owns the window: what has been offered once is never taken back, and it opens in steps that are
// worth a segment (RFC 9293, section 3.8.6.2.2).

struct ReceiveBuffer {
  /// The next number that is expected (RCV.NXT).
  private(set) var next: SequenceNumber
  /// The end of the window as the peer knows it.
  private(set) var edge: SequenceNumber
  private var ring: ByteRing
  private var gaps = SequenceRanges()
  /// The range that changed last: it goes first in a selective acknowledgment (RFC 2018, section 4).
  private var latest: SequenceNumber?
  private let scale: UInt8

  init(next: SequenceNumber, limit: Int, scale: UInt8) {
    self.next = next
    self.scale = scale
    ring = ByteRing(limit: limit)
    edge = next
  }

  /// Bytes that can be read.
  var count: Int { ring.count }
  /// Whether something has arrived beyond a gap.
  var hasGap: Bool { !gaps.isEmpty }
  /// Bytes of memory it has.
  var capacity: Int { ring.capacity }
  /// Bytes that the peer may still send, as it knows.
  var window: Int { max(edge - next, 0) }

  /// How many bits a window of so many bytes is shifted by.
  static func scale(limit: Int) -> UInt8 {
    var scale: UInt8 = 0
    while scale < 14, limit >> Int(scale) > 65_535 { scale += 1 }
    return scale
  }

  /// How far the window could be opened beyond what the peer knows.
  private var opening: Int { next + ring.free - edge }

  /// Whether the window has opened so far that the peer should hear of it now.
  func isWorthTelling(segment: Int) -> Bool {
    opening >= min(ring.limit / 2, 2 * segment) && opening > 0
  }

  /// The window for a segment that is sent now; `isSYN`: without the scale (RFC 7323, section 2.2).
  mutating func offer(segment: Int, isSYN: Bool) -> UInt16 {
    let shift = isSYN ? 0 : Int(scale)
    let target = opening >= min(ring.limit / 2, segment) ? next + ring.free : edge
    let field = min(max(target - next, 0) >> shift, 65_535)
    edge = .later(edge, next + field << shift)
    return UInt16(truncatingIfNeeded: field)
  }

  /// What became of data.
  enum Outcome: Equatable {
    case inOrder
    /// It fills a gap, or makes one: to be acknowledged at once (RFC 5681, section 4.2).
    case outOfOrder
    case duplicate
    /// More gaps than are kept.
    case noRoom
    /// Connections may have no more memory.
    case noMemory
  }

  /// Takes data that begins at `sequence`, as far as it is new and in the window, with at most `memory`
  /// bytes more of memory. In order as much is taken as there is memory for, lest a peer whose segments are
  /// larger than that wait for ever; what of it is left is `noMemory` too.
  mutating func arrived(
    _ sequence: SequenceNumber, _ data: Span<UInt8>, memory: Int = .max
  ) -> Outcome {
    let old = max(next - sequence, 0)
    let count = min(data.count, edge - sequence)
    guard old < count else { return .duplicate }
    var fresh = data.extracting(old..<count)
    let offset = sequence + old - next
    guard ring.count + offset + fresh.count <= ring.limit else { return .noRoom }
    let fits = ring.growth(for: ring.count + offset + fresh.count) <= memory
    if !fits {
      let room = min(ring.room(memory: memory), fresh.count)
      guard offset == 0, room > 0 else { return .noMemory }
      fresh = fresh.extracting(0..<room)
    }
    if offset > 0 {
      let range = SequenceRange(sequence + old, sequence + count)
      let before = gaps.total
      guard gaps.insert(range) else { return .noRoom }
      guard gaps.total > before else { return .duplicate }
      latest = range.start
      ring.write(fresh, at: ring.count + offset)
      return .outOfOrder
    }
    ring.write(fresh, at: ring.count)
    ring.extend(by: fresh.count)
    next = next + fresh.count
    guard !gaps.isEmpty else { return fits ? .inOrder : .noMemory }
    if gaps[0].start <= next, gaps[0].end > next {
      ring.extend(by: gaps[0].end - next)
      next = gaps[0].end
    }
    gaps.removeAll(before: next)
    return fits ? .outOfOrder : .noMemory
  }

  /// The peer has finished: its FIN takes a number.
  mutating func finished() { next = next + 1 }

  /// Adds what is there beyond gaps to `options`, at most `limit` ranges, the latest first.
  func acknowledgeSelectively(in options: inout TCPOptions, limit: Int) {
    guard !gaps.isEmpty else { return }
    var first: Int?
    if let latest {
      for index in 0..<gaps.count where gaps[index].start <= latest && latest < gaps[index].end {
        first = index
        options.add(gaps[index])
      }
    }
    for index in 0..<gaps.count where index != first && options.sackCount < limit {
      options.add(gaps[index])
    }
  }

  /// Moves up to `target.count` bytes from the front into `target`; returns how many.
  mutating func read(into target: inout MutableSpan<UInt8>) -> Int {
    let count = min(ring.count, target.count)
    ring.copy(0, count, into: &target, at: 0)
    ring.drop(count)
    return count
  }

  /// Gives the memory back if there is nothing to read. With `pruning` what lies beyond gaps goes too:
  /// the peer still has it, and sends it again (RFC 2018, section 8).
  mutating func releaseIdle(pruning: Bool) {
    guard ring.count == 0, ring.capacity > 0, gaps.isEmpty || pruning else { return }
    release()
  }

  /// Throws away what has arrived, and the memory for it.
  mutating func release() {
    ring.release()
    gaps.removeAll()
  }
}
