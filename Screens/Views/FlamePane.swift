// An icicle graph in cells: callers above, what they call below, each as wide as its share.

internal import Canvas
internal import Live
internal import Profiling
internal import Session

/// Boxes in cells.
struct Flame {
  /// One box in its row.
  struct Segment: Equatable {
    /// Its index in the picture's items.
    var item: Int
    var column: Int
    var columns: Int
  }

  /// From the outermost box that is shown, each row deeper than the one before.
  private(set) var rows: [[Segment]] = []

  /// The most rows.
  static let most = 200

  /// Lays out what is in the item `top`, in so many columns.
  init(_ sums: ProfileView, top: Int, columns: Int) {
    guard columns > 0, sums.items.indices.contains(top), sums.items[top].all > 0 else { return }
    var row = [Segment(item: top, column: 0, columns: columns)]
    while !row.isEmpty, rows.count < Self.most {
      rows.append(row)
      row = row.flatMap { Self.inside($0, sums) }
    }
  }

  /// The boxes in a box, wide enough for a cell. Rounding never adds up: each begins where its share
  /// of what stands before it ends.
  private static func inside(_ segment: Segment, _ sums: ProfileView) -> [Segment] {
    let whole = Double(sums.items[segment.item].all)
    var before: UInt64 = 0
    var inner: [Segment] = []
    for child in sums.children(of: segment.item) {
      let count = sums.items[child].all
      let start = Int(Double(before) / whole * Double(segment.columns))
      before &+= count
      let end = min(Int(Double(before) / whole * Double(segment.columns)), segment.columns)
      if end > start {
        inner.append(Segment(item: child, column: segment.column + start, columns: end - start))
      }
    }
    return inner
  }

  /// The row of an item's box and its place there; nil if it is not shown.
  func place(of item: Int) -> (row: Int, index: Int)? {
    for (row, segments) in rows.enumerated() {
      if let index = segments.firstIndex(where: { $0.item == item }) { return (row, index) }
    }
    return nil
  }

  /// The item under a cell.
  func item(row: Int, column: Int) -> Int? {
    guard rows.indices.contains(row) else { return nil }
    return rows[row].first { column >= $0.column && column < $0.column + $0.columns }?.item
  }
}

extension ProfilePicture {
  /// The item that the graph begins with.
  func top(_ view: ViewState) -> Int { view.profile.zooms.last.map(present) ?? 0 }

  /// The item selected: in the graph, where that shows it.
  func selected(_ view: ViewState) -> Int {
    let item = present(view.profile.selected)
    let top = top(view)
    var above = item
    while above >= 0, above != top { above = sums.items[above].parent }
    return above == top ? item : top
  }

  /// The functions that a search of the graph has found, and the share of samples in them.
  func matches(_ view: ViewState) -> (functions: Set<Int32>, share: UInt64)? {
    guard let search = view.search, search.pane == .flame else { return nil }
    let wanted = search.pattern.lowercased()
    var found: Set<Int32> = []
    for (number, function) in record.tree.functions.enumerated()
    where number >= CallTree.roots && function.name.lowercased().contains(wanted) {
      found.insert(Int32(number))
    }
    return (found, share(ProfileView.count(in: found, record, slice, view.profile.choice)))
  }

  func matches(_ item: ProfileView.Item, _ functions: Set<Int32>) -> Bool {
    guard record.tree.nodes.indices.contains(Int(item.box.node)) else { return false }
    return functions.contains(record.tree.nodes[Int(item.box.node)].function)
  }
}

