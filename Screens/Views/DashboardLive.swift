// Keys of the live panes: freezing and looking back, sorting, filtering, and following a finding, a
// handler or a log line to where more is to be seen.

internal import Bytes
internal import Canvas
internal import Inspect
internal import Live
internal import Readings
public import Session

extension Dashboard {
  /// Keys that mean something of their own in live panes; nil for others.
  static func handleLive(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect]? {
    switch key {
    case .character(" "), .character("["), .character("]"), .character("{"), .character("}"):
      _ = handleTime(key, &view, snapshot)
    case .left: scrub(-1, &view, snapshot)
    case .right: scrub(1, &view, snapshot)
    case .character("<"): sort(-1, &view, snapshot)
    case .character(">"): sort(1, &view, snapshot)
    case .character("+"): view.timelineStep = max(0, view.timelineStep - 1)
    case .character("-"):
      view.timelineStep = min(timelineSteps.count - 1, view.timelineStep + 1)
    case .enter: return enterLive(&view, snapshot)
    default: return nil
    }
    return []
  }

  /// Keys that freeze and look back wherever something is shown of which earlier moments are known;
  /// whether it was one.
  static func handleTime(_ key: Key, _ view: inout ViewState, _ snapshot: Snapshot) -> Bool {
    guard !snapshot.live.history.moments.isEmpty else { return false }
    // A long recording is crossed in thirty steps.
    let leap = max(10, (snapshot.live.recorded?.duration ?? 0) / 30_000_000)
    switch key {
    case .character(" "):
      view.frozen = view.frozen == nil ? snapshot.live.history.moments.last?.taken : nil
    case .character("["): scrub(-1, &view, snapshot)
    case .character("]"): scrub(1, &view, snapshot)
    case .character("{"): scrub(-leap, &view, snapshot)
    case .character("}"): scrub(leap, &view, snapshot)
    default: return false
    }
    return true
  }

  /// Shows the moment so many seconds from the one shown; beyond the last one: the present again.
  static func scrub(_ seconds: Int, _ view: inout ViewState, _ snapshot: Snapshot) {
    let moments = snapshot.live.history.moments
    guard let first = moments.first, let last = moments.last else { return }
    let wanted = (view.frozen ?? last.taken) + seconds * 1_000_000
    if seconds > 0, wanted >= last.taken {
      view.frozen = nil
    } else {
      view.frozen = max(first.taken, min(wanted, last.taken))
    }
  }

  private static func sort(_ step: Int, _ view: inout ViewState, _ snapshot: Snapshot) {
    if view.focus == .log {
      view.logLevel = max(0, min(logLevels.count - 1, view.logLevel + step))
      return
    }
    let keys = geometry(view.focus, view, snapshot).pane.sortKeys
    guard !keys.isEmpty else { return }
    let here = keys.firstIndex(of: view.sorts[view.focus] ?? 0) ?? 0
    view.sorts[view.focus] = keys[max(0, min(keys.count - 1, here + step))]
  }

  /// Notes whose histogram is wanted, by name: the order of the rows may change.
  static func chooseHandler(_ index: Int, _ view: inout ViewState, _ snapshot: Snapshot) {
    guard let shown = Shown(snapshot, view) else { return }
    let rows = handlerRows(shown, view)
    guard rows.indices.contains(index) else { return }
    view.handler = rows[index].handler.name
    view.scrolls[.handlers]?.selection = nil
  }

  private static func enterLive(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect]? {
    let index = geometry(view.focus, view, snapshot).pane.selectedIndex(view) ?? 0
    switch view.focus {
    case .findings:
      guard snapshot.live.findings.indices.contains(index) else { return [] }
      return follow(snapshot.live.findings[index].place, &view, snapshot)
    case .handlers:
      if view.screen != .events { return show(.events, &view, snapshot) }
      focus(.histogram, &view)
    case .slowest:
      guard let shown = Shown(snapshot, view) else { return [] }
      let runs = slowRuns(shown, view)
      guard runs.indices.contains(index),
        let host = shown.history.host(at: runs[index].end, near: shown.place)
      else { return [] }
      // Its end with a little after it.
      view.frozen = host + 5000
      view.timelineStep =
        timelineSteps.firstIndex {
          $0 * 40_000 > Int(clamping: runs[index].run)
        } ?? 0
      focus(.timeline, &view)
    case .log:
      guard let shown = Shown(snapshot, view) else { return [] }
      let records = logRecords(shown, view)
      guard records.indices.contains(index) else { return [] }
      let record = records[index]
      guard record.boot == shown.history.log.last?.boot,
        let host = shown.history.host(at: record.time, near: shown.place),
        let first = shown.history.moments.first, host >= first.taken
      else {
        notice("that was before the first moment that is remembered", &view)
        return []
      }
      view.frozen = host
      return show(.events, &view, snapshot)
    default: break
    }
    return []
  }

  private static func follow(
    _ place: EvidencePlace, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    switch place {
    case .handler(let name):
      if !name.isEmpty { view.handler = name }
      return show(.events, &view, snapshot)
    case .memory:
      let effects = show(.memory, &view, snapshot)
      if view.size.columns >= Arrangement.twoColumns { focus(.heap, &view) }
      return effects
    case .log: return show(.log, &view, snapshot)
    case .stacks: return show(.stacks, &view, snapshot)
    case .counters(let prefix):
      view.filters[.counters] = prefix
      focus(.counters, &view)
      return []
    }
  }

  /// A click on the time line: that moment. What is dragged is the line as it was at the click.
  static func pressTimeline(
    _ action: MouseEvent.Action, column: Int, _ area: Area, _ view: inout ViewState,
    _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    guard let shown = Shown(snapshot, view), column > timelineNames else { return [] }
    let fromEnd = area.columns - 2 - column
    let step = timelineSteps[view.timelineStep]
    let first = shown.history.moments.first?.taken ?? 0
    if action == .pressed { view.grip = shown.moment.taken }
    view.frozen = max(first, (view.grip ?? shown.moment.taken) - max(0, fromEnd) * step)
    return []
  }

  /// Takes note of what has changed at the target: an instance that tells of itself is looked at from
  /// above first, if it runs or nothing but that is left of it, and one that a person has stopped from where it stopped.
  public static func observed(
    _ snapshot: Snapshot, after old: Snapshot, _ view: inout ViewState
  ) -> [DashboardEffect] {
    if !view.isTouched, view.screen == .stacks, snapshot.live.reading != nil,
      snapshot.state == .running || snapshot.live.recorded != nil
        || (snapshot.isDead && snapshot.frames.isEmpty)
    {
      view.home = .overview
      return show(.overview, &view, snapshot)
    }
    guard view.screen == .overview, view.hasTakenControl, old.state == .running,
      case .stopped = snapshot.state
    else { return [] }
    return show(.stacks, &view, snapshot)
  }
}
