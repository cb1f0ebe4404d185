// Keys and clicks on the Profile screen.

internal import Bytes
internal import Canvas
internal import Live
internal import Profiling
internal import Session

extension Dashboard {
  /// Keys of the Profile screen; `nil` for those it shares with others.
  static func handleProfile(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect]? {
    switch key {
    case .character("i"): view.profile.choice.hidesIdle.toggle()
    case .character("w"): view.profile.choice.isWaiting.toggle()
    case .character("t"): view.profile.span = next(after: view.profile.span)
    case .character("e"):
      view.profile.grouping = next(after: view.profile.grouping)
      // Boxes of one grouping are none of another's.
      view.profile.zooms = []
      view.profile.selected = .whole
      if view.profile.mark != nil { mark(&view, snapshot) }
    case .character("d"):
      if view.profile.mark != nil { unmark(&view) } else { mark(&view, snapshot) }
    case .character("<"): sort(-1, &view)
    case .character(">"): sort(1, &view)
    case .character("r"): view.profile.isReversed.toggle()
    case .character("+"), .character("="), .character("-"):
      guard snapshot.live.recorded == nil else {
        notice("a recording has the samples that were taken", &view)
        return []
      }
      let step = key == .character("-") ? -1 : 1
      if snapshot.live.pauses == nil {
        changeRate(step, &view)
      } else {
        changePauses(step, &view, snapshot)
      }
    case .character("u"), .backspace: zoomOut(&view)
    case .character("b"): proposeBreakpoint(&view, snapshot)
    case .character("o"): return source(&view, snapshot)
    case .enter where view.focus == .functions: return source(&view, snapshot)
    case .enter: zoomIn(&view, snapshot)
    case .up, .character("k"), .down, .character("j"), .left, .character("h"), .right,
      .character("l"), .home, .end:
      guard view.focus == .flame else { return nil }
      moveBox(key, &view, snapshot)
    default: return nil
    }
    return []
  }

  private static func next<Choice: CaseIterable & Equatable>(after choice: Choice) -> Choice {
    let all = Array(Choice.allCases)
    let place = all.firstIndex(of: choice) ?? 0
    return all[(place + 1) % all.count]
  }

  // MARK: What is counted

  private static func mark(_ view: inout ViewState, _ snapshot: Snapshot) {
    guard let picture = picture(view, snapshot) else {
      return notice("there is no profile to mark a moment of", &view)
    }
    view.profile.mark = picture.slice
    view.profile.order = .change
  }

  private static func unmark(_ view: inout ViewState) {
    view.profile.mark = nil
    if view.profile.order == .change { view.profile.order = .own }
  }

  private static func changeRate(_ step: Int, _ view: inout ViewState) {
    let rates = ProfileState.rates
    let place = rates.firstIndex { $0 >= view.profile.rate } ?? 0
    view.profile.rate = rates[max(0, min(place + step, rates.count - 1))]
    let rate = view.profile.rate
    notice(rate > 0 ? "\(rate) samples a second" : "the profiler is stopped; + starts it", &view)
  }

  /// Stopping the target for samples is asked about the first time.
  private static func changePauses(_ step: Int, _ view: inout ViewState, _ snapshot: Snapshot) {
    guard !snapshot.isReadOnly else {
      return notice("to sample it, it would have to be stopped; this attachment only looks", &view)
    }
    let rates = ProfileState.pauseRates
    let place = rates.firstIndex { $0 >= view.profile.pauses } ?? 0
    let rate = rates[max(0, min(place + step, rates.count - 1))]
    guard view.profile.pauses > 0 || step < 0 else {
      if view.profile.mayPause { startPauses(&view) } else { view.question = .pauses }
      return
    }
    view.profile.pauses = rate
    notice(rate > 0 ? "stopped \(rate) times a second" : "it is left alone; + samples it", &view)
  }

  /// Has the target stopped for samples, as the person wants.
  static func startPauses(_ view: inout ViewState) {
    view.profile.mayPause = true
    view.profile.pauses = ProfileState.usualPauses
  }

  // MARK: The table

  private static func sort(_ step: Int, _ view: inout ViewState) {
    let orders = view.profile.orders
    let place = orders.firstIndex(of: view.profile.order) ?? 0
    view.profile.order = orders[(place + step + orders.count) % orders.count]
    view.profile.isReversed = false
  }

  /// Sorts by the column whose heading was clicked; a second click turns it round.
  static func sortFunctions(at column: Int, _ view: inout ViewState) {
    var end = 0
    var order = ProfileState.Order.name
    for (candidate, heading) in functionColumns(view) {
      end += width(heading)
      if column < end {
        order = candidate
        break
      }
    }
    view.profile.isReversed = view.profile.order == order && !view.profile.isReversed
    view.profile.order = order
  }

  /// Selects a function, which stays selected wherever it is sorted to.
  static func selectFunction(_ index: Int, _ view: inout ViewState, _ snapshot: Snapshot) {
    view.scrolls[.functions]?.selection = nil
    guard let picture = picture(view, snapshot) else { return }
    let rows = functionRows(picture, view)
    if rows.indices.contains(index) { view.profile.function = rows[index].function }
  }

  // MARK: The graph

