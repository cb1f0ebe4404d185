// The overview: how the instance is, what looks wrong, and all that it counts.

internal import Canvas
internal import Live
internal import Readings
internal import Session
internal import Telemetry
internal import TerminalText

func vitalsPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.vitals, "Overview", snapshot, view)
  pane.selectsLines = false
  guard let shown = Shown(snapshot, view) else { return pane }
  let lines = [
    coreLine(shown, columns), latencyLine(shown, columns), heapLine(shown, columns),
    timersLine(shown), logLine(shown), aboutLine(shown, snapshot),
  ]
  pane.count = lines.count
  pane.line = { index, _ in PaneLine(spans: lines[index]) }
  return pane
}

private func label(_ text: String) -> Span { Span(" " + padded(text, 8), .title) }

private func coreLine(_ shown: Shown, _ columns: Int) -> [Span] {
  guard let second = shown.second, let load = second.load else {
    return [label("Core"), Span(shown.isDead ? "not told" : "not known yet", .quiet)]
  }
  var spans = [label("Core"), Span(aligned(percent(load), 6) + " busy ", .number)]
  spans += bar(load, max(6, min(24, columns / 5)))
  if shown.isDead {
    spans.append(Span("  since boot", .quiet))
  } else if columns >= 60 {
    spans.append(Span("  " + sparkline(shown.series(16) { $0.load }), .good))
  }
  if let turns = second.rate("loop.turns"), let waits = second.rate("loop.waits") {
    let all = columns >= 90 ? "  \(rateText(turns)) turns/s" : ""
    spans.append(Span(all + "  \(rateText(waits)) halts/s", .quiet))
  }
  if let running = shown.moment.running {
    spans.append(Span("  in " + shown.moment.handlers[running].name, .name))
  }
  return spans
}

private func latencyLine(_ shown: Shown, _ columns: Int) -> [Span] {
  guard let stretch = shown.stretch(seconds: 10) else {
    return [label("Latency"), Span(shown.isDead ? "not told" : "not known yet", .quiet)]
  }
  let delay = stretch.delay
  let span = shown.name(ofSeconds: 10)
  guard delay.count > 0 else {
    return [label("Latency"), Span("no events " + (shown.isDead ? span : "in " + span), .quiet)]
  }
  func part(_ name: String, _ value: UInt64) -> [Span] {
    [Span(name + " ", .quiet), Span(padded(timeText(value), 8) + " ", .number)]
  }
  var spans = [label("Latency")] + part("p50", delay.quantile(perMille: 500))
  spans += part("p99", delay.quantile(perMille: 990)) + part("max", delay.highest)
  if columns >= 72, !shown.isDead {
    let row = shown.series(columns >= 84 ? 16 : 12) {
      $0.delay.count > 0 ? Double($0.delay.highest) : 0
    }
    spans.append(Span(" " + sparkline(row) + " ", .good))
  }
  spans.append(Span(" queueing, " + span, .quiet))
  return spans
}

private func heapLine(_ shown: Shown, _ columns: Int) -> [Span] {
  guard let used = shown.moment.number("heap.inUse") else {
    return [label("Heap"), Span("not told", .quiet)]
  }
  var spans = [label("Heap"), Span(Quantity.bytes(used), .number)]
  let capacity = shown.moment.heapCapacity
  if capacity > 0 {
    let share = Double(used) / Double(capacity)
    spans += [Span(" of \(Quantity.bytes(capacity)) ", .quiet)]
    spans += bar(share, max(4, min(12, columns / 10))) + [Span(" " + percent(share))]
  }
  if let growth = heapGrowth(shown) { spans.append(Span("  " + growth, .number)) }
  if let rate = shown.second?.rate("heap.allocations"), columns >= 100 {
    spans.append(Span("  \(rateText(rate)) allocations/s", .quiet))
  }
  let failures =
    (shown.moment.number("heap.failures") ?? 0) &+ (shown.moment.number("heap.misuses") ?? 0)
  if failures > 0 { spans.append(Span("  \(failures) failures or misuses", .error)) }
  return spans
}

