// Where each pane of a screen lies for a size: shared by drawing, paging and the mouse.

internal import Canvas
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
    case .overview, .events, .log:
      stack([(view.screen.mainPane, Share(minimum: 3))], in: body, view)
    case .profile:
      if body.columns < Self.twoColumns, body.rows < 14 {
        // Half of that each would show nothing: the one that has the keys shows.
        let shown = view.focus == .prompt ? view.lastPane : view.focus
        let one = shown == .flame ? PaneID.flame : .functions
        stack([(one, Share(minimum: 2))], in: body, view)
      } else {
        place(
          [(.functions, Share(minimum: 3, priority: 1))],
          [(.flame, Share(minimum: 3, weight: 2, priority: 2))], view, leftShare: 8)
      }
    case .memory:
      let regions = snapshot.memoryMap.count
      if view.size.columns >= 120 {
        place(
          [(.map, Share(minimum: 3))], [(.dump, Share(minimum: 3))], view, leftShare: 6)
      } else {
        let share = Share(
          minimum: 3, maximum: min(max(3, regions + 1), max(3, body.rows / 3)), priority: 1)
        stack(
          [(.map, share), (.dump, Share(minimum: 3, weight: 9, priority: 2))], in: body, view)
      }
    }
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
      stack(sorted, in: body, view)
      return
    }
    let leftColumns = body.columns * leftShare / 20
    divider = body.column + leftColumns
    stack(
      left,
      in: Area(column: body.column, row: body.row, columns: leftColumns, rows: body.rows), view)
    stack(
      right,
      in: Area(
        column: body.column + leftColumns + 1, row: body.row,
        columns: body.columns - leftColumns - 1, rows: body.rows), view)
  }

  private mutating func stack(
    _ parts: [(PaneID, Share)], in area: Area, _ view: ViewState
  ) {
    let rows = Layout.split(area.rows, parts.map(\.1))
    for (part, area) in zip(parts, area.stacked(rows)) where !area.isEmpty {
      panes.append((part.0, area))
    }
  }
}