  /// What the screen's panes are drawn from.
  private static func picture(_ view: ViewState, _ snapshot: Snapshot) -> ProfilePicture? {
    let columns = Arrangement(snapshot, view).area(of: .flame).columns
    return ProfilePicture(snapshot, view, columns: max(columns, 1))
  }

  private static func flame(
    _ picture: ProfilePicture, _ view: ViewState, _ snapshot: Snapshot
  ) -> Flame {
    let columns = Arrangement(snapshot, view).area(of: .flame).columns
    return Flame(picture.sums, top: picture.top(view), columns: max(columns, 1))
  }

  private static func choose(_ item: Int, _ picture: ProfilePicture, _ view: inout ViewState) {
    view.profile.selected = picture.sums.items[item].box
    view.profile.generation = picture.record.generation
    view.scrolls[.flame]?.isFree = false
  }

  private static func moveBox(_ key: Key, _ view: inout ViewState, _ snapshot: Snapshot) {
    guard let picture = picture(view, snapshot) else { return }
    let flame = flame(picture, view, snapshot)
    let selected = picture.selected(view)
    guard let place = flame.place(of: selected) else {
      // Too narrow to be shown: its caller is not.
      let parent = picture.sums.items[selected].parent
      if parent >= 0 { choose(parent, picture, &view) }
      return
    }
    let row = flame.rows[place.row]
    switch key {
    case .up, .character("k"):
      let parent = picture.sums.items[selected].parent
      if place.row > 0, parent >= 0 { choose(parent, picture, &view) }
    case .down, .character("j"):
      guard flame.rows.indices.contains(place.row + 1) else { return }
      let inner = flame.rows[place.row + 1].filter {
        picture.sums.items[$0.item].parent == selected
      }
      // The widest: the way of most time is the one most often followed.
      if let widest = inner.max(by: { ($0.columns, $1.column) < ($1.columns, $0.column) }) {
        choose(widest.item, picture, &view)
      }
    case .left, .character("h"): choose(row[max(0, place.index - 1)].item, picture, &view)
    case .home: choose(row[0].item, picture, &view)
    case .end: choose(row[row.count - 1].item, picture, &view)
    default: choose(row[min(place.index + 1, row.count - 1)].item, picture, &view)
    }
  }

  private static func zoomIn(_ view: inout ViewState, _ snapshot: Snapshot) {
    guard let picture = picture(view, snapshot) else { return }
    let selected = picture.selected(view)
    guard selected != picture.top(view) else { return }
    view.profile.zooms.append(picture.sums.items[selected].box)
  }

  private static func zoomOut(_ view: inout ViewState) {
    if view.profile.zooms.popLast() == nil { view.profile.selected = .whole }
  }

  /// A click selects a box; a click on the selected one zooms into it, on the outermost out.
  static func pressFlame(
    column: Int, row: Int, _ area: Area, _ view: inout ViewState, _ snapshot: Snapshot
  ) {
    guard let picture = picture(view, snapshot) else { return }
    let flame = Flame(picture.sums, top: picture.top(view), columns: area.columns)
    guard let item = flame.item(row: row, column: column) else { return }
    let isSelected = item == picture.selected(view)
    choose(item, picture, &view)
    guard isSelected else { return }
    if row == 0 { zoomOut(&view) } else { zoomIn(&view, snapshot) }
  }

  /// Goes to the next box that a search has found, by rows.
  static func findBox(
    _ direction: Int, _ view: inout ViewState, _ snapshot: Snapshot, includingHere: Bool
  ) {
    guard let picture = picture(view, snapshot), let found = picture.matches(view) else {
      return
    }
    let boxes = flame(picture, view, snapshot).rows.joined().map(\.item)
    let here = boxes.firstIndex(of: picture.selected(view)) ?? 0
    guard !boxes.isEmpty else { return }
    for step in (includingHere ? 0 : 1)...boxes.count {
      let index = (here + direction * step + boxes.count * 2) % boxes.count
      if picture.matches(picture.sums.items[boxes[index]], found.functions) {
        return choose(boxes[index], picture, &view)
      }
    }
    let name = view.search?.pattern ?? ""
    notice(
      found.functions.isEmpty ? "not found: " + name : name + ": no box wide enough; zoom in", &view
    )
  }

  // MARK: Elsewhere

  /// The function that keys mean: of the selected line or box.
  private static func function(
    _ picture: ProfilePicture, _ view: ViewState
  ) -> ProfileFunction? {
    view.focus == .flame
      ? picture.record.tree.function(of: picture.sums.items[picture.selected(view)].box.node)
      : selectedFunction(picture, view)?.function
  }

  private static func source(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    guard let picture = picture(view, snapshot) else { return [] }
    guard let function = function(picture, view), let file = function.file, function.line > 0
    else {
      notice("no line is known of it", &view)
      return []
    }
    let effects = show(.stacks, &view, snapshot)
    focus(.source, &view)
    return effects + [.viewSource(file, line: function.line)]
  }

  private static func proposeBreakpoint(_ view: inout ViewState, _ snapshot: Snapshot) {
    guard let picture = picture(view, snapshot), let function = function(picture, view),
      function.kind != .none
    else { return }
    let isPlain = function.name.allSatisfy { $0.isLetter || $0.isNumber || "._:()".contains($0) }
    let place =
      isPlain || function.start == 0
      ? function.name : "*" + Address(function.start).hex
    focusPrompt(&view)
    view.prompt.propose("break " + place)
  }
}
