// Readings of a recording: its past, read around the moment that the screens show.

internal import Bytes
internal import Launcher
internal import Live
internal import Profiling
internal import Readings
internal import Recordings
internal import Symbols
internal import Synchronization
internal import Telemetry

extension ReadingWorker {
  /// Reads a recording until it is told to end.
  func play(_ path: String) {
    var player: RecordingPlayer
    do {
      player = RecordingPlayer(try RecordingSource.open(path))
    } catch {
      var live = Live()
      live.note = (Failure(error) ?? Failure(.no)).message
      return reports.post(.live(live))
    }
    var shown: (moment: Int, rate: Int)?
    var isNew = true
    var next = Deadline(milliseconds: 0)
    while !isOver.load(ordering: .relaxed) {
      let wanted = (moment: moment.load(ordering: .relaxed), rate: rate.load(ordering: .relaxed))
      let isMore = player.readMore(near: wanted.moment)
      isNew = isNew || isMore
      let isElsewhere = shown.map { $0 != wanted } ?? true
      if isElsewhere || (isNew && (next.isOver || !isMore)) {
        reports.post(.live(player.live(at: wanted.moment, withProfile: wanted.rate >= 0)))
        shown = wanted
        isNew = false
        next = Deadline(milliseconds: 200)
      }
      if !isMore { Moment.sleep(milliseconds: 20) }
    }
  }
}

/// What the screens show of a recording.
private struct RecordingPlayer {
  private let recording: Recording
  private var past: RecordedPast
  private let names: FrameNames
  private var span: RecordedSpan
  /// What is missing of the file.
  private let note: String
  private var profile: (index: Int, record: ProfileRecord?)?
  private var generation = 0

  /// Microseconds between looks at a profile.
  private static let profileStep: UInt64 = 500_000

  init(_ recording: Recording) {
    self.recording = recording
    past = RecordedPast(recording)
    span = RecordedSpan(recording)
    note = span.note
    let id = BuildID(hex: recording.origin.buildID)
    let symbols = id.flatMap { SymbolCache.path(of: $0) }.flatMap { try? SymbolFile(path: $0) }
    names = FrameNames(symbols)
  }

  mutating func readMore(near moment: Int) -> Bool { past.readMore(near: moment) }

  /// Everything at a moment.
  mutating func live(at moment: Int, withProfile: Bool) -> Live {
    let time = min(UInt64(max(0, moment)), recording.end)
    let index = recording.index(at: time)
    var live = Live()
    generation += 1
    live.generation = generation
    live.source = "recording"
    live.reading = recording.reading(index) { name, _ in !ProfileFollower.tables.contains(name) }
    if live.reading == nil { live.note = "the recording is damaged here" }
    let state = recording.state(at: time)
    let link = recording.losses
    live.losses = LiveLosses(
      lost: state.lostFrames, damaged: 0, skipped: state.skipped, unkept: link.unkept)
    span.status = state.status
    span.note = [note, past.note].filter { !$0.isEmpty }.joined(separator: ", ")
    live.recorded = span
    live.history = past.history(at: Int(clamping: time))
    live.findings = Lints.findings(live.history, at: live.history.place(at: moment))
    guard withProfile else { return live }
    if profile?.index != index { profile = (index, profile(upTo: index)) }
    live.profile = profile?.record
    if live.profile == nil { live.profileNote = "the instance told of no profiler" }
    return live
  }

  /// The profile of the minute before a reading; nil where there is none.
  private func profile(upTo last: Int) -> ProfileRecord? {
    var tables = ProfileTables()
    var recorder = ProfileRecorder(names)
    let end = recording.moments[last]
    let first = recording.index(at: end - min(end, UInt64(ProfileRecord.span) + 2_000_000))
    var next: UInt64 = 0
    var isThere = false
    var before = first
    for index in first...last where recording.moments[index] >= next || index == last {
      next = recording.moments[index] + Self.profileStep
      let isFound = recording.withSamples(index, after: before) { memory, root in
        tables.look(at: root, in: memory)
      }
      before = index
      guard isFound == true else { continue }
      recorder.add(tables, taken: Int(clamping: recording.moments[index]))
      isThere = true
    }
    return isThere ? recorder.record : nil
  }
}
