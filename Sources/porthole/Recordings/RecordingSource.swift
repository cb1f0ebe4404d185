// A recording as a source of readings: it has a position in time, and whoever waits for it moves on.

internal import Cores
internal import Glibc
internal import Launcher
internal import Live
internal import Readings
internal import Recordings
internal import Telemetry
internal import TerminalText

/// Readings at the times at which they were recorded.
final class RecordingSource: ReadingSource {
  let kind = "recording"
  /// What the link had lost when it was recorded; what frames had no room for is in the frames.
  var losses: TelemetryCopy.Statistics? {
    let state = recording.state(at: position)
    var losses = recording.losses
    (losses.lost, losses.damaged, losses.skipped) = (state.lostFrames, 0, state.skipped)
    return losses
  }
  /// Whether nothing comes after the position.
  var isStill: Bool { position >= limit }
  let passesAtOnce = true
  let recording: Recording
  /// Microseconds since the recording began, and where it ends for who reads it.
  private(set) var position: UInt64
  let limit: UInt64
  private let path: String

  /// Opens a recording at its end, or so many seconds after its beginning; and `last` seconds before
  /// that, where what happened in them is to be told.
  init(_ path: String, at seconds: Double? = nil, last: Double? = nil) throws {
    let recording = try Self.open(path)
    if let note = Self.cut(recording) { Talk.line("\(path) \(note)") }
    self.recording = recording
    self.path = path
    let end = Double(recording.end) / 1e6
    if let seconds, seconds > end + 0.05 {
      throw Failure(.usage, "--at \(seconds): \(path) has \((end * 10).rounded() / 10) s")
    }
    limit = seconds.map { min(Self.microseconds($0), recording.end) } ?? recording.end
    position = limit - min(limit, Self.microseconds(last ?? 0))
  }

  /// Opens the file.
  static func open(_ path: String) throws -> Recording {
    guard let bytes = FileBytes(path: path) else {
      throw Failure(.nothingThere, "\(path): \(String(cString: strerror(errno)))")
    }
    let recording: Recording
    do throws(RecordingError) {
      recording = try Recording(bytes)
    } catch {
      throw Failure(.usage, "\(path) cannot be read: \(error.message)")
    }
    return recording
  }

  /// What is missing at its end, in words; nil if nothing is.
  static func cut(_ recording: Recording) -> String? {
    guard recording.ending == nil else { return nil }
    if recording.isTooLong {
      return "is longer than is looked at: what comes after "
        + "\(Double(recording.end / 100_000) / 10) s is not shown"
    }
    let end = "at \(Double(recording.end / 100_000) / 10) s"
    return recording.unread > 0
      ? "is cut off, or damaged, \(end): \(Quantity.bytes(recording.unread)) cannot be read"
      : "was not ended in order: it is cut off \(end), or is still being written"
  }

  /// The recording as a target of the dashboard: it has no more than what was told.
  static func target(_ recording: Recording, named name: String) -> CoreTarget {
    let span = RecordedSpan(recording)
    return CoreTarget(
      memory: AddressSpace(ByteArray([]), []), threads: [], name: name,
      kind: "of \(span.name), \(span.date(at: 0))", absence: "a recording has no stacks",
      refusal: "this is a recording, with nothing to stop, step or change")
  }

  private static func microseconds(_ seconds: Double) -> UInt64 {
    UInt64(max(0, min(seconds, 1e9)) * 1_000_000)
  }

  func take(wanting: (String, UInt64) -> Bool) throws -> Reading {
    guard let reading = recording.reading(recording.index(at: position), wanting: wanting) else {
      throw Failure(.no, "\(path) is damaged at \(Double(position) / 1e6) s; try another --at")
    }
    return reading
  }

  func follow(_ tables: inout ProfileTables) -> Bool {
    recording.withMemory(recording.index(at: position)) { copy, root in
      tables.look(at: root, in: copy)
    } ?? false
  }

  /// Goes on to the next reading; false at the end.
  func goOn() -> Bool {
    let next = recording.index(at: position) + 1
    guard next < recording.moments.count, recording.moments[next] <= limit else {
      position = limit
      return false
    }
    position = recording.moments[next]
    return true
  }

  func idle(milliseconds: Int) throws {
    position = min(limit, position + UInt64(milliseconds) * 1000)
  }

  func age(of reading: Reading) -> Int {
    max(0, time(nil) - recording.origin.time) * 1_000_000 - reading.taken
  }

  func end() {}
}

extension RecordedSpan {
  /// The whole of a recording.
  init(_ recording: Recording) {
    self.init(
      name: recording.origin.name, begin: recording.origin.time,
      duration: Int(clamping: recording.end))
    note = RecordingSource.cut(recording) ?? ""
  }
}
