// What goes into a recording's file, as bytes to append. Frames come out of the encoder that an
// instance's agent uses as well; here it reads a copy or the RAM, so it takes nothing from the guest.

internal import JSON
public import Telemetry

/// Makes the bytes of a recording.
public struct RecordingWriter: Sendable {
  private var encoder = FrameEncoder(bits: 17, limit: 1 << 16)
  /// The time of the latest chunk.
  public private(set) var latest: UInt64 = 0
  private var keyTime: UInt64?
  /// The number of the latest sample that was looked at; nil before the first look.
  var latestSample: UInt64?

  /// Microseconds after which reading can begin anew.
  static let keyPeriod: UInt64 = 30_000_000
  /// The most frames of one reading.
  private static let mostFrames = 256
  /// The most bytes of a frame that says that nothing has changed.
  private static let emptyFrame = 40

  /// A recording that begins now.
  public init() {}

  /// The file's first bytes.
  public func began(_ origin: RecordingOrigin) -> [UInt8] {
    RecordingFormat.header
      + RecordingFormat.chunk(.origin, at: 0, Array(origin.object.text.utf8))
  }

  /// What the instance tells at `time` (microseconds since the beginning), whose own clock says
  /// `now` (nanoseconds since boot). Empty if it cannot be read just now.
  public mutating func looked<M: TelemetryMemory>(
    at memory: M, rootAt root: UInt64, now: UInt64, time: UInt64
  ) -> [UInt8] {
    guard Root(at: root, in: memory)?.generation.isMultiple(of: 2) == true else { return [] }
    var kind = ChunkKind.frame
    if keyTime.map({ time &- $0 >= Self.keyPeriod }) ?? true {
      keyTime = time
      encoder.restart()
      kind = .firstFrame
    }
    let isFirst = kind == .firstFrame
    var bytes: [UInt8] = []
    var isNewRound = true
    for _ in 0..<Self.mostFrames {
      let isOver = encoder.encode(memory, rootAt: root, now: now)
      bytes += chunk(kind, time, encoder.frame)
      kind = .frame
      // Long rings take several rounds; a first frame is to be followed by all of them.
      let isAll = isNewRound && encoder.frame.count <= Self.emptyFrame
      if isOver, !isFirst || isAll { return bytes }
      isNewRound = isOver
    }
    // Without end: begin anew the next time.
    keyTime = nil
    return bytes
  }

  /// The console printed this.
  public mutating func printed(_ text: [UInt8], time: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var start = 0
    while start < text.count {
      let end = min(start + RecordingFormat.mostPayload, text.count)
      bytes += chunk(.console, time, Array(text[start..<end]))
      start = end
    }
    return bytes
  }

  /// What has changed beside the readings.
  public mutating func became(_ state: RecordedState, time: UInt64) -> [UInt8] {
    chunk(.state, time, Array(state.object.text.utf8))
  }

  /// The recording ends in order, for this reason.
  public mutating func ended(_ why: RecordingEnd, time: UInt64) -> [UInt8] {
    var object = JSONObject()
    object["why"] = .string(why.rawValue)
    return chunk(.end, time, Array(object.text.utf8))
  }

  mutating func chunk(_ kind: ChunkKind, _ time: UInt64, _ payload: [UInt8]) -> [UInt8] {
    latest = max(latest, time)
    return RecordingFormat.chunk(kind, at: latest, payload)
  }
}
