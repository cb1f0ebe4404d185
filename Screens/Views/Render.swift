// Draws a whole screen. Nothing here keeps state: the same values give the same cells.

public import Canvas
public import Session

/// Returns the screen for a snapshot and a view state at a size.
public func render(
  _ snapshot: Snapshot, _ view: ViewState, size: Size, glyphs: Glyphs = .unicode
) -> Canvas {
  var view = view
  view.size = size
  var canvas = Canvas(size: size, glyphs: glyphs)
  let arrangement = Arrangement(snapshot, view)
  for (id, area) in arrangement.panes {
    let content = content(of: id, snapshot, view, columns: area.columns)
    draw(content, in: area, view, &canvas)
  }
  drawDivider(arrangement, &canvas)
  drawTopBar(snapshot, view, arrangement.top, &canvas)
  drawPrompt(snapshot, view, arrangement.prompt, &canvas)
  drawBottomBar(snapshot, view, arrangement.bottom, &canvas)
  if let line = view.help {
    drawHelp(view, from: line, &canvas)
    canvas.cursor = nil
  }
  return canvas
}

/// Returns what a pane shows.
func content(
  of id: PaneID, _ snapshot: Snapshot, _ view: ViewState, columns: Int
) -> PaneContent {
  switch id {
  case .threads: threadsPane(snapshot)
  case .frames: framesPane(snapshot)
  case .registers:
    registersPane(snapshot, columns: columns, view)
  case .breakpoints: breakpointsPane(snapshot)
  case .source: sourcePane(snapshot)
  case .disassembly: disassemblyPane(snapshot)
  case .locals: localsPane(snapshot)
  case .map: mapPane(snapshot, view)
  case .dump: dumpPane(snapshot, view, columns: columns)
  case .functions: functionsPane(snapshot, view, columns: columns)
  case .flame: flamePane(snapshot, view, columns: columns)
  case .vitals: vitalsPane(snapshot, view, columns: columns)
  case .findings: findingsPane(snapshot, view)
  case .counters: countersPane(snapshot, view, columns: columns)
  case .connections: connectionsPane(snapshot, view, columns: columns)
  case .handlers: handlersPane(snapshot, view, columns: columns)
  case .histogram: histogramPane(snapshot, view, columns: columns)
  case .timeline: timelinePane(snapshot, view, columns: columns)
  case .slowest: slowestPane(snapshot, view, columns: columns)
  case .heap: heapPane(snapshot, view, columns: columns)
  case .ranges: rangesPane(snapshot, view)
  case .fiberStacks: fiberStacksPane(snapshot, view)
  case .log: logPane(snapshot, view)
  case .prompt: PaneContent(id: .prompt, title: "Prompt")
  }
}

/// Draws a pane's rule and its visible lines.
private func draw(
  _ content: PaneContent, in area: Area, _ view: ViewState, _ canvas: inout Canvas
) {
  let isActive = view.focus == content.id && view.help == nil
  var inner = area.droppingTop()
  let headerRows = content.headerRows(in: area.rows)
  if let footer = content.footer, content.showsFooter(in: inner.rows) {
    inner.rows -= 1
    let area = Area(column: inner.column, row: inner.bottom, columns: inner.columns, rows: 1)
    draw(footer, .base, in: area, isFaded: content.isFaded, &canvas)
  }
  if let header = content.header, headerRows > 0 {
    let area = Area(column: inner.column, row: inner.row, columns: inner.columns, rows: 1)
    draw(header, .base, in: area, isFaded: content.isFaded, &canvas)
    inner = inner.droppingTop()
  }
  let top = content.top(view, height: inner.rows)
  var detail = content.detail
  if content.count > inner.rows, inner.rows > 0 {
    let last = min(content.count, top + inner.rows)
    let place = "\(top + 1)-\(last)/\(content.count)"
    // Where there is no room for both, half a number would mislead.
    let room = area.columns - width(content.title) - 9
    if detail.isEmpty {
      detail = place
    } else if width(detail) + width(place) <= room {
      detail += "  " + place
    }
  }
  if let search = view.search, search.pane == content.id {
    detail = "/" + search.pattern + "  " + detail
  }
  drawRule(area, content.title, detail, isActive: isActive, &canvas)
  guard content.count > 0 else {
    for (row, text) in content.placeholder.prefix(inner.rows).enumerated() {
      canvas.draw(
        text, column: inner.column + 1, row: inner.row + row, limit: inner.columns - 1,
        style: Style(.quiet))
    }
    return
  }
  let selected = content.selectsLines ? content.selectedIndex(view) : nil
  for row in 0..<min(inner.rows, content.count - top) {
    let index = top + row
    let line = content.line(index, inner.columns)
    var surface = line.surface
    if index == selected, isActive { surface = .selection }
    draw(
      line, surface,
      in: Area(
        column: inner.column, row: inner.row + row, columns: inner.columns, rows: 1),
      isFaded: content.isFaded, &canvas)
  }
}

