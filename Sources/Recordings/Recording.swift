// A recording as a line of moments. What frames say is rebuilt from the last place where reading can
// begin; going forward from the moment before costs that moment's frames only.

public import Cores
internal import JSON
public import Readings
public import Telemetry

/// Why a file is no recording that can be read.
public struct RecordingError: Error, Equatable, Sendable {
  /// What to tell the user.
  public var message: String
}

/// A recorded instance.
public final class Recording {
  /// What was recorded.
  public let origin: RecordingOrigin
  /// Why it ended; nil if it did not end in order, so that its last moments may be missing.
  public let ending: RecordingEnd?
  /// Bytes at the file's end that are no whole chunk, or beyond the most chunks that are looked at.
  public let unread: UInt64
  /// Whether there are more chunks than are looked at: then nothing is wrong with those bytes.
  public let isTooLong: Bool
  /// The moments of its readings in microseconds since it began, in order.
  public private(set) var moments: [UInt64] = []
  /// The end of what it tells of, in microseconds since it began.
  public let end: UInt64

  private let source: any ByteSource
  private let chunks: [ChunkPlace]
  /// The chunk with which each moment's round ends, and the first frame that leads to it.
  private var rounds: [(chunk: Int, key: Int)] = []
  private var copy = TelemetryCopy(limit: 1 << 20)
  /// The chunk up to which `copy` has been built, and from which first frame on.
  private var built: (chunk: Int, key: Int)?

  /// The ring of samples, as the first chunk of them has it.
  private lazy var ring: SampleRing? = chunks.first { $0.kind == ChunkKind.samples.rawValue }
    .flatMap { RecordingFormat.payload($0, in: source) }.flatMap { SampleRing($0) }

  /// The most chunks that are looked at: some days.
  public static let mostChunks = 1 << 22
  /// The latest time that is believed, in microseconds: 35 years.
  static let latest: UInt64 = 1 << 50

  /// Reads a recording's chunks, at most so many, but not what they hold.
  public init(
    _ source: any ByteSource, most: Int = Recording.mostChunks
  ) throws(RecordingError) {
    self.source = source
    let header = source.read(at: 0, count: RecordingFormat.header.count)
    guard header.prefix(8) == RecordingFormat.header.prefix(8) else {
      throw RecordingError(message: "it is no recording")
    }
    guard header == RecordingFormat.header else {
      throw RecordingError(message: "it is a recording of a version that this one cannot read")
    }
    var chunks: [ChunkPlace] = []
    var offset = UInt64(header.count)
    while chunks.count < most,
      let place = RecordingFormat.place(at: offset, in: source),
      place.time >= chunks.last?.time ?? 0, place.time <= Self.latest
    {
      chunks.append(place)
      offset += UInt64(place.size + 20)
    }
    guard let first = chunks.first, first.kind == ChunkKind.origin.rawValue,
      let payload = RecordingFormat.payload(first, in: source),
      let origin = RecordingOrigin(payload)
    else { throw RecordingError(message: "the recording does not say what it is of: it is cut") }
    self.origin = origin
    self.chunks = chunks
    unread = source.size - min(offset, source.size)
    isTooLong = chunks.count >= most && RecordingFormat.place(at: offset, in: source) != nil
    let last = chunks.last { $0.kind == ChunkKind.end.rawValue }
      .flatMap { RecordingFormat.payload($0, in: source) }
      .flatMap { try? JSONValue.parse($0)["why"]?.string }
    ending = unread > 0 ? nil : last.flatMap { RecordingEnd(rawValue: $0) }
    end = chunks.last?.time ?? 0
    findRounds()
    if moments.isEmpty { throw RecordingError(message: "nothing had been recorded yet") }
  }

  /// A round is the frames of one time.
  private func findRounds() {
    var key: Int?
    for (index, chunk) in chunks.enumerated() {
      switch ChunkKind(rawValue: chunk.kind) {
      case .firstFrame: key = index
      case .frame: break
      default: continue
      }
      guard let key else { continue }
      if moments.last == chunk.time {
        rounds[rounds.count - 1] = (index, key)
      } else {
        moments.append(chunk.time)
        rounds.append((index, key))
      }
    }
  }

