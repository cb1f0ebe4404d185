// The mouse: a click selects, the wheel scrolls what is under it.

internal import Bytes
internal import Canvas
internal import Session

extension Dashboard {
  static func handle(
    _ event: MouseEvent, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    if view.help != nil {
      switch event.action {
      case .wheelDown: view.help = min(helpLimit(view), (view.help ?? 0) + 3)
      case .wheelUp: view.help = max(0, (view.help ?? 0) - 3)
      case .pressed: view.help = nil
      case .dragged, .released: break
      }
      return []
    }
    guard view.question == nil else { return [] }
    let arrangement = Arrangement(snapshot, view)
    switch event.action {
    case .wheelUp: return wheel(-3, event.point, arrangement, &view, snapshot)
    case .wheelDown: return wheel(3, event.point, arrangement, &view, snapshot)
    case .pressed, .dragged: return press(event, arrangement, &view, snapshot)
    case .released: return []
    }
  }

  private static func press(
    _ event: MouseEvent, _ arrangement: Arrangement, _ view: inout ViewState,
    _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    let point = event.point
    if arrangement.top.contains(point) {
      guard event.action == .pressed,
        let screen = tab(at: point.column, columns: arrangement.top.columns)
      else { return [] }
      return show(screen, &view, snapshot)
    }
    if arrangement.bottom.contains(point), event.action == .pressed {
      if point.column >= arrangement.bottom.end - 7 { view.help = 0 }
      return []
    }
    guard let id = arrangement.pane(at: point) else { return [] }
    // Dragging selects only in the pane where it began.
    if event.action == .dragged, id != view.focus || id == .prompt { return [] }
    focus(id, &view)
    guard id != .prompt else { return [] }
    let area = arrangement.area(of: id)
    let (pane, height) = geometry(id, view, snapshot)
    let row = point.row - area.row - 1 - pane.headerRows(in: area.rows)
    if id == .timeline {
      let column = point.column - area.column
      return pressTimeline(event.action, column: column, area, &view, snapshot)
    }
    if row == -1, event.action == .pressed, pane.headerRows(in: area.rows) > 0 {
      if id == .functions { sortFunctions(at: point.column - area.column, &view) }
      if let key = pane.headerKey?(point.column - area.column), pane.sortKeys.contains(key) {
        view.sorts[id] = view.sorts[id] == key ? 0 : key
      }
      return []
    }
    guard row >= 0, row < height else { return [] }
    let index = pane.top(view, height: height) + row
    guard index < pane.count else { return [] }
    if id == .dump {
      return pressDump(column: point.column - area.column, row: index, area, &view, snapshot)
    }
    if id == .flame {
      guard event.action == .pressed else { return [] }
      pressFlame(column: point.column - area.column, row: index, area, &view, snapshot)
      return []
    }
    return select(index, pane, height, &view, snapshot)
  }

  private static func pressDump(
    column: Int, row: Int, _ area: Area, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    guard let window = snapshot.memory else { return [] }
    let format = DumpFormat(columns: area.columns, window)
    var place = column - 1 - format.digits - 2
    let hexColumns = format.across * 3 + (format.across >= 8 ? 1 : 0)
    if place >= hexColumns + 1 {
      place -= hexColumns + 1
    } else {
      if format.across > 8, place >= 25 { place -= 1 }
      place /= 3
    }
    let offset = row * format.across + max(0, min(place, format.across - 1))
    guard offset < window.bytes.count else { return [] }
    let cursor = view.memoryCursor ?? window.start
    let target = window.start.advanced(by: UInt64(offset))
    let forward = target.offset(from: cursor)
    let backward = cursor.offset(from: target)
    return step(
      forward <= backward ? Int(forward) : -Int(backward), &view, snapshot)
  }

  /// Returns the screen whose name in the top bar is at a column.
  static func tab(at column: Int, columns: Int) -> Screen? {
    var start = 0
    for screen in Screen.allCases {
      let end = start + width(tabText(screen, columns: columns))
      if (start..<end).contains(column) { return screen }
      start = end
    }
    return nil
  }

  private static func wheel(
    _ rows: Int, _ point: Point, _ arrangement: Arrangement, _ view: inout ViewState,
    _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    guard let id = arrangement.pane(at: point) else { return [] }
    if id == .prompt {
      view.prompt.scroll(-rows)
      return []
    }
    let (pane, height) = geometry(id, view, snapshot)
    guard pane.count > 0 else { return [] }
    if id == .dump, let window = snapshot.memory {
      let across = DumpFormat(columns: arrangement.area(of: id).columns, window).across
      return step(rows * across, &view, snapshot)
    }
    let top = max(0, min(pane.top(view, height: height) + rows, pane.count - height))
    var scroll = pane.scroll(in: view)
    scroll.top = pane.position(top)
    scroll.isFree = true
    scroll.context = pane.context
    view.scrolls[id] = scroll
    // At the end again: it is followed again.
    if pane.followsEnd, rows > 0, top >= pane.count - height { view.scrolls[id] = nil }
    return []
  }
}
