// The events screen: each handler with its counts, delays and run times, the histogram of the chosen
// one, and the last seconds as a time line.

internal import Canvas
internal import Live
internal import Readings
internal import Session
internal import Telemetry

let handlerColumns = [
  LiveColumn(title: "RUNS", width: 7, priority: 3, key: 1),
  LiveColumn(title: "PER S", width: 6, priority: 9, key: 2),
  LiveColumn(title: "SHARE", width: 6, priority: 8, key: 3),
  LiveColumn(title: "DELAY p50", width: 9, priority: 2, key: 4),
  LiveColumn(title: "DELAY p99", width: 9, priority: 6, key: 5),
  LiveColumn(title: "DELAY MAX", width: 9, priority: 1, key: 6),
  LiveColumn(title: "RUN p50", width: 8, priority: 5, key: 7),
  LiveColumn(title: "RUN p99", width: 8, priority: 7, key: 8),
  LiveColumn(title: "RUN MAX", width: 8, priority: 4, key: 9),
]

/// A row of the table of handlers.
struct HandlerRow {
  var place: Int
  var handler: HandlerReading
  /// What it did in the last ten seconds; all since boot where it did nothing then.
  var recent: HandlerReading
  var isOld: Bool
  /// Nil where no second before it is known.
  var rate: Double?
  var share: Double?

  /// What a column shows, and by what it is sorted.
  func value(_ key: Int) -> (text: String, order: Double) {
    func time(_ value: UInt64) -> (String, Double) {
      recent.runs == 0 ? ("-", -1) : (timeText(value), Double(value))
    }
    switch key {
    case 1: return (countText(handler.runs), Double(handler.runs))
    case 2: return (rate.map { rateText($0) } ?? "-", rate ?? -1)
    case 3: return (share.map { percent($0) } ?? "-", share ?? -1)
    case 4: return time(recent.delay.quantile(perMille: 500))
    case 5: return time(recent.delay.quantile(perMille: 990))
    case 6: return time(recent.delay.highest)
    case 7: return time(recent.run.quantile(perMille: 500))
    case 8: return time(recent.run.quantile(perMille: 990))
    default: return time(recent.run.highest)
    }
  }
}

/// Returns the handlers that a view wants, in its order.
func handlerRows(_ shown: Shown, _ view: ViewState) -> [HandlerRow] {
  let stretch = shown.stretch(seconds: 10)
  let rows = shown.moment.handlers.indices.compactMap { place -> HandlerRow? in
    let handler = shown.moment.handlers[place]
    guard passes(handler.name, .handlers, view) else { return nil }
    let recent = stretch?.handler(place)
    let seconds = shown.second?.seconds ?? 1
    let second = shown.second?.handler(place)
    return HandlerRow(
      place: place, handler: handler, recent: recent.flatMap { $0.runs > 0 ? $0 : nil } ?? handler,
      isOld: (recent?.runs ?? 0) == 0, rate: second.map { Double($0.runs) / seconds },
      share: second.map { min(Double($0.run.total) / 1e9 / seconds, 1) })
  }
  let key = view.sorts[.handlers] ?? 0
  guard key > 0 else { return rows }
  return rows.sorted { one, other in
    let (first, second) = (one.value(key).order, other.value(key).order)
    return first == second ? one.place < other.place : first > second
  }
}

func handlersPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.handlers, "Event handlers", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let rows = handlerRows(shown, view)
  pane.count = rows.count
  pane.anchor = rows.firstIndex { $0.handler.name == view.handler } ?? (rows.isEmpty ? nil : 0)
  let fitting = LiveColumn.fitting(handlerColumns, columns, name: 14)
  pane.header = LiveColumn.head("HANDLER", fitting, sortedBy: view.sorts[.handlers] ?? 0)
  pane.headerKey = { LiveColumn.key(at: $0, fitting, columns) }
  pane.sortKeys = [0] + fitting.map(\.key)
  if view.filters[.handlers] != nil { pane.placeholder = ["no handler's name holds that"] }
  if columns >= 60, !shown.isDead { pane.detail += "  times: last 10 s" }
  let running = shown.moment.running
  pane.line = { index, _ in
    let row = rows[index]
    var line = PaneLine(spans: [
      Span(row.place == running ? "▸" : " ", .current), Span(row.handler.name, .name),
      Span(row.handler.priority == "normal" ? "" : " " + row.handler.priority, .quiet),
    ])
    line.trailing = fitting.map { column in
      Span(
        aligned(row.value(column.key).text, column.width + 1),
        row.isOld && column.key > 3 ? .quiet : .number)
    }
    line.trailing.append(Span(" "))
    return line
  }
  return pane
}