  /// The number of the last reading at or before a time; the first one for earlier times.
  public func index(at time: UInt64) -> Int {
    var (low, high) = (0, moments.count)
    while low < high {
      let middle = (low + high) / 2
      if moments[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// The numbers of the readings at which reading can begin: finding one of those is quick.
  public var beginnings: [Int] {
    rounds.indices.filter { $0 == 0 || rounds[$0].key != rounds[$0 - 1].key }
  }

  /// The reading with a number, without the rows that nobody wants (see `Reading`); nil if it is
  /// damaged, or was cut off. `taken` is its time.
  ///
  /// Costs its own frames where the one before was read last, else up to 30 seconds of frames.
  public func reading(
    _ index: Int, wanting: (_ name: String, _ count: UInt64) -> Bool = { _, _ in true }
  ) -> Reading? {
    let found: Reading?? = withMemory(index) { copy, root in
      Reading(at: root, in: copy, wanting: wanting)
    }
    guard var reading = found ?? nil else { return nil }
    reading.taken = Int(clamping: moments[index])
    reading.time = copy.time
    return reading
  }

  /// What frames have left out of the readings, up to the last one that was read.
  public var losses: TelemetryCopy.Statistics { copy.statistics }

  /// Hands over the memory of which a reading is, and where its root block is; nil as `reading`.
  public func withMemory<Result>(
    _ index: Int, _ body: (_ copy: TelemetryCopy, _ root: UInt64) -> Result
  ) -> Result? {
    guard rounds.indices.contains(index) else { return nil }
    let (last, key) = rounds[index]
    var next = key
    if let built, built.key == key, built.chunk <= last {
      next = built.chunk + 1
    } else {
      copy = TelemetryCopy(limit: 1 << 20)
    }
    built = nil
    var isWhole = next > last
    while next <= last {
      let kind = ChunkKind(rawValue: chunks[next].kind)
      if kind == .firstFrame || kind == .frame {
        guard let frame = RecordingFormat.payload(chunks[next], in: source) else { return nil }
        isWhole = copy.received(frame[...]) == .round
      }
      next += 1
    }
    built = (last, key)
    guard isWhole || copy.isTrue, let root = copy.root else { return nil }
    return body(copy, root.address)
  }

  /// The same with the single samples that were recorded after the reading `before`, where any were.
  public func withSamples<Result>(
    _ index: Int, after before: Int, _ body: (_ memory: SampledMemory, _ root: UInt64) -> Result
  ) -> Result? {
    withMemory(index) { copy, root in
      // Where none were taken there were none, as long as any were recorded.
      var memory = SampledMemory(copy, ring)
      let first = rounds[max(0, min(before + 1, index))].chunk
      let end = index + 1 < rounds.count ? rounds[index + 1].chunk : chunks.count
      for place in chunks[first..<max(first, end)]
      where place.kind == ChunkKind.samples.rawValue && place.time <= moments[index] {
        if let payload = RecordingFormat.payload(place, in: source) { memory.add(payload) }
      }
      return body(memory, root)
    }
  }

  /// What the console printed from one time up to another, the last `limit` bytes of it.
  public func console(
    from begin: UInt64 = 0, upTo time: UInt64, limit: Int = 1 << 20
  ) -> [UInt8] {
    var pieces: [[UInt8]] = []
    var count = 0
    for chunk in chunks.reversed()
    where chunk.kind == ChunkKind.console.rawValue && chunk.time <= time
      && chunk.time >= begin && count < limit
    {
      guard let text = RecordingFormat.payload(chunk, in: source) else { continue }
      pieces.append(text)
      count += text.count
    }
    return Array(pieces.reversed().joined().suffix(limit))
  }

  /// What was known beside the readings at a time.
  public func state(at time: UInt64) -> RecordedState {
    let last = chunks.last { $0.kind == ChunkKind.state.rawValue && $0.time <= time }
    let payload = last.flatMap { RecordingFormat.payload($0, in: source) }
    return payload.flatMap(RecordedState.init) ?? RecordedState()
  }
}
