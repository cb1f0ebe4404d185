// The bar at the top (screens, target, state) and the one at the bottom (link, symbols, keys).

internal import Bytes
internal import Canvas
internal import Inspect
internal import Live
internal import Session

/// Pieces of a bar that are dropped as a whole where there is no room.
private struct BarPart {
  var spans: [Span]
  /// Lower ones go first.
  var priority: Int
  var width: Int { spans.reduce(0) { $0 + Views.width($1.text) } }
}

func drawTopBar(_ snapshot: Snapshot, _ view: ViewState, _ area: Area, _ canvas: inout Canvas) {
  guard !area.isEmpty else { return }
  canvas.clear(area, style: Style(.plain, on: .bar))
  let tabs = Screen.allCases.flatMap { screen -> [Span] in
    let isShown = screen == view.screen
    return [
      Span(
        tabText(screen, columns: area.columns), isShown ? .title : .quiet,
        on: isShown ? .selection : nil)
    ]
  }
  var target = [Span(snapshot.target.isEmpty ? "no target" : snapshot.target, .title)]
  if !snapshot.kind.isEmpty { target.append(Span(" " + snapshot.kind, .quiet)) }
  var parts = [
    BarPart(spans: tabs, priority: 4), BarPart(spans: [Span("  ")] + target, priority: 1),
  ]
  if snapshot.isReadOnly, !snapshot.isDead {
    parts.append(BarPart(spans: [Span("  read-only", .warning)], priority: 3))
  }
  var state = stateSpans(snapshot)
  if let moment = momentText(snapshot, view) {
    // With little room it takes the state's place, not that of the screens' names.
    if area.columns < roomy {
      let isShort = snapshot.live.recorded == nil || moment.utf8.count > 9
      state = isShort ? [Span(moment, .warning)] : state + [Span(" " + moment, .warning)]
    } else {
      parts.append(BarPart(spans: [Span("  " + moment, .warning)], priority: 6))
    }
  }
  // A long reason gives way to the screens' names, which say how to get to them.
  let tabWidth = parts[0].width + 2
  let most = area.columns > 2 * tabWidth ? area.columns - tabWidth : area.columns
  let stateWidth = min(most, state.reduce(1) { $0 + width($1.text) })
  // The end of a path tells more than nothing at all.
  let name = snapshot.target
  let excess = parts.reduce(0) { $0 + $1.width } - (area.columns - stateWidth - 1)
  if excess > 0, width(name) - excess >= 6 {
    parts[1].spans[1] = Span(tail(name, width(name) - excess), .title)
  }
  fit(&parts, area.columns - stateWidth - 1)
  draw(parts, area, &canvas)
  canvas.draw(
    state, column: max(area.column, area.end - stateWidth), row: area.row, limit: stateWidth,
    on: .bar)
}

/// Columns from which a bar has room for more than it must say.
private let roomy = 96

/// Returns which moment is shown, if it is not the present.
private func momentText(_ snapshot: Snapshot, _ view: ViewState) -> String? {
  guard let shown = Shown(snapshot, view) else { return nil }
  if let recorded = snapshot.live.recorded {
    return "\(clock(shown.moment.taken))/\(clock(recorded.duration))"
  }
  guard view.frozen != nil else { return nil }
  return "FROZEN \(age(milliseconds: shown.milliseconds)) back"
}

/// Returns microseconds as minutes and seconds, or hours: `0:45`, `1:02:03`.
private func clock(_ microseconds: Int) -> String {
  let seconds = max(0, microseconds) / 1_000_000
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  let rest = two(seconds % 60)
  return seconds < 3600
    ? "\(seconds / 60):\(rest)" : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(rest)"
}

/// Returns what a screen is called in a top bar of so many columns.
func tabText(_ screen: Screen, columns: Int) -> String {
  // At 80 columns they leave room for the state.
  let first = columns >= roomy ? " " : ""
  return columns >= 60 ? first + "\(screen.rawValue) \(screen.name) " : " \(screen.rawValue) "
}

