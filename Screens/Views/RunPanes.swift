// Runs of event handlers one by one, as far as the instance has recorded them: the slowest with their
// stacks, and the exact time line.

internal import Canvas
internal import Live
internal import Profiling
internal import Readings
internal import Session
internal import TerminalText

extension Shown {
  /// Nanoseconds since boot at the very moment that is shown; nil where that is not known.
  func time(_ view: ViewState) -> UInt64? {
    guard let time = moment.time else { return nil }
    let later = max(0, (view.frozen ?? moment.taken) - moment.taken)
    // Beyond the next moment nothing is known.
    return time &+ UInt64(min(later, 2_000_000)) &* 1000
  }

  /// From which length on runs are recorded, in words.
  var recordedRuns: String {
    guard let least = moment.number("trace.least") else { return "runs are not recorded" }
    return least == 0 ? "all runs" : "runs of \(timeText(least)) and more"
  }
}

/// Whether the instance records runs one by one.
func hasRuns(_ snapshot: Snapshot) -> Bool {
  snapshot.live.history.moments.last?.number("trace.least") != nil
}

/// The slowest runs up to the moment shown, slowest first.
func slowRuns(_ shown: Shown, _ view: ViewState) -> [RunReading] {
  let history = shown.history
  guard view.frozen != nil, let time = shown.time(view) else {
    return history.slowest.filter { passes($0.handler, .handlers, view) }
  }
  // Slower ones that came later have displaced those of before: what is still kept of them counts.
  var seen: Set<UInt64> = []
  let runs = (history.slowest + history.runs).filter { run in
    run.end <= time && passes(run.handler, .handlers, view) && seen.insert(run.number).inserted
  }
  return Array(runs.sorted { $0.run > $1.run }.prefix(32))
}

func slowestPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.slowest, "Slowest runs", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let runs = slowRuns(shown, view)
  pane.count = runs.count
  pane.placeholder = ["none yet (\(shown.recordedRuns))"]
  pane.detail = shown.recordedRuns
  if shown.history.missedRuns > 0 { pane.detail += ", \(shown.history.missedRuns) unseen" }
  let now = shown.time(view)
  let profile = snapshot.live.profile
  pane.line = { index, width in
    let run = runs[index]
    var line = PaneLine(spans: [
      Span(" " + aligned(timeText(run.run), 8), .number),
      Span(" " + padded(tail(run.handler, 13), 14), .name),
    ])
    if width >= 60 {
      line.spans.append(Span("waited " + padded(timeText(run.delay), 9), .quiet))
    }
    if let now, now >= run.end {
      line.trailing = [
        Span(age(milliseconds: Int(clamping: (now - run.end) / 1_000_000)) + " ago ", .quiet)
      ]
    }
    guard let stack = profile?.stack(of: run.index, from: run.begin, to: run.end) else {
      let isLive = snapshot.live.recorded == nil
      line.spans.append(
        Span(profile == nil && isLive ? "no samples: 3 takes them" : "no sample in it", .quiet))
      return line
    }
    line.spans.append(Span(stack.functions.joined(separator: " < ")))
    return line
  }
  return pane
}

/// The time line of the runs themselves: how much of each cell's time a handler ran.
func exactLine(
  _ place: Int, _ shown: Shown, _ view: ViewState, step: Int, count: Int
) -> String {
  guard let end = shown.time(view) else { return "" }
  let cell = UInt64(step) &* 1000
  let span = cell &* UInt64(count)
  let start = end > span ? end - span : 0
  var busy = [UInt64](repeating: 0, count: count)
  for run in shown.history.runs.reversed() where run.index == place && run.begin < end {
    // They are in the order of their ends.
    guard run.end > start else { break }
    var now = max(run.begin, start)
    while now < min(run.end, end) {
      let index = min(Int((now - start) / cell), count - 1)
      let next = min(start &+ UInt64(index + 1) &* cell, min(run.end, end))
      guard next > now else { break }
      busy[index] &+= next - now
      now = next
    }
  }
  let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  return String(
    busy.map { busy -> Character in
      busy == 0 ? "┈" : blocks[min(7, Int(Double(busy) / Double(cell) * 8))]
    })
}
