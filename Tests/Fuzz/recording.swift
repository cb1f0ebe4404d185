// modules: Bytes JSON Inspect Cores Telemetry Readings Recordings Symbols Profiling Live
//
// A recording that is anything at all, and one of sound chunks whose payloads are the input: it is
// refused, or gives readings within bounds, the same ones in whatever order they are asked for. Screens
// that look at any moments of it come to an end of reading, and have moments in order.

import Cores
import Live
import Readings
import Recordings

private func read(_ bytes: [UInt8]) {
  guard let recording = try? Recording(ByteArray(bytes)) else { return }
  let count = min(recording.moments.count, 20)
  let forward = (0..<count).map { recording.reading($0)?.entries.count }
  let backward = (0..<count).reversed().map { recording.reading($0)?.entries.count }
  precondition(forward == backward.reversed(), "a reading depends on the one before")
  precondition(recording.console(upTo: recording.end, limit: 100).count <= 100, "console")
  precondition(recording.end <= 1 << 50 && recording.origin.time >= 0, "times")
  _ = recording.state(at: recording.end)
  for index in 0..<count {
    _ = recording.withSamples(index, after: index - 3) { memory, _ in memory.word(at: 0x1000) }
  }
  _ = recording.losses
  precondition(recording.index(at: recording.end) == recording.moments.count - 1, "the last moment")
  look(at: recording)
}

private func look(at recording: Recording) {
  var past = RecordedPast(recording, most: 40, rows: 20)
  let end = Int(clamping: recording.end)
  for time in [end, 0, end / 2, .max, 1, end - end / 8] {
    var steps = 0
    while past.readMore(near: time) {
      steps += 1
      precondition(steps < 20_000, "reading never ends")
    }
    let history = past.history(at: time)
    precondition(
      zip(history.moments, history.moments.dropFirst()).allSatisfy { $0.taken <= $1.taken },
      "moments out of order")
    precondition(history.log.count <= 20 && history.runs.count <= 20, "rows beyond bounds")
  }
  _ = past.note
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  read(input)
  read(RecordingFormat.header + input)
  var sound = RecordingWriter().began(RecordingOrigin(name: "x", source: "memory"))
  var start = 0
  var time: UInt64 = 0
  while start < input.count {
    let end = min(start + 2 + Int(input[start] & 0x3f) * 4, input.count)
    var kind = ChunkKind(rawValue: input[start] >> 6 + 2) ?? .state
    if kind == .state, input[start] & 2 != 0 { kind = .samples }
    time += UInt64(input[start] & 1)
    sound += RecordingFormat.chunk(kind, at: time, Array(input[(start + 1)..<end]))
    start = end
  }
  read(sound)
  return 0
}
