// Where each pane of a screen lies for a size: shared by drawing, paging and the mouse.

internal import Canvas
internal import Live
internal import Readings
internal import Session

/// The areas of one screen.
struct Arrangement {
  var top: Area
  var bottom: Area
  /// Panes with their areas, rule included, in the order in which Tab visits them.
  var panes: [(id: PaneID, area: Area)]
  var prompt: Area
  /// The column between left and right panes, if there are two columns.
  var divider: Int?
  /// The rows that it goes through; nil for all of the body.
  var dividerRows: Range<Int>?
  /// What the panes share.
  var body: Area

  /// Returns a pane's area; empty if it is not on the screen.
  func area(of id: PaneID) -> Area {
    if id == .prompt { return prompt }
    return panes.first { $0.id == id }?.area ?? Area(column: 0, row: 0, columns: 0, rows: 0)
  }

  /// Returns the pane under a cell.
  func pane(at point: Point) -> PaneID? {
    if prompt.contains(point) { return .prompt }
    return panes.first { $0.area.contains(point) }?.id
  }
}

extension Arrangement {
  /// From this many columns on panes lie side by side.
  static let twoColumns = 70

  /// Lays out the screen that `view` shows.
  init(_ snapshot: Snapshot, _ view: ViewState) {
    let size = view.size
    // Rows go first to the input, then the top bar, the bottom bar and output.
    let isTiny = size.rows < 4
    let rows = Layout.split(
      size.rows,
      [
        Share(minimum: 1, maximum: 1, priority: isTiny ? 1 : 3),
        Share(minimum: 0, weight: 1, priority: 0),
        Share(minimum: Self.promptRows(view), maximum: Self.promptRows(view), priority: 4),
        Share(minimum: size.rows >= 8 ? 1 : 0, maximum: size.rows >= 8 ? 1 : 0, priority: 2),
      ])
    let areas = Area(size).stacked(rows)
    top = areas[0]
    body = areas[1]
    prompt = areas[2]
    bottom = areas[3]
    divider = nil
    panes = []
    if view.isZoomed, view.focus == .prompt {
      prompt = Area(column: 0, row: body.row, columns: size.columns, rows: prompt.bottom - body.row)
      body.rows = 0
    } else if view.isZoomed {
      panes = [(view.focus, body)]
    } else {
      arrange(snapshot, view)
    }
  }

  /// Rows of the prompt's pane: its rule, some output, the input.
  private static func promptRows(_ view: ViewState) -> Int {
    let rows = view.size.rows
    if rows < 6 { return 1 }
    if rows < 14 { return 2 }
    let usual = min(12, max(4, rows / 4 - 1))
    guard view.focus == .prompt else { return usual }
    // It grows for a long answer while it has the keys, but leaves the panes their minimum.
    return max(usual, min(view.prompt.freshLines + 2, rows - 12, max(usual, rows / 2)))
  }

  private mutating func arrange(_ snapshot: Snapshot, _ view: ViewState) {
    switch view.screen {
    case .stacks:
      let hasSource = !(snapshot.source?.lines.isEmpty ?? true)
      let left: [(PaneID, Share)] =
        (snapshot.threads.count > 1
          ? [
            (
              .threads,
              Share(minimum: 3, maximum: min(6, snapshot.threads.count + 1), priority: 2)
            )
          ] : [])
        + [
          (.frames, Share(minimum: 6, weight: 3, priority: 5)),
          (.registers, Share(minimum: 3, maximum: 40, weight: 4, priority: 4)),
        ]
        + (snapshot.breakpoints.isEmpty
          ? []
          : [
            (
              .breakpoints,
              Share(minimum: 2, maximum: min(8, snapshot.breakpoints.count + 1), priority: 1)
            )
          ])
      let right: [(PaneID, Share)] = [
        (
          .source,
          Share(
            minimum: hasSource ? 4 : 3, maximum: hasSource ? .max : 3, weight: 8, priority: 5)
        ),
        (.disassembly, Share(minimum: 3, weight: hasSource ? 5 : 9, priority: 4)),
        (.locals, Share(minimum: 2, weight: 4, priority: 3)),
      ]
      place(left, right, view, leftShare: 9)
    case .profile:
      if body.columns < Self.twoColumns, body.rows < 14 {
        // Half of that each would show nothing: the one that has the keys shows.
        let shown = view.focus == .prompt ? view.lastPane : view.focus
        let one = shown == .flame ? PaneID.flame : .functions
        stack([(one, Share(minimum: 2))], in: body)
      } else {
        place(
          [(.functions, Share(minimum: 3, priority: 1))],
          [(.flame, Share(minimum: 3, weight: 2, priority: 2))], view, leftShare: 8)
      }
    case .overview: arrangeOverview(snapshot)
    case .events: arrangeEvents(snapshot, view)
    case .log: stack([(.log, Share(minimum: 1))], in: body)
    case .memory where !snapshot.live.history.moments.isEmpty && body.columns >= Self.twoColumns:
      place(
        [
          (.heap, Share(minimum: 4, weight: 5, priority: 3)),
          (.fiberStacks, Share(minimum: 3, maximum: 8, weight: 2, priority: 1)),
          (.ranges, Share(minimum: 3, maximum: 9, weight: 2, priority: 2)),
        ],
        [
          (.map, Share(minimum: 3, maximum: max(4, body.rows / 3), weight: 3, priority: 1)),
          (.dump, Share(minimum: 3, weight: 7, priority: 2)),
        ], view, leftShare: 9)
    case .memory:
      let regions = snapshot.memoryMap.count
      if view.size.columns >= 120 {
        place(
          [(.map, Share(minimum: 3))], [(.dump, Share(minimum: 3))], view, leftShare: 6)
      } else {
        let share = Share(
          minimum: 3, maximum: min(max(3, regions + 1), max(3, body.rows / 3)), priority: 1)
        stack(
          [(.map, share), (.dump, Share(minimum: 3, weight: 9, priority: 2))], in: body)
      }
    }
  }