/// Returns how the heap has changed in the last minute, or in what is known of it.
func heapGrowth(_ shown: Shown) -> String? {
  guard !shown.isDead, let stretch = shown.stretch(seconds: 60), stretch.seconds > 2,
    let now = stretch.now.number("heap.inUse"), let before = stretch.before.number("heap.inUse")
  else { return nil }
  let difference = now >= before ? now - before : before - now
  let rate = UInt64(min(Double(difference) / stretch.seconds * 60, 1e18))
  return (now >= before ? "+" : "-") + Quantity.bytes(rate) + "/min"
}

private func timersLine(_ shown: Shown) -> [Span] {
  let moment = shown.moment
  var spans = [label("Work")]
  func counted(_ count: some BinaryInteger, _ word: String) -> String {
    "\(count) \(word)\(count == 1 ? "" : "s")"
  }
  spans.append(Span(counted(moment.handlers.count, "handler"), .number))
  if !moment.fibers.isEmpty {
    spans.append(Span("  " + counted(moment.fibers.count, "fiber"), .number))
  }
  spans.append(Span("  " + counted(moment.ready.count, "task") + " ready", .number))
  if let armed = moment.number("timers.armed") {
    spans.append(Span("  " + counted(armed, "timer"), .number))
    if let rate = shown.second?.rate("timers.runs") {
      spans.append(Span(" \(rateText(rate))/s", .quiet))
    }
  }
  if let missed = moment.number("timers.missed"), missed > 0 {
    let recent = shown.stretch(seconds: 10)?.growth("timers.missed") ?? 0
    spans.append(
      Span("  \(countText(missed)) periods missed", recent > 0 ? .warning : .quiet))
  }
  return spans
}

private func logLine(_ shown: Shown) -> [Span] {
  let records = shown.history.log
  guard let last = records.last(where: { isUpTo($0, shown) }) else {
    return [label("Log"), Span("nothing yet", .quiet)]
  }
  let errors = records.count { level($0) == "error" && $0.boot == last.boot }
  let warnings = records.count { level($0) == "warning" && $0.boot == last.boot }
  var spans = [label("Log")]
  if errors > 0 { spans.append(Span("\(errors) error\(errors == 1 ? "" : "s")  ", .error)) }
  if warnings > 0 {
    spans.append(Span("\(warnings) warning\(warnings == 1 ? "" : "s")  ", .warning))
  }
  spans.append(Span(last.text, levelRole(level(last))))
  return spans
}

private func aboutLine(_ shown: Shown, _ snapshot: Snapshot) -> [Span] {
  var spans = [label("Up")]
  let (stood, isWhole) = shown.history.timeStood(to: shown.place)
  // Its clock is known as of the loop's last turn, which may be long ago.
  let isOld = stood >= 2_000_000 && shown.moment.time != nil && !snapshot.isDead
  spans.append(
    Span(shown.moment.time.map { timeText($0) } ?? "not known", isOld ? .quiet : .number))
  if isOld {
    let time = age(milliseconds: stood / 1000)
    spans.append(Span(" at its last turn, \(isWhole ? "" : "over ")\(time) ago", .quiet))
  }
  if let id = shown.history.buildID {
    let hex = id.prefix(4).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
    spans += [Span("  build ", .quiet), Span(hex)]
  }
  if let recorded = snapshot.live.recorded {
    spans.append(Span("  " + recorded.date(at: shown.moment.taken), .quiet))
    if !recorded.status.isEmpty {
      spans.append(Span("  " + recorded.status, recorded.status == "running" ? .good : .warning))
    }
    return spans
  }
  if !shown.isDead, !isOld, let kept = shown.history.moments.first {
    let span = (shown.history.moments.last?.taken ?? kept.taken) - kept.taken
    spans.append(Span("  \(age(milliseconds: span / 1000)) remembered", .quiet))
  }
  return spans
}

/// The lints' findings.
func findingsPane(_ snapshot: Snapshot, _ view: ViewState) -> PaneContent {
  var pane = livePane(.findings, "Lints", snapshot, view)
  let findings = snapshot.live.findings
  if snapshot.live.reading != nil {
    pane.placeholder = ["nothing looks wrong (\(Lint.allCases.count) lints)"]
    pane.detail = findings.isEmpty ? "" : "\(findings.count) found, Enter looks there"
  }
  pane.count = findings.count
  pane.context = findings.map(\.lint.rawValue).joined(separator: " ")
  let selected = pane.selectedIndex(view) ?? 0
  if findings.indices.contains(selected) {
    pane.footer = PaneLine(spans: [Span("   " + findings[selected].advice, .quiet)])
  }
  pane.line = { index, _ in
    let finding = findings[index]
    return PaneLine(spans: [
      Span(" ! ", .error), Span(finding.lint.title, .warning), Span("  " + finding.evidence),
    ])
  }
  return pane
}

