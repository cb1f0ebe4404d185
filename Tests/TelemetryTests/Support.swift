// An encoder and a receiver, back to back.

import Telemetry
import TestSupport

/// The words of a word-by-word memory as something to follow: what an encoder is given and what
/// comes out at the other end.
struct Pipe {
  var encoder: FrameEncoder
  var copy = TelemetryCopy()
  var frames: [[UInt8]] = []
  var now: UInt64 = 1_000

  init(bits: Int = 11, limit: Int = 1024) { encoder = FrameEncoder(bits: bits, limit: limit) }

  /// Encodes a round and has it received, but for the frames whose place in the round is in `lost`.
  @discardableResult
  mutating func round(
    _ memory: some TelemetryMemory, losing lost: Set<Int> = []
  ) -> TelemetryCopy.Outcome? {
    var outcome: TelemetryCopy.Outcome?
    var isOver = false
    var place = 0
    while !isOver, place < 10_000 {
      isOver = encoder.encode(memory, rootAt: PaperMemory.root, now: now)
      frames.append(encoder.frame)
      if !lost.contains(place) { outcome = copy.received(encoder.frame[...]) }
      place += 1
    }
    now += 500_000_000
    return outcome
  }
}