  private mutating func arrangeOverview(_ snapshot: Snapshot) {
    let found = snapshot.live.findings.count
    let lints = (
      PaneID.findings,
      Share(minimum: 2, maximum: found == 0 ? 2 : min(found + 1, 8), weight: 2, priority: 2)
    )
    let vitals = (PaneID.vitals, Share(minimum: 3, maximum: 7, weight: 9, priority: 3))
    let counters = (PaneID.counters, Share(minimum: 4, weight: 5, priority: 1))
    let count = snapshot.live.history.moments.last?.connections.count ?? 0
    let connections: [(PaneID, Share)] =
      count == 0
      ? []
      : [(.connections, Share(minimum: 3, maximum: min(count + 2, 12), weight: 3, priority: 0))]
    guard body.columns >= 120 else {
      return stack([vitals, lints] + connections + [counters], in: body)
    }
    let rows = Layout.split(body.rows, [vitals.1, Share(minimum: 0, weight: 9)])
    let areas = body.stacked(rows)
    panes.append((.vitals, areas[0]))
    let left = areas[1].columns / 2
    divide(at: areas[1].column + left, rows: areas[1])
    stack(
      [
        (
          .findings,
          Share(minimum: 2, maximum: max(2, found + 1), weight: 3, priority: 2)
        ), (.handlers, Share(minimum: 3, weight: 5, priority: 1)),
      ], in: Area(column: areas[1].column, row: areas[1].row, columns: left, rows: areas[1].rows))
    stack(
      connections + [(.counters, Share(minimum: 3))],
      in: areas[1].inset(left: left + 1))
  }

  private mutating func arrangeEvents(_ snapshot: Snapshot, _ view: ViewState) {
    let handlers = snapshot.live.history.moments.last?.handlers.count ?? 0
    let table = (
      PaneID.handlers, Share(minimum: 4, maximum: max(4, handlers + 2), weight: 3, priority: 3)
    )
    let line = (
      PaneID.timeline,
      Share(minimum: 4, maximum: max(4, min(handlers + 2, 14)), weight: 2, priority: 2)
    )
    let histogram = (PaneID.histogram, Share(minimum: 4, weight: 5, priority: 0))
    guard body.rows >= 8 else {
      let all = [table.0, line.0, PaneID.slowest, histogram.0]
      let focused = all.contains(view.focus) ? view.focus : .handlers
      return stack([(focused, Share(minimum: 1))], in: body)
    }
    let found = snapshot.live.history.slowest.count
    let slowest = (
      PaneID.slowest,
      Share(minimum: 3, maximum: max(3, min(found + 1, 12)), weight: 2, priority: 1)
    )
    stack([table, line] + (hasRuns(snapshot) ? [slowest] : []) + [histogram], in: body)
  }

  private mutating func divide(at column: Int, rows: Area) {
    divider = column
    dividerRows = rows.row..<rows.bottom
  }

  /// Puts panes into two columns, or all into one where there is no room for two.
  private mutating func place(
    _ left: [(PaneID, Share)], _ right: [(PaneID, Share)], _ view: ViewState, leftShare: Int
  ) {
    guard body.columns >= Self.twoColumns else {
      // One column: each pane is content with less, and the one that has the keys comes first.
      let order: [PaneID] = [.frames, .source, .disassembly, .registers, .locals]
      let narrow = (left + right).map { id, share -> (PaneID, Share) in
        var share = share
        share.minimum = min(3, share.minimum + (id == .locals ? 1 : 0))
        share.priority = order.firstIndex(of: id).map { 10 - $0 } ?? 1
        if id == view.focus {
          share.priority = 20
          share.weight = 12
        }
        return (id, share)
      }
      let sorted = narrow.sorted { first, second in
        (order.firstIndex(of: first.0) ?? 9) < (order.firstIndex(of: second.0) ?? 9)
      }
      stack(sorted, in: body)
      return
    }
    let leftColumns = body.columns * leftShare / 20
    divider = body.column + leftColumns
    stack(
      left,
      in: Area(column: body.column, row: body.row, columns: leftColumns, rows: body.rows))
    stack(
      right,
      in: Area(
        column: body.column + leftColumns + 1, row: body.row,
        columns: body.columns - leftColumns - 1, rows: body.rows))
  }

  private mutating func stack(_ parts: [(PaneID, Share)], in area: Area) {
    let rows = Layout.split(area.rows, parts.map(\.1))
    for (part, area) in zip(parts, area.stacked(rows)) where !area.isEmpty {
      panes.append((part.0, area))
    }
  }
}
