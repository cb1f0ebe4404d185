// The receiver: frames in, and a copy of the words they tell of, which is read like any memory.
// Whatever arrives, it stays within its bounds and never traps.

/// A copy of what an instance publishes, built from frames.
public struct TelemetryCopy: TelemetryMemory, Sendable {
  /// What a frame has done.
  public enum Outcome: Equatable, Sendable {
    /// The round goes on with the next frame.
    case part
    /// The copy is what the memory was at `time`.
    case round
    /// The round is over, but something was lost: the copy is of no use before the next snapshot.
    case stale
    /// The frame makes no sense.
    case damaged
  }

  /// Nanoseconds since boot in the latest frame.
  public private(set) var time: UInt64 = 0
  /// Whether every word is as it was sent; false until the first snapshot is whole.
  public private(set) var isTrue = false
  /// Counters of the link.
  public private(set) var statistics = Statistics()

  private var words: [UInt64: UInt64] = [:]
  /// Where a root block's magic came, on a boundary where one may begin.
  private var rootAddress: UInt64?
  private let limit: Int
  private var expected: UInt64 = 0
  /// Whether a snapshot is under way of which nothing is missing.
  private var isSnapshot = false

  /// What happened on the link since the request.
  public struct Statistics: Equatable, Sendable {
    public var frames: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Frames that were sent and did not arrive.
    public var lost: UInt64 = 0
    /// Frames that made no sense.
    public var damaged: UInt64 = 0
    /// Rounds that the sender left out because the link was busy.
    public var skipped: UInt64 = 0
    /// Words that the sender left out of each round for want of room.
    public var unkept: UInt64 = 0
  }

  /// An empty copy of at most `limit` words.
  public init(limit: Int = 1 << 17) { self.limit = limit }

  public func word(at address: UInt64) -> UInt64? { words[address] }

  /// The addresses of all words, in no order.
  public var addresses: some Sequence<UInt64> { words.keys }

  /// The root block; nil before it has come.
  public var root: Root? { rootAddress.flatMap { Root(at: $0, in: self) } }

  /// Takes one frame: what stands in a notification after `Porthole:`.
  public mutating func received(_ frame: ArraySlice<UInt8>) -> Outcome {
    statistics.frames &+= 1
    statistics.bytes &+= UInt64(frame.count)
    var position = frame.startIndex + 1
    guard let flags = frame.first, let number = Varint.take(frame, at: &position),
      let time = Varint.take(frame, at: &position),
      let skipped = Varint.take(frame, at: &position),
      let unkept = Varint.take(frame, at: &position)
    else { return damage() }
    if number != expected {
      statistics.lost &+= number > expected ? number - expected : 0
      isTrue = false
      isSnapshot = false
    }
    expected = number &+ 1
    self.time = time
    statistics.skipped = skipped
    statistics.unkept = unkept
    if flags & FrameFlags.beginsSnapshot != 0 { isSnapshot = true }
    guard receivedRuns(frame, &position) else { return damage() }
    guard flags & FrameFlags.endsRound != 0 else { return .part }
    if isSnapshot { isTrue = true }
    isSnapshot = false
    return isTrue ? .round : .stale
  }

  private mutating func damage() -> Outcome {
    statistics.damaged &+= 1
    isTrue = false
    isSnapshot = false
    return .damaged
  }

  private mutating func receivedRuns(_ frame: ArraySlice<UInt8>, _ position: inout Int) -> Bool {
    var next: UInt64 = 0
    while position < frame.endIndex {
      guard let gap = Varint.takeZigzag(frame, at: &position), position < frame.endIndex,
        let mode = RunMode(rawValue: frame[position] >> 6)
      else { return false }
      let count = UInt64(frame[position] & 0x3f) + 1
      position += 1
      next &+= gap
      for _ in 0..<count {
        let address = next &<< 3
        guard let value = value(mode, at: address, frame, &position) else { return false }
        if words.count < limit || words[address] != nil { words[address] = value }
        if value == RootLayout.magic, address % RootLayout.alignment == 0 { rootAddress = address }
        next &+= 1
      }
    }
    return true
  }

  private func value(
    _ mode: RunMode, at address: UInt64, _ frame: ArraySlice<UInt8>, _ position: inout Int
  ) -> UInt64? {
    switch mode {
    case .difference:
      return Varint.takeZigzag(frame, at: &position).map { (words[address] ?? 0) &+ $0 }
    case .absolute: return Varint.take(frame, at: &position)
    case .raw:
      guard frame.endIndex - position >= 8 else { return nil }
      defer { position += 8 }
      return (0..<8).reduce(0) { $0 | UInt64(frame[position + $1]) << UInt64($1 * 8) }
    }
  }
}