/// The prefixes of the kernel's own counters, what is most often wanted first; an application's come
/// before them all.
private let kernelPrefixes: [Substring] = [
  "loop", "timers", "heap", "console", "agent", "profile", "trace", "core",
]

/// The places of the counters that a view wants, those of one prefix together.
func counterPlaces(_ shown: Shown, _ view: ViewState) -> [Int] {
  let entries = shown.moment.names.entries
  var firsts: [Substring: Int] = [:]
  for (place, entry) in entries.enumerated() {
    let prefix = entry.name.prefix { $0 != "." }
    if firsts[prefix] == nil { firsts[prefix] = place }
  }
  let places = entries.indices.filter { passes(entries[$0].name, .counters, view) }
  func group(_ place: Int) -> Int {
    let prefix = entries[place].name.prefix { $0 != "." }
    return (kernelPrefixes.firstIndex(of: prefix).map { ($0 + 1) << 20 } ?? 0)
      + (firsts[prefix] ?? 0)
  }
  let key = view.sorts[.counters] ?? 0
  return places.sorted { one, other in
    switch key {
    case 1 where shown.moment.values[one] != shown.moment.values[other]:
      return shown.moment.values[one] > shown.moment.values[other]
    case 2:
      let (first, second) = (
        shown.second?.rate(at: one) ?? -1, shown.second?.rate(at: other) ?? -1
      )
      if first != second { return first > second }
    default: break
    }
    return (group(one), one) < (group(other), other)
  }
}

let counterColumns = [
  LiveColumn(title: "VALUE", width: 11, priority: 3, key: 1),
  LiveColumn(title: "PER S", width: 8, priority: 2, key: 2),
  LiveColumn(title: "LAST 20 S", width: 21, priority: 1, key: 3),
]

func countersPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.counters, "Counters", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let places = counterPlaces(shown, view)
  pane.count = places.count
  let fitting = LiveColumn.fitting(counterColumns, columns, name: 18)
  let key = view.sorts[.counters] ?? 0
  pane.header = LiveColumn.head("COUNTER", fitting, sortedBy: key)
  pane.headerKey = { LiveColumn.key(at: $0, fitting, columns) }
  pane.sortKeys = [0, 1, 2]
  if view.filters[.counters] != nil { pane.placeholder = ["no counter's name holds that"] }
  pane.line = { index, _ in
    let place = places[index]
    let entry = shown.moment.names.entries[place]
    let prefix = entry.name.prefix { $0 != "." }
    let rate = entry.kind == .counter ? shown.second?.rate(at: place) : nil
    var line = PaneLine(spans: [Span(" " + prefix, .quiet)])
    line.spans.append(Span(String(entry.name.dropFirst(prefix.count)), .name))
    line.trailing = fitting.map { column in
      switch column.key {
      case 1: Span(aligned(valueText(shown, place), column.width + 1), .number)
      case 2:
        Span(
          aligned(rate.map { rateText($0) } ?? "", column.width + 1),
          (rate ?? 0) > 0 ? .good : .quiet)
      default: Span("  " + sparkline(counterSeries(shown, place, entry)), .quiet)
      }
    }
    line.trailing.append(Span(" "))
    return line
  }
  return pane
}

private func counterSeries(_ shown: Shown, _ place: Int, _ entry: Names.Entry) -> [Double?] {
  shown.series(20) { stretch in
    guard stretch.now.values.indices.contains(place) else { return nil }
    if entry.kind == .counter { return stretch.rate(at: place) }
    guard !entry.isSigned, entry.unit != .instant else { return nil }
    return Double(stretch.now.values[place])
  }
}

private func valueText(_ shown: Shown, _ place: Int) -> String {
  let entry = shown.moment.names.entries[place]
  let value = shown.moment.values[place]
  if entry.isSigned { return "\(Int64(bitPattern: value))" }
  switch entry.unit {
  case .bytes: return Quantity.bytes(value)
  case .nanoseconds, .instant: return timeText(value)
  case .pages: return "\(value) pages"
  case .none, .ticks: return countText(value)
  }
}
