// The screen's thread: waits for keys and for the session's reports, hands both to the reducer, and
// draws. It never waits for the target: what takes time happens on the session's thread.

internal import Canvas
internal import Glibc
internal import Inspect
internal import Launcher
internal import LineEditor
internal import Live
internal import Readings
internal import Session
internal import Terminal
internal import Views

/// The dashboard on a terminal, from attaching to leaving.
final class DashboardLoop {
  private let terminal: Terminal
  private let requests = Mailbox<SessionRequest>()
  private let reports = Mailbox<SessionReport>()
  private let history = History()
  private var view: ViewState
  private var snapshot = Snapshot()
  private var liveTime = Deadline.now
  private var needs: ScreenNeeds?
  private var isChanged = false
  private var isKeyed = false
  private var lastDrawing = Deadline(milliseconds: 0)
  /// When the snapshot was new, and when its age on the screen is due to change.
  private var snapshotTime = Deadline.now
  private var nextTick = Deadline(milliseconds: 1000)
  /// When a new reading may be drawn.
  private var liveTick = Deadline(milliseconds: 0)
  private var isLeaving = false
  private var readings: ReadingWorker?
  private var end: Failure??

  /// Milliseconds between drawings that only new data asks for.
  private static let dataPause = 100
  /// Milliseconds between drawings that only new readings ask for: as often as a person can read.
  private static let livePause = 500

  /// `moment` is that of a recording which is shown first, in microseconds.
  init(_ terminal: Terminal, at moment: Int? = nil) {
    self.terminal = terminal
    view = ViewState(size: terminal.size)
    view.frozen = moment
    view.prompt.loaded(history: history.lines)
  }

  /// Opens the target on a thread of its own and serves the person until one of the two is done.
  ///
  /// `open` runs on that thread; what it throws ends the dashboard. What `target` tells of itself
  /// is read on another one, and named by `symbols` where the build id does not find them.
  func run(
    _ target: String?, symbols: String? = nil, _ open: @escaping @Sendable () throws -> OpenTarget
  ) throws {
    let (requests, reports) = (requests, reports)
    let readings = ReadingWorker(target, symbols: symbols, reports: reports)
    readings.look(at: view.frozen)
    let reader = WorkerThread { readings.run() }
    self.readings = readings
    defer {
      readings.end()
      reader?.join()
    }
    let worker = WorkerThread {
      do {
        SessionWorker(
          try open(), requests: requests, reports: reports, stacks: readings.stacks,
          stops: readings.stops
        ).run()
      } catch {
        reports.post(.over(Failure(error) ?? Failure(.no, "\(error)")))
      }
    }
    guard let worker else { throw Failure(.no, "cannot start a thread") }
    while end == nil { turn() }
    terminal.close()
    worker.join()
    if let failure = end ?? nil { throw failure }
  }

  private func turn() {
    var entries = [
      pollfd(fd: terminal.inputDescriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: reports.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    _ = poll(&entries, 2, Int32((isChanged ? lastDrawing : nextTick).remaining))
    for report in reports.takeAll() { take(report) }
    if entries[0].revents != 0 { for event in terminal.readEvents() { take(event) } }
    guard isKeyed || (isChanged && lastDrawing.isOver) || nextTick.isOver else { return }
    draw()
  }

  private func draw() {
    var shown = snapshot
    shown.link.ageMilliseconds += (Deadline.now - snapshotTime) / 1_000_000
    shown.live.ageMilliseconds = (Deadline.now - liveTime) / 1_000_000
    terminal.draw(render(shown, view, size: terminal.size, glyphs: terminal.glyphs))
    nextTick = Deadline(milliseconds: 1000)
    liveTick = Deadline(milliseconds: Self.livePause)
    isKeyed = false
    isChanged = false
    lastDrawing = Deadline(milliseconds: Self.dataPause)
    let now = Dashboard.needs(view, snapshot)
    if now != needs {
      needs = now
      requests.post(.needs(now))
      readings?.profile(rate: now.profile, pauses: now.pauses)
    }
  }

  private func take(_ event: InputEvent) {
    isKeyed = true
    perform(Dashboard.handle(event, &view, snapshot))
    readings?.look(at: view.frozen)
  }

  private func perform(_ effects: [DashboardEffect]) {
    for effect in effects { perform(effect) }
  }

  private func perform(_ effect: DashboardEffect) {
    switch effect {
    case .runCommand(let line):
      history.append(line)
      requests.post(.command(line))
    case .selectFrame(let index): requests.post(.selectFrame(index))
    case .selectThread(let id): requests.post(.selectThread(id))
    case .viewMemory(let address, let count): requests.post(.viewMemory(address, count))
    case .viewExpression(let text): requests.post(.viewExpression(text))
    case .search(let pattern, let start, let isBackwards):
      requests.post(.search(pattern, from: start, isBackwards: isBackwards))
    case .viewSource(let path, let line): requests.post(.viewSource(path, line: line))
    case .interrupt: requests.post(.interrupt)
    case .complete(let line): requests.post(.complete(line))
    case .answer(let isYes):
      if isYes { view.hasTakenControl = true }
      requests.post(.answer(isYes))
    case .quit: leave()
    case .suspend: for event in terminal.suspend() { take(event) }
    case .redraw:
      terminal.repaint()
      isKeyed = true
    case .fetch: needs = nil
    }
  }

  /// Asks the session to leave in order; asked again while it does, leaves it to the guardian.
  private func leave() {
    if isLeaving {
      terminal.close()
      Glibc.exit(ExitStatus.done.rawValue)
    }
    isLeaving = true
    requests.post(.leave)
  }

  private func take(_ report: SessionReport) {
    if case .live(let live) = report, live.recorded == nil {
      // A frozen screen changes by the second, in how far back it is.
      if view.frozen == nil { nextTick = liveTick }
    } else {
      isChanged = true
    }
    switch report {
    case .snapshot(let new):
      let old = snapshot
      snapshot = new
      snapshot.live = old.live
      perform(Dashboard.observed(snapshot, after: old, &view))
      snapshotTime = Deadline.now
      // The first one is what the person waits for.
      if snapshot.generation <= 2 { isKeyed = true }
    case .live(let new):
      let old = snapshot
      snapshot.live.take(new, isStanding: snapshot.state != .running)
      // A stub's reading is as old as the stop.
      if new.note.isEmpty,
        new.source != Live.stub || new.reading?.taken != old.live.reading?.taken
      {
        liveTime = Deadline.now
      }
      perform(Dashboard.observed(snapshot, after: old, &view))
    case .output(let lines):
      view.prompt.received(lines)
      isKeyed = true
    case .commandEnded:
      view.prompt.commandEnded()
      isKeyed = true
    case .completions(let candidates, let line):
      view.prompt.received(completions: candidates, for: line)
      isKeyed = true
    case .located(let address): perform(Dashboard.located(address, &view, snapshot))
    case .question(let text): view.question = .command(text)
    case .over(let failure): end = .some(failure)
    }
  }
}
