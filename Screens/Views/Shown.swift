// What the live screens show: the present moment, or the one that is frozen.

internal import Canvas
internal import Inspect
internal import Live
internal import Session

/// The moment that the live panes show.
struct Shown {
  let history: LiveHistory
  /// Its place in the history.
  let place: Int
  let moment: Moment
  /// What happened in the second before it; nil where that is not known. Of what is dead: since it
  /// began, as there is nothing else.
  let second: Stretch?
  /// Whether it is the last moment of something dead, before which none is known.
  let isDead: Bool

  /// The moment of a view; nil while nothing was read.
  init?(_ snapshot: Snapshot, _ view: ViewState) {
    history = snapshot.live.history
    guard let place = history.place(at: view.frozen) else { return nil }
    self.place = place
    moment = history.moments[place]
    isDead = snapshot.isDead && snapshot.live.recorded == nil
    second = isDead ? Stretch(sinceBootTo: moment) : history.stretch(to: place)
  }

  /// What happened in the seconds before it.
  func stretch(seconds: Int) -> Stretch? {
    isDead ? second : history.stretch(to: place, over: seconds * 1_000_000)
  }

  /// What those seconds are called.
  func name(ofSeconds seconds: Int) -> String { isDead ? "since boot" : "\(seconds) s" }

  /// Values of the seconds up to it, one a step.
  func series(
    _ count: Int, step: Int = 1_000_000, _ value: (Stretch) -> Double?
  ) -> [Double?] {
    history.series(to: place, count: count, step: step, value)
  }

  /// Milliseconds between it and the latest moment.
  var milliseconds: Int {
    ((history.moments.last?.taken ?? moment.taken) - moment.taken) / 1000
  }
}

/// Makes a pane of live values: with their source, age and losses, faded where they are no longer
/// true.
func livePane(
  _ id: PaneID, _ title: String, _ snapshot: Snapshot, _ view: ViewState
) -> PaneContent {
  let live = snapshot.live
  var pane = PaneContent(id: id, title: title)
  let isStopped = isStopped(snapshot) && id.tellsOfTime
  pane.isFaded =
    view.frozen == nil && (isStopped || (live.isStale && snapshot.state == .running))
  pane.placeholder = [live.note.isEmpty ? "nothing read yet" : live.note]
  guard live.reading != nil else { return pane }
  pane.placeholder = ["nothing of that kind is told"]
  var notes = [live.source]
  if pane.isFaded {
    notes.append(
      isStopped ? "as of the stop" : age(milliseconds: live.ageMilliseconds) + " old")
  }
  if snapshot.isDead, live.recorded == nil, id == .counters || id == .handlers {
    notes.append("rates since boot")
  }
  if let note = live.recorded?.note, !note.isEmpty { notes.append(note) }
  if !live.note.isEmpty { notes.append(live.note) }
  if let losses = live.losses, losses.total > 0 { notes.append("\(losses.total) lost") }
  if let filter = view.filters[id] { notes.insert("/" + filter, at: 0) }
  pane.detail = notes.joined(separator: ", ")
  return pane
}

/// Whether a target stands that could run: rates are those of the time before.
func isStopped(_ snapshot: Snapshot) -> Bool {
  snapshot.state != .running && !snapshot.isDead
}

/// Whether a line is one that the pane's filter wants.
func passes(_ text: String, _ id: PaneID, _ view: ViewState) -> Bool {
  guard let filter = view.filters[id], !filter.isEmpty else { return true }
  return text.lowercased().contains(filter.lowercased())
}