/// Returns the state in words, with a mark.
func stateSpans(_ snapshot: Snapshot) -> [Span] {
  if snapshot.live.recorded != nil { return [Span("● recording", .warning)] }
  return switch snapshot.state {
  case .stopped(let reason) where snapshot.isDead:
    [Span("■ dead", .error), Span(reason.signal > 0 ? ", " + signalName(reason.signal) : "")]
  case .running: [Span("▸ running", .good)]
  case .stopped(let reason):
    [
      Span("■ stopped", .warning),
      Span(", " + (snapshot.stopNote.isEmpty ? words(reason) : snapshot.stopNote), .plain),
    ]
  case .ended(.exited(let status)): [Span("■ exited", .error), Span(" with status \(status)")]
  case .ended(.killed(let signal)): [Span("■ killed", .error), Span(" by " + signalName(signal))]
  case .lost(let why): [Span("✗ lost", .error), Span(why.isEmpty ? "" : ": " + why, .plain)]
  }
}

private func words(_ reason: StopReason) -> String {
  switch reason.cause {
  case .signal: signalName(reason.signal)
  case .breakpoint: "breakpoint"
  case .watchpoint(let kind, let address):
    (kind == .read ? "read" : kind == .access ? "access" : "write") + " of " + address.hex
  case .request: "on request"
  }
}

/// Returns gdb's name of a signal in its own numbering.
private func signalName(_ number: Int) -> String {
  switch number {
  case 2: "SIGINT"
  case 4: "SIGILL"
  case 5: "SIGTRAP"
  case 6: "SIGABRT"
  case 8: "SIGFPE"
  case 9: "SIGKILL"
  case 10: "SIGBUS"
  case 11: "SIGSEGV"
  case 15: "SIGTERM"
  default: "signal \(number)"
  }
}

func drawBottomBar(
  _ snapshot: Snapshot, _ view: ViewState, _ area: Area, _ canvas: inout Canvas
) {
  guard !area.isEmpty else { return }
  canvas.clear(area, style: Style(.plain, on: .bar))
  let separator = Span("  ")
  var parts = [
    BarPart(spans: [Span(" ")] + linkSpans(snapshot, view), priority: 5),
    BarPart(spans: [separator] + symbolSpans(snapshot), priority: 4),
  ]
  let statistics = snapshot.link.statistics
  let losses = statistics.retransmissions
  if snapshot.live.recorded == nil, !snapshot.isDead {
    parts.insert(
      BarPart(
        spans: [separator, Span("\(losses) lost", losses > 0 ? .warning : .quiet)],
        priority: losses > 0 ? 3 : 1), at: 1)
  }
  if statistics.unexpected > 0 {
    parts.append(
      BarPart(spans: [separator, Span("\(statistics.unexpected) stray", .quiet)], priority: 0))
  }
  let known = parts.reduce(0) { $0 + $1.width }
  let hints = keyHints(snapshot, view, room: area.columns - known - 2)
  let hintWidth = hints.reduce(0) { $0 + width($1.text) }
  fit(&parts, area.columns - hintWidth)
  draw(parts, area, &canvas)
  canvas.draw(hints, column: area.end - hintWidth, row: area.row, limit: hintWidth, on: .bar)
}

