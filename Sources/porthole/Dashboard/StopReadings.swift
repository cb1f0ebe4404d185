// What a target behind another stub tells of itself. Such a stub answers only while the target stands,
// and only the session's thread may ask it: that thread reads at each stop that somebody looks at, and the
// reading thread shows what it was handed.

internal import Bytes
internal import Inspect
internal import Readings
internal import Session
internal import Symbols
internal import Synchronization
internal import Telemetry

/// The latest reading of a stop, on its way from one thread to the other.
final class StopReadings: Sendable {
  private let latest = Mutex<(reading: Reading?, note: String)>((nil, ""))

  /// Hands over a reading, or says why there is none.
  func put(_ reading: Reading?, note: String = "") {
    latest.withLock { $0 = (reading ?? $0.reading, note) }
  }

  /// What was put last.
  var current: (reading: Reading?, note: String) { latest.withLock { $0 } }
}

/// Those readings, for the reading thread.
final class StopSource: ReadingSource {
  let kind = "stub"
  let losses: TelemetryCopy.Statistics? = nil
  private let readings: StopReadings

  init(_ readings: StopReadings) { self.readings = readings }

  func take(wanting: (String, UInt64) -> Bool) throws -> Reading {
    let current = readings.current
    if let reading = current.reading, current.note.isEmpty { return reading }
    throw Failure(
      .no,
      current.note.isEmpty
        ? "its stub tells nothing while it runs; Ctrl-C stops it" : current.note)
  }

  func follow(_ tables: inout ProfileTables) -> Bool { false }

  func idle(milliseconds: Int) { Moment.sleep(milliseconds: milliseconds) }

  func end() {}
}

/// Takes those readings, in the session's thread.
struct StopReader {
  private let readings: StopReadings
  private var isWanted = false
  private var isRead = false
  /// When the first one was taken, and what the target's clock said.
  private var first: (taken: Int, time: UInt64)?
  /// When the last one was.
  private var last = 0

  init(_ readings: StopReadings) { self.readings = readings }

  /// Says whether somebody looks at what is read.
  mutating func want(_ isWanted: Bool) { self.isWanted = isWanted }

  /// Notes that the target may have run.
  mutating func ran() { isRead = false }

  /// Reads a target that stands, once a stop, and only for who looks: a round trip a page.
  mutating func look(_ session: Session) {
    guard isWanted, !isRead, case .stopped = session.target.state else { return }
    isRead = true
    guard let root = session.symbols?.data(named: "porthole_root")?.address else {
      let note =
        session.symbols == nil
        ? "where it tells of itself is known by a symbol: name its ELF file with --symbols"
        : "it tells nothing of itself: its program has no porthole_root"
      return readings.put(nil, note: note)
    }
    let memory = StoppedMemory(session.target)
    let reading = Reading(at: root.value, in: memory) { name, _ in
      !ProfileFollower.tables.contains(name)
    }
    guard var reading else {
      return readings.put(nil, note: "it tells nothing of itself, or is just changing that")
    }
    reading.taken = Moment.microseconds
    // Between stops time is the target's own: it may have stood for hours.
    if let first, let time = reading.time, time >= first.time {
      reading.taken = first.taken + Int(clamping: (time - first.time) / 1000)
    } else {
      first = reading.time.map { (reading.taken, $0) }
    }
    // The target's clock is that of its loop's last turn, in which it may have stopped before.
    reading.taken = max(reading.taken, last + 1)
    last = reading.taken
    readings.put(reading)
  }
}