/// Returns the row that the histogram is of.
func chosenHandler(_ shown: Shown, _ view: ViewState) -> HandlerRow? {
  let rows = handlerRows(shown, view)
  return rows.first { $0.handler.name == view.handler } ?? rows.first
}

/// The run times and delays of the chosen handler, a row for each power of two.
func histogramPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.histogram, "Histogram", snapshot, view)
  pane.selectsLines = false
  guard let shown = Shown(snapshot, view), let row = chosenHandler(shown, view) else { return pane }
  pane.title = "Histogram  " + row.handler.name
  pane.detail = row.isOld || shown.isDead ? "since boot" : "last 10 s"
  let run = octaves(row.recent.run)
  let delay = octaves(row.recent.delay)
  let known = Set(run.keys).union(delay.keys)
  guard let first = known.min(), let last = known.max() else {
    pane.placeholder = ["it has not run"]
    return pane
  }
  pane.count = last - first + 1
  pane.context = "\(first)"
  let most = max(run.values.max() ?? 1, delay.values.max() ?? 1)
  let room = max(4, (columns - 10) / 2 - 10)
  pane.header = PaneLine(spans: [
    Span(aligned("from", 9), .quiet), Span(" " + padded("run time", room + 9), .quiet),
    Span("queueing delay", .quiet),
  ])
  pane.line = { index, _ in
    func part(_ count: UInt64, _ role: Role) -> [Span] {
      var cells = Int((Double(count) / Double(most) * Double(room)).rounded())
      if count > 0, cells == 0 { cells = 1 }
      return [
        Span(" " + String(repeating: "█", count: cells) + blanks(room - cells), role),
        Span(aligned(count > 0 ? countText(count) : "", 8), .quiet),
      ]
    }
    let octave = first + index
    let low = octave == 0 ? 0 : UInt64(1) << UInt64(octave - 1)
    return PaneLine(
      spans: [Span(aligned(timeText(low), 9), .number)] + part(run[octave] ?? 0, .good)
        + part(delay[octave] ?? 0, .current))
  }
  return pane
}

/// Returns the counts by power of two: n stands for 2^(n-1) up to 2^n.
private func octaves(_ histogram: HistogramValue) -> [Int: UInt64] {
  var sums: [Int: UInt64] = [:]
  for (place, count) in histogram.counts.enumerated() where count > 0 {
    let low = HistogramValue.lowest(of: histogram.first + place)
    sums[64 - low.leadingZeroBitCount, default: 0] += UInt64(count)
  }
  return sums
}

/// Microseconds a cell of the time line, for each of its scales.
let timelineSteps = [
  1_000, 10_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000, 120_000_000,
]

/// The cells that names take in the time line.
let timelineNames = 14

/// The last seconds, a row a handler: how much of the time it ran.
func timelinePane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.timeline, "Time line", snapshot, view)
  pane.selectsLines = false
  guard let shown = Shown(snapshot, view) else { return pane }
  let rows = handlerRows(shown, view)
  let step = timelineSteps[view.timelineStep]
  let count = max(1, columns - timelineNames - 2)
  pane.count = rows.count
  // Finer than the readings come, only runs that were recorded one by one are known.
  let isExact = step < 100_000
  pane.detail = "\(timeText(UInt64(step) * 1000)) a cell, + - zoom"
  if isExact { pane.detail = shown.recordedRuns + ", " + pane.detail }
  let end =
    view.frozen == nil
    ? snapshot.live.recorded == nil ? "now" : "the end"
    : age(milliseconds: shown.milliseconds) + " ago"
  let start = age(milliseconds: count * step / 1000 + (view.frozen == nil ? 0 : shown.milliseconds))
  pane.footer = PaneLine(
    spans: [Span(blanks(timelineNames + 1) + start + " ago", .quiet)],
    trailing: [Span(end + " ", .quiet)])
  pane.line = { index, _ in
    let place = rows[index].place
    let name = Span(
      " " + padded(tail(rows[index].handler.name, timelineNames - 1), timelineNames), .name)
    if isExact {
      return PaneLine(spans: [
        name, Span(exactLine(place, shown, view, step: step, count: count), .good),
      ])
    }
    let shares = shown.series(count, step: step) { stretch in
      stretch.handler(place).map { Double($0.run.total) / 1e9 / stretch.seconds }
    }
    let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let cells = shares.map { share -> Character in
      guard let share else { return " " }
      return share <= 0 ? "┈" : blocks[min(7, Int(share * 8))]
    }
    return PaneLine(spans: [name, Span(String(cells), .good)])
  }
  return pane
}