/// Draws one line: the trailing pieces flush right, the others in what is left.
private func draw(
  _ line: PaneLine, _ surface: Surface, in area: Area, isFaded: Bool, _ canvas: inout Canvas
) {
  if surface != .base { canvas.clear(area, style: Style(.plain, on: surface, isFaded: isFaded)) }
  var room = area.columns
  let trailing = line.trailing.reduce(0) { $0 + width($1.text) }
  if trailing > 0, trailing < area.columns {
    canvas.draw(
      line.trailing, column: area.end - trailing, row: area.row, limit: trailing, on: surface,
      isFaded: isFaded)
    room -= trailing + 1
  }
  canvas.draw(
    line.spans, column: area.column, row: area.row, limit: room, on: surface, isFaded: isFaded)
}

/// Draws the rule above a pane, with its title and a detail at the right.
func drawRule(
  _ area: Area, _ title: String, _ detail: String, isActive: Bool, _ canvas: inout Canvas
) {
  guard !area.isEmpty else { return }
  let glyph = isActive ? Glyph.heavy : Glyph.horizontal
  for column in area.column..<area.end {
    canvas.draw(glyph: glyph, column: column, row: area.row, style: Style(.rule))
  }
  let titleRoom = area.columns - 3
  guard titleRoom > 2 else { return }
  let used = canvas.draw(
    " " + title + " ", column: area.column + 1, row: area.row, limit: titleRoom,
    style: Style(isActive ? .activeTitle : .title))
  let detailRoom = titleRoom - used - 1
  let wanted = width(detail) + 2
  guard !detail.isEmpty, detailRoom >= 8 || wanted <= detailRoom else { return }
  let length = min(wanted, detailRoom)
  canvas.draw(
    " " + detail + " ", column: area.end - 1 - length, row: area.row, limit: length,
    style: Style(.quiet))
}

/// Draws the line between two columns of panes, joined to the rules that meet it.
private func drawDivider(_ arrangement: Arrangement, _ canvas: inout Canvas) {
  guard let column = arrangement.divider else { return }
  let body = arrangement.body
  let rules = Set(arrangement.panes.filter { $0.area.column < column }.map(\.area.row))
  let others = Set(arrangement.panes.filter { $0.area.column > column }.map(\.area.row))
  for row in arrangement.dividerRows ?? body.row..<body.bottom {
    let glyph =
      switch (rules.contains(row), others.contains(row)) {
      case (true, true):
        row == (arrangement.dividerRows?.lowerBound ?? body.row) ? Glyph.teeDown : Glyph.cross
      case (true, false): Glyph.teeLeft
      case (false, true): Glyph.teeRight
      case (false, false): Glyph.vertical
      }
    canvas.draw(glyph: glyph, column: column, row: row, style: Style(.rule))
  }
}