func flamePane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  let state = view.profile
  var pane = PaneContent(id: .flame, title: "Call tree")
  pane.selectsLines = false
  guard let picture = ProfilePicture(snapshot, view, columns: columns) else { return pane }
  pane.isFaded = isProfileFaded(snapshot, view)
  pane.detail = picture.notes
  switch state.grouping {
  case .none: break
  case .handler: pane.title = "Call tree by handler"
  case .task: pane.title = "Call tree by task"
  case .fiber: pane.title = "Call tree by fiber"
  }
  if picture.slice.isUngrouped { pane.title += " (unknown: no single samples here)" }
  if state.mark != nil {
    pane.title += picture.sums.isCompared ? ", against the mark" : ", the mark is of another run"
  }
  let found = picture.matches(view)
  if let found { pane.detail = percent(found.share) + " of the time" }
  let flame = Flame(picture.sums, top: picture.top(view), columns: columns)
  let selected = picture.selected(view)
  pane.count = flame.rows.count
  pane.anchor = flame.place(of: selected)?.row
  // Rows mean other boxes as soon as another one is zoomed into.
  pane.context = "\(state.zooms.count)"
  pane.line = { index, _ in
    var line = PaneLine()
    var column = 0
    for segment in flame.rows[index] {
      line.spans.append(Span(blanks(segment.column - column)))
      let item = picture.sums.items[segment.item]
      let isSelected = segment.item == selected
      let surface = isSelected ? .selection : surface(of: item, picture)
      let isMatch = found.map { picture.matches(item, $0.functions) } ?? false
      line.spans.append(Span("│", isSelected ? .activeTitle : .rule, on: surface))
      line.spans.append(
        Span(
          label(of: item, picture, isMatch: isMatch, columns: segment.columns - 1),
          isMatch ? .match : isSelected ? .activeTitle : .plain, on: surface))
      column = segment.column + segment.columns
    }
    return line
  }
  pane.footer = description(of: picture.sums.items[selected], picture)
  return pane
}

/// What lies under a box: the kind of code it is, or how it has changed.
private func surface(of item: ProfileView.Item, _ picture: ProfilePicture) -> Surface {
  if let change = picture.change(item.all, before: item.allBefore) {
    // Less than half a point is what chance makes of equal shares.
    return change >= 5 ? .more : change <= -5 ? .less : .noCode
  }
  return switch picture.kind(of: item.box) {
  case .application: .application
  case .kernel: .kernel
  case .runtime: .runtime
  case .none: .noCode
  }
}

/// A box's text, exactly as wide as it may be.
private func label(
  of item: ProfileView.Item, _ picture: ProfilePicture, isMatch: Bool, columns: Int
) -> String {
  guard columns > 0 else { return "" }
  var text = (isMatch ? "*" : "") + picture.name(of: item.box)
  let change = picture.change(item.all, before: item.allBefore)
  let figure = change.map(points) ?? percent(picture.share(item.all))
  if let change, change != 0, columns < width(text) + width(figure) + 2, columns >= 6 {
    // The sign matters more than the name: colour alone does not say it.
    return padded(clipped((change > 0 ? "+" : "-") + text, columns), columns)
  }
  text = clipped(text, columns)
  let room = columns - width(text)
  guard room >= width(figure) + 2 else { return padded(text, columns) }
  return text + blanks(room - width(figure) - 1) + figure + " "
}

/// The beginning of a text, with a mark where it was cut.
private func clipped(_ text: String, _ columns: Int) -> String {
  guard width(text) > columns else { return text }
  guard columns > 1 else { return "" }
  var kept = ""
  var used = 0
  for character in text.prefix(columns) {
    let cells = width(String(character))
    guard used + cells < columns else { break }
    kept.append(character)
    used += cells
  }
  return kept + "…"
}

/// What the selected box is.
private func description(of item: ProfileView.Item, _ picture: ProfilePicture) -> PaneLine {
  let function = picture.record.tree.function(of: item.box.node)
  var figures = [
    "self " + percent(picture.share(item.own)), "total " + percent(picture.share(item.all)),
  ]
  if let change = picture.change(item.all, before: item.allBefore) {
    figures.append(points(change) + " points")
  }
  var line = PaneLine(spans: [Span(" " + picture.name(of: item.box), .name)])
  if let file = function?.file, let number = function?.line, number > 0 {
    line.spans.append(Span("  \(baseName(file)):\(number)", .quiet))
  }
  line.trailing = [Span(figures.joined(separator: "  ") + " ", .number)]
  return line
}
