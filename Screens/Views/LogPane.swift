// The log: filtered by text and gravity; it follows the end until somebody scrolls.

internal import Canvas
internal import Live
internal import Readings
internal import Session

/// The levels from grave to light, and the names that the filter has.
let logLevels = ["error", "warning", "notice", "info", "debug"]

func levelRole(_ level: String) -> Role {
  switch level {
  case "error": .error
  case "warning": .warning
  case "notice": .name
  case "debug": .quiet
  default: .plain
  }
}

/// How grave a record is: what the kernel itself notes has no level of its own.
func level(_ record: LogRecord) -> String {
  switch record.kind {
  case "text": record.level
  case "panic", "panicDetail": "error"
  default: "notice"
  }
}

/// Whether a record was there at the moment shown.
func isUpTo(_ record: LogRecord, _ shown: Shown) -> Bool {
  guard let time = shown.moment.time, shown.milliseconds > 0 else { return true }
  return record.boot != shown.history.log.last?.boot || record.time <= time
}

/// Returns the records that a view wants.
func logRecords(_ shown: Shown, _ view: ViewState) -> [LogRecord] {
  shown.history.log.filter { record in
    let gravity = logLevels.firstIndex(of: level(record)) ?? 3
    return gravity <= view.logLevel && isUpTo(record, shown) && passes(record.text, .log, view)
  }
}

func logPane(_ snapshot: Snapshot, _ view: ViewState) -> PaneContent {
  var pane = livePane(.log, "Log", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let records = logRecords(shown, view)
  pane.count = records.count
  if view.logLevel < logLevels.count - 1 {
    pane.title = "Log  \(logLevels[view.logLevel]) and worse"
  }
  if shown.history.missedRecords > 0 {
    pane.detail += ", \(shown.history.missedRecords) lines were gone before they were read"
  }
  pane.placeholder = [
    view.filters[.log] != nil || view.logLevel < logLevels.count - 1
      ? "no line passes the filter" : "the log is empty"
  ]
  pane.followsEnd = true
  pane.position = { records[$0].number }
  pane.anchor = records.isEmpty ? nil : records.count - 1
  let boot = records.last?.boot
  pane.line = { index, columns in
    let record = records[index]
    let role = levelRole(level(record))
    let mark = level(record) == "error" ? "E" : level(record) == "warning" ? "W" : " "
    var spans = [
      Span(aligned(timeText(record.time), 9), .quiet),
      Span(record.boot == boot ? " " : "'", .quiet), Span(mark + " ", role),
    ]
    if record.kind != "text" { spans.append(Span(record.kind + " ", .keyword)) }
    spans.append(Span(record.text, role))
    if record.isCut { spans.append(Span(" (cut)", .quiet)) }
    return PaneLine(spans: spans)
  }
  return pane
}
