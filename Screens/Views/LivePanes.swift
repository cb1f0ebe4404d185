// What an instance tells of itself: counters, event handlers, its log.

internal import Canvas
internal import Live
internal import Readings
internal import Session
internal import Telemetry
internal import TerminalText

/// Makes a pane of live values: with their source and age, faded where they are no longer true.
func livePane(_ id: PaneID, _ title: String, _ live: Live) -> PaneContent {
  var pane = PaneContent(id: id, title: title)
  pane.isFaded = live.isStale
  pane.placeholder = [live.note.isEmpty ? "nothing read yet" : live.note]
  guard live.reading != nil else { return pane }
  var notes = [live.source]
  if live.isStale { notes.append(age(milliseconds: live.ageMilliseconds) + " old") }
  if let losses = live.losses, losses.total > 0 { notes.append("\(losses.total) lost") }
  pane.detail = notes.joined(separator: ", ")
  return pane
}

/// Returns how fast a counter counted between two readings; nil where that cannot be told.
func perSecond(_ entry: ReadingEntry, _ live: Live) -> Double? {
  guard entry.kind == .counter, let now = entry.number, let reading = live.reading,
    let earlier = live.earlier, let before = earlier.number(entry.name), now >= before
  else { return nil }
  let seconds = Double(reading.taken - earlier.taken) / 1_000_000
  return seconds > 0 ? Double(now - before) / seconds : nil
}

func countersPane(_ snapshot: Snapshot) -> PaneContent {
  let live = snapshot.live
  var pane = livePane(.counters, "Counters", live)
  let entries = (live.reading?.entries ?? []).filter { $0.number != nil }
  pane.count = entries.count
  pane.context = "\(entries.count)"
  pane.line = { index, _ in
    let entry = entries[index]
    var line = PaneLine(spans: [Span(" " + entry.name, .name)])
    var value = "\(entry.number ?? 0)"
    if entry.unit == .nanoseconds || entry.unit == .instant {
      value = Quantity.duration(nanoseconds: entry.number ?? 0)
    }
    let rate = perSecond(entry, live).map { "\(UInt64(min($0, 1e18)))/s" } ?? ""
    line.trailing = [Span(value, .number), Span(aligned(rate, 14) + " ", .quiet)]
    return line
  }
  return pane
}

func handlersPane(_ snapshot: Snapshot) -> PaneContent {
  let live = snapshot.live
  var pane = livePane(.handlers, "Event handlers", live)
  let handlers = live.reading?.handlers ?? []
  pane.count = handlers.count
  pane.context = "\(handlers.count)"
  pane.line = { index, _ in
    let handler = handlers[index]
    func time(_ value: UInt64) -> String { aligned(Quantity.duration(nanoseconds: value), 10) }
    return PaneLine(
      spans: [Span(" " + handler.name, .name), Span(" " + handler.priority, .quiet)],
      trailing: [
        Span("\(handler.runs) runs", .number), Span(time(handler.run.quantile(perMille: 500))),
        Span(time(handler.run.quantile(perMille: 990))), Span(time(handler.run.maximum) + " "),
      ])
  }
  return pane
}

func logPane(_ snapshot: Snapshot) -> PaneContent {
  let live = snapshot.live
  var pane = livePane(.log, "Log", live)
  let records = live.reading?.log ?? []
  pane.count = records.count
  pane.position = { records[$0].number }
  pane.anchor = records.isEmpty ? nil : records.count - 1
  pane.line = { index, _ in
    let record = records[index]
    let role: Role =
      record.level == "error" ? .error : record.level == "warning" ? .warning : .plain
    return PaneLine(spans: [
      Span(aligned(Quantity.duration(nanoseconds: record.time), 10) + " ", .quiet),
      Span(record.text, role),
    ])
  }
  return pane
}
