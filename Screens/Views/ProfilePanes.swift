// The functions of a profile: how much of the time each had itself, and with what it called.

internal import Canvas
internal import Live
internal import Profiling
internal import Session
internal import TerminalText

/// Says why there is nothing to show, and what would help.
func noProfile(_ live: Live, _ view: ViewState) -> [String] {
  if let pauses = live.pauses { return pausesText(pauses) }
  if !live.profileNote.isEmpty { return [live.profileNote] }
  if !live.note.isEmpty { return [live.note] }
  if live.reading != nil { return ["the instance has no profiler"] }
  return ["nothing read yet"]
}

/// Says how to sample an instance whose own profiler is of no use, or why that does not get on.
private func pausesText(_ pauses: PausedSampling) -> [String] {
  if !pauses.note.isEmpty { return ["no samples: " + pauses.note] }
  if pauses.rate > 0 { return ["no samples in this time yet"] }
  return [
    pauses.reason + ".",
    "+ samples it all the same: it is stopped for about a millisecond, "
      + "\(ProfileState.usualPauses) times a second; you are asked first.",
  ]
}

/// Lines broken between words, so that each has at most so many columns.
private func folded(_ lines: [String], _ columns: Int) -> [String] {
  lines.flatMap { line in
    var pieces: [String] = []
    for word in line.split(separator: " ") {
      if let last = pieces.last, width(last) + 1 + width(String(word)) <= columns {
        pieces[pieces.count - 1] = last + " " + word
      } else {
        pieces.append(String(word))
      }
    }
    return pieces
  }
}

/// The functions that the table shows, in its order.
func functionRows(_ picture: ProfilePicture, _ view: ViewState) -> [ProfileView.Row] {
  let state = view.profile
  let functions = picture.record.tree.functions
  func name(_ row: ProfileView.Row) -> String { functions[Int(row.function)].name }
  var rows = picture.sums.rows
  if let search = view.search, search.pane == .functions {
    let wanted = search.pattern.lowercased()
    rows.removeAll { !name($0).lowercased().contains(wanted) }
  }
  func change(_ row: ProfileView.Row) -> Int {
    picture.change(row.own, before: row.ownBefore) ?? 0
  }
  switch state.order {
  case .own: rows.sort { ($1.own, $1.all, $0.function) < ($0.own, $0.all, $1.function) }
  case .all: rows.sort { ($1.all, $1.own, $0.function) < ($0.all, $0.own, $1.function) }
  case .change: rows.sort { (change($1), $0.function) < (change($0), $1.function) }
  case .name: rows.sort { (name($0), $0.function) < (name($1), $1.function) }
  }
  return state.isReversed ? rows.reversed() : rows
}

/// The function of the selected line; nil without any.
func selectedFunction(
  _ picture: ProfilePicture, _ view: ViewState
) -> (number: Int32, function: ProfileFunction)? {
  let rows = functionRows(picture, view)
  let row = rows.first { $0.function == view.profile.function } ?? rows.first
  return row.map { ($0.function, picture.record.tree.functions[Int($0.function)]) }
}

/// Columns of the table before the name, each as wide as its heading and a blank.
func functionColumns(_ view: ViewState) -> [(order: ProfileState.Order, heading: String)] {
  var columns = [(ProfileState.Order.own, "  SELF"), (.all, "  TOTAL")]
  if view.profile.mark != nil { columns.append((.change, " CHANGE")) }
  return columns
}

func functionsPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  let state = view.profile
  var pane = PaneContent(id: .functions, title: state.choice.isWaiting ? "Off-CPU" : "On-CPU")
  pane.placeholder = folded(noProfile(snapshot.live, view), columns - 2)
  guard let picture = ProfilePicture(snapshot, view, columns: 0) else { return pane }
  pane.title += ", " + state.spanText
  if state.choice.hidesIdle { pane.title += ", busy" }
  pane.isFaded = isProfileFaded(snapshot, view)
  let rows = functionRows(picture, view)
  pane.count = rows.count
  pane.placeholder =
    picture.record.rate == 0 && picture.sums.whole == 0
    ? ["no samples: + starts the profiler"]
    : state.choice.isWaiting ? ["nothing was found waiting"] : ["no samples in this time yet"]
  if let pauses = snapshot.live.pauses {
    pane.placeholder = pausesText(pauses)
  } else if !snapshot.live.profileNote.isEmpty {
    pane.placeholder = [snapshot.live.profileNote]
  }
  if snapshot.isDead { pane.placeholder = ["no samples were taken before it died"] }
  if let frozen = view.frozen, frozen < picture.record.began {
    pane.placeholder = ["that was before the profile was looked at,", "or more than a minute ago"]
  } else if snapshot.live.recorded != nil {
    pane.placeholder = ["no samples were taken in this time"]
  }
  if let search = view.search, search.pane == .functions {
    pane.placeholder = ["no function has \(search.pattern) in its name"]
  }
  pane.placeholder = folded(pane.placeholder, columns - 2)
  let headings = functionColumns(view)
  func mark(_ order: ProfileState.Order) -> Role { state.order == order ? .title : .quiet }
  pane.header = PaneLine(
    spans: headings.map { Span($0.heading, mark($0.order)) } + [
      Span("  FUNCTION" + (state.isReversed ? ", reversed" : ""), mark(.name))
    ])
  let functions = picture.record.tree.functions
  pane.anchor = rows.firstIndex { $0.function == state.function }
  pane.line = { index, width in
    let row = rows[index]
    let function = functions[Int(row.function)]
    var line = PaneLine(spans: [
      Span(aligned(percent(picture.share(row.own)), 6), .number),
      Span(aligned(percent(picture.share(row.all)), 7), .number),
    ])
    if state.mark != nil {
      let change = picture.change(row.own, before: row.ownBefore)
      line.spans.append(
        Span(
          aligned(change.map(points) ?? "", 7),
          change.map { $0 > 0 ? .error : $0 < 0 ? .address : .quiet } ?? .quiet))
    }
    let role: Role =
      function.kind == .application ? .name : function.kind == .none ? .quiet : .plain
    line.spans.append(Span("  " + function.name, role))
    if let file = function.file, function.line > 0, width >= 60 {
      line.trailing = [Span(tail(baseName(file), 24) + ":\(function.line) ", .quiet)]
    }
    return line
  }
  pane.footer = countsLine(picture)
  let area = Arrangement(snapshot, view).area(of: .functions)
  if !pane.showsFooter(in: area.rows - 1) {
    pane.detail = lossesText(picture, room: columns - width(pane.title) - 9)
  }
  return pane
}

/// What could not be counted, the gravest first, as much of it as there is room for.
private func lossesText(_ picture: ProfilePicture, room: Int) -> String {
  let totals = picture.slice.totals
  let losses = [
    (totals.missed &+ totals.homeless, "missed"), (totals.gaps, "gaps"),
    (totals.cut &+ totals.deep, "cut"),
  ]
  var text = ""
  for (count, word) in losses where count > 0 {
    let longer = text + (text.isEmpty ? "" : " ") + countText(count) + " " + word
    guard width(longer) <= room else { break }
    text = longer
  }
  return text
}

/// What was counted, and what could not be.
private func countsLine(_ picture: ProfilePicture) -> PaneLine {
  let totals = picture.slice.totals
  var spans = [Span(" \(totals.running) run \(totals.idle) idle \(totals.waiting) wait", .quiet)]
  func add(_ count: UInt64, _ word: String, _ role: Role = .warning) {
    if count > 0 { spans.append(Span(" \(count) \(word)", role)) }
  }
  add(totals.missed, "missed")
  add(totals.homeless, "no room")
  add(totals.gaps, "gaps", .quiet)
  add(totals.cut, "cut", .quiet)
  add(totals.deep, "deep", .quiet)
  if picture.isPaused { return PaneLine(spans: spans) }
  let samples = max(totals.running &+ totals.idle, 1)
  spans.append(Span(" late " + Quantity.duration(nanoseconds: totals.late / samples), .quiet))
  return PaneLine(spans: spans)
}