/// Returns keys worth knowing here, as many as there is room for; always how to get all of them.
private func keyHints(_ snapshot: Snapshot, _ view: ViewState, room: Int) -> [Span] {
  guard view.question == nil else { return [] }
  let keys: [(String, String)] =
    switch view.focus {
    case .prompt: [("Tab", "complete"), ("Esc", "panes")]
    case .source, .disassembly: [("b", "breakpoint"), ("Enter", "run to"), ("z", "zoom")]
    case _ where view.frozen != nil && view.focus.isTimed && !view.focus.isLive:
      [("[ ]", "back, on"), ("space", "go on"), ("/", "search"), ("z", "zoom")]
    case _
    where view.screen == .memory && !view.focus.isLive
      && !snapshot.live.history.moments.isEmpty:
      [("@", "look at"), ("/", "search"), ("space", "freeze"), ("z", "zoom")]
    case .dump, .map: [("@", "look at"), ("/", "search"), ("z", "zoom")]
    case .functions:
      [("Enter", "source"), ("/", "filter"), ("<>", "sort"), ("t", "time"), ("d", "mark")]
    case .flame:
      [
        ("Enter", "zoom"), ("u", "out"), ("/", "search"), ("i", "idle"), ("w", "waiting"),
        ("e", "each"),
      ]
    case .timeline where view.frozen != nil, _ where view.focus.isLive && view.frozen != nil:
      [("[ ]", "back, on"), ("space", "go on")]
    case .findings: [("Enter", "look there"), ("space", "freeze"), (":", "command")]
    case .counters, .handlers: [("space", "freeze"), ("/", "filter"), ("< >", "sort")]
    case .log: [("space", "freeze"), ("/", "filter"), ("< >", "level"), ("Enter", "time line")]
    case .timeline: [("space", "freeze"), ("[ ]", "back, on"), ("+ -", "zoom")]
    case .slowest: [("Enter", "time line"), ("space", "freeze"), ("[", "look back")]
    case .vitals, .connections, .histogram, .heap, .ranges, .fiberStacks:
      [("space", "freeze"), ("[", "look back"), (":", "command")]
    case _ where snapshot.state == .running:
      [("C-c", "stop"), (":", "command")]
    case _ where snapshot.isDead: [("m", "memory"), ("/", "search"), (":", "command")]
    case .threads, .frames, .registers, .breakpoints, .locals:
      [("c", "continue"), ("n", "next"), ("s", "step"), ("m", "memory"), (":", "command")]
    }
  var hints = [Span("? ", .key), Span("help ", .quiet)]
  var used = 7
  for (key, text) in (keys + [("Tab", "pane")]).prefix(view.focus == .prompt ? 2 : 6) {
    let length = width(key) + width(text) + 3
    guard used + length <= room else { break }
    used += length
    hints.insert(
      contentsOf: [Span(key + " ", .key), Span(text + "  ", .quiet)], at: hints.count - 2)
  }
  return hints
}

private func linkSpans(_ snapshot: Snapshot, _ view: ViewState) -> [Span] {
  if let recorded = snapshot.live.recorded {
    return [Span("recorded of ", .quiet), Span(recorded.name)]
  }
  if snapshot.isDead { return [Span("dead: as it ended", .quiet)] }
  let link = snapshot.link
  if case .lost = snapshot.state {
    return [
      Span("link lost", .error), Span(" \(age(milliseconds: link.ageMilliseconds)) ago", .quiet),
    ]
  }
  var spans = [Span("link ", .quiet)]
  if link.statistics.roundTrips > 0 {
    spans.append(Span(duration(microseconds: link.statistics.lastRoundTripMicroseconds)))
  } else {
    spans.append(Span("up"))
  }
  let seen = age(milliseconds: link.ageMilliseconds)
  let live = snapshot.live
  if link.isStale, snapshot.state == .running, live.reading != nil, view.screen.isTold {
    // The link is silent while the target runs; what is shown does not come over it.
    let read = age(milliseconds: live.ageMilliseconds)
    spans +=
      live.isStale
      ? [Span("  stale", .warning), Span(" \(read) old", .warning)]
      : [Span("  read \(read) ago", .quiet)]
  } else if link.isStale {
    spans += [Span("  stale", .warning), Span(" \(seen) old", .warning)]
  } else {
    spans.append(Span("  heard \(seen) ago", .quiet))
  }
  return spans
}

private func symbolSpans(_ snapshot: Snapshot) -> [Span] {
  func short(_ id: BuildID) -> String { String(id.hex.prefix(8)) }
  return switch snapshot.symbols {
  case .none: [Span("no symbols", .warning)]
  case .matched(let id, _):
    [Span("build ", .quiet), Span(short(id)), Span(" symbols match", .good)]
  case .unverified(let path):
    [Span("symbols ", .quiet), Span(baseName(path)), Span(" unverified", .warning)]
  case .mismatched(let target, let file, _):
    [
      Span("build ", .quiet), Span(short(target)),
      Span(" symbols are of \(short(file))", .error),
    ]
  case .missing(let id): [Span("build ", .quiet), Span(short(id)), Span(" no symbols", .warning)]
  }
}

/// Drops parts, lowest priority first, until the others fit.
private func fit(_ parts: inout [BarPart], _ room: Int) {
  while parts.reduce(0, { $0 + $1.width }) > room, let lowest = parts.map(\.priority).min() {
    parts.removeAll { $0.priority == lowest }
  }
}

private func draw(_ parts: [BarPart], _ area: Area, _ canvas: inout Canvas) {
  canvas.draw(
    parts.flatMap(\.spans), column: area.column, row: area.row, limit: area.columns, on: .bar)
}
