// A pane's content as the frame around it sees it: a title and lines that are made when they are
// shown. Selecting, scrolling, searching and mouse clicks work alike in all panes.

internal import Canvas

/// One line of a pane.
struct PaneLine {
  var spans: [Span] = []
  /// Pieces set flush right; they keep their room before `spans` gets any.
  var trailing: [Span] = []
  var surface = Surface.base

  /// The line's text, for searching.
  var text: String { (spans + trailing).map(\.text).joined(separator: " ") }
}

/// What a pane shows.
struct PaneContent {
  var id: PaneID
  var title: String
  /// Shown at the right end of the title's rule.
  var detail = ""
  var count = 0
  /// Makes a line, given its index and the width there is.
  var line: (_ index: Int, _ width: Int) -> PaneLine = { _, _ in PaneLine() }
  /// A line's position (see `PaneScroll`).
  var position: (_ index: Int) -> UInt64 = { UInt64($0) }
  /// The line to hold in view while nobody scrolls.
  var anchor: Int?
  /// What positions refer to.
  var context = ""
  /// Shown instead of lines where there are none.
  var placeholder: [String] = []
  /// Whether what is shown may no longer be true.
  var isFaded = false
  /// Whether the selected line is lit as a whole.
  var selectsLines = true
  /// A line that stays at the top, and one at the bottom; both only where there is room.
  var header: PaneLine?
  var footer: PaneLine?
  /// Which column's title is at a cell of the head; nil where there is nothing to sort by.
  var headerKey: ((_ cell: Int) -> Int)?
  /// What `<` and `>` go through.
  var sortKeys: [Int] = []
  /// Whether lines come at the end, which stays in view until somebody scrolls.
  var followsEnd = false

  /// Returns the rows for lines in an area of so many rows, rule included.
  func height(in rows: Int) -> Int {
    let inner = max(0, rows - 1)
    return inner - (showsFooter(in: inner) ? 1 : 0) - headerRows(in: rows)
  }

  /// Whether there is room for the footer in so many rows under the rule.
  func showsFooter(in inner: Int) -> Bool { footer != nil && inner >= 6 }

  /// Returns the rows that the header takes in an area of so many rows, rule included.
  func headerRows(in rows: Int) -> Int { header != nil && rows >= 5 ? 1 : 0 }

  /// Returns the index of the line at a position: the last one not after it.
  func index(of position: UInt64) -> Int? {
    guard count > 0 else { return nil }
    // Positions ascend in every pane.
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self.position(middle) <= position { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// Returns the pane's state if it refers to what is shown now.
  func scroll(in view: ViewState) -> PaneScroll {
    guard let scroll = view.scrolls[id], scroll.context == context else {
      var fresh = PaneScroll()
      fresh.context = context
      return fresh
    }
    return scroll
  }

  /// Returns the index of the selected line: a person's choice, else the anchor.
  func selectedIndex(_ view: ViewState) -> Int? {
    if let chosen = scroll(in: view).selection { return index(of: chosen) }
    return anchor ?? (count > 0 ? 0 : nil)
  }

  /// Returns the index of the first visible line when `height` lines fit.
  func top(_ view: ViewState, height: Int) -> Int {
    let last = max(0, count - max(1, height))
    let scroll = scroll(in: view)
    let stored = scroll.top.flatMap { index(of: $0) }
    if scroll.isFree, let stored { return min(stored, last) }
    guard let selected = selectedIndex(view) else { return 0 }
    if let stored {
      // Move only as far as the selection needs.
      if selected < stored { return min(selected, last) }
      if selected >= stored + height { return min(max(0, selected - height + 1), last) }
      return min(stored, last)
    }
    return min(max(0, selected - height * 2 / 5), last)
  }
}
