// The reading thread: takes readings of the instance for the screens, while the session's thread is
// free to wait for the target. It has a source of its own, so readings go on while a guest hangs,
// stands still or is being stepped.

internal import Launcher
internal import Live
internal import Readings
internal import Synchronization
internal import Telemetry

/// Takes readings until it is told to end.
final class ReadingWorker: Sendable {
  private let target: String?
  /// The file of symbols that was named.
  private let symbols: String?
  let reports: Mailbox<SessionReport>
  /// Stacks of a target that the session's thread stops for them.
  let stacks = StackQueue()
  /// What the session's thread has read at stops of a target whose stub tells nothing else.
  let stops = StopReadings()
  let isOver = Atomic(false)
  /// Samples a second that the Profile screen wants, 0 for none; -1 while nobody wants a profile. And
  /// those that the target is to be stopped for.
  let rate = Atomic(-1)
  let pauses = Atomic(0)
  /// The moment that the screens show, in microseconds; the greatest number for the present.
  let moment = Atomic(Int.max)

  /// Milliseconds between readings, and between those of an instance in which nothing happens, or
  /// whose screens are frozen.
  private static let pause = 250
  private static let rest = 1000
  /// Milliseconds between attempts to find a source, or to read one that failed.
  private static let patience = 1000

  init(_ target: String?, symbols: String?, reports: Mailbox<SessionReport>) {
    self.target = target
    self.symbols = symbols
    self.reports = reports
  }

  /// Ends `run`, within some tenths of a second.
  func end() { isOver.store(true, ordering: .relaxed) }

  /// Has the profile followed, at so many samples a second; nil while nobody looks at one. `pauses` are
  /// those that the target is stopped for.
  func profile(rate: Int?, pauses: Int) {
    self.rate.store(rate ?? -1, ordering: .relaxed)
    self.pauses.store(pauses, ordering: .relaxed)
  }

  /// Looks more seldom, while the screens show an earlier moment; nil is the present. Of a recording it
  /// is that moment that is read.
  func look(at moment: Int?) { self.moment.store(moment ?? .max, ordering: .relaxed) }

  /// Takes readings and reports them; what fails is told once and tried again.
  func run() {
    let place = ReadingPlace(target)
    if case .recording(let path) = place { return play(path) }
    guard place != .link else { return }
    var live = Live()
    var source: (any ReadingSource)?
    var profile = ProfileWatch(place, symbols, stacks)
    defer { profile.leave() }
    var records: UInt64?
    while !isOver.load(ordering: .relaxed) {
      let wish = ProfileWatch.Wish(
        rate: rate.load(ordering: .relaxed), pauses: pauses.load(ordering: .relaxed))
      do {
        if source == nil { source = try place.source() ?? StopSource(stops) }
        guard let source else { break }
        // The log is long, and seldom new. The profile's tables are followed row by row, and only for
        // who looks at them.
        var latest = records
        let reading = try source.take { name, count in
          if name == "log" {
            latest = count
            return count != records
          }
          return !ProfileFollower.tables.contains(name)
        }
        records = latest
        if source.kind == Live.stub, wish.pauses == 0, live.note.isEmpty,
          reading.taken == live.reading?.taken, !isOffering(live, wish)
        {
          wait(milliseconds: Self.pause)
          continue
        }
        let isQuiet = live.note.isEmpty && live.reading?.isTelling(reading) == true
        live.earlier = live.reading
        live.reading = reading
        live.source = source.kind
        live.losses = source.losses.map {
          LiveLosses(
            lost: $0.lost, damaged: $0.damaged, skipped: $0.skipped, unkept: $0.unkept)
        }
        live.note = ""
        profile.watch(source, wish, reading, &live)
        live.generation += 1
        reports.post(.live(live))
        let isSeldom =
          wish.pauses == 0 && (isQuiet || moment.load(ordering: .relaxed) < .max)
        try idle(source, milliseconds: isSeldom ? Self.rest : Self.pause)
      } catch {
        source?.end()
        source = nil
        records = nil
        let note = (Failure(error) ?? Failure(.no)).message
        let isNew = live.note != note
        live.note = note
        let who = place == .stub ? "what answers here" : "the image"
        let isWatched = profile.watchDumb(wish, who, &live)
        if isNew || isWatched {
          live.generation += 1
          reports.post(.live(live))
        }
        wait(milliseconds: isWatched || place == .stub ? Self.pause : Self.patience)
      }
    }
    source?.end()
  }

  /// Whether somebody has come to look at a profile and was told nothing yet.
  private func isOffering(_ live: Live, _ wish: ProfileWatch.Wish) -> Bool {
    wish.rate >= 0 && (live.pauses == nil || (live.pauses?.rate ?? 0) > 0)
  }

  private func idle(_ source: any ReadingSource, milliseconds: Int) throws {
    let deadline = Deadline(milliseconds: milliseconds)
    while !deadline.isOver, !isOver.load(ordering: .relaxed) {
      try source.idle(milliseconds: min(250, deadline.remaining))
    }
  }

  private func wait(milliseconds: Int) {
    let deadline = Deadline(milliseconds: milliseconds)
    while !deadline.isOver, !isOver.load(ordering: .relaxed) { Moment.sleep(milliseconds: 50) }
  }
}

extension Reading {
  /// Whether the other reading tells the same: no counter and no gauge has changed.
  fileprivate func isTelling(_ other: Reading) -> Bool {
    entries.count == other.entries.count
      && zip(entries, other.entries).allSatisfy { $0.number == $1.number }
  }
}
