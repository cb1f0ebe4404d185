// Threads, frames and breakpoints.

internal import Bytes
internal import Canvas
internal import Inspect
internal import Session

/// Whether what was fetched may no longer be true.
func isOld(_ snapshot: Snapshot) -> Bool {
  if snapshot.link.isStale { return true }
  if case .stopped = snapshot.state { return false }
  return true
}

/// Returns how old the values are, for a title; empty while they are true.
func oldNote(_ snapshot: Snapshot) -> String {
  guard isOld(snapshot) else { return "" }
  return age(milliseconds: snapshot.link.ageMilliseconds) + " old"
}

/// Returns what to say where nothing has been fetched yet.
func emptyNote(_ snapshot: Snapshot) -> [String] {
  switch snapshot.state {
  case .running: ["shown when the target stops"]
  case .stopped where snapshot.isDead && !snapshot.threads.isEmpty:
    [
      snapshot.threads[0].name.isEmpty ? "no registers are known" : snapshot.threads[0].name,
      "so there are no stacks. What it", "told of itself is on 1, 4, 5, 6",
    ]
  case .stopped: ["nothing known yet"]
  case .ended: ["the target has ended"]
  case .lost: ["the link is lost"]
  }
}

/// Returns the thread's number as gdb writes it.
func text(_ id: ThreadID) -> String {
  id.process == 0 ? "\(id.thread)" : "\(id.process).\(id.thread)"
}

func threadsPane(_ snapshot: Snapshot) -> PaneContent {
  var pane = PaneContent(id: .threads, title: "Threads")
  let threads = snapshot.threads
  let digits = threads.reduce(0) { max($0, text($1.id).utf8.count) }
  pane.count = threads.count
  pane.anchor = threads.firstIndex { $0.isSelected }
  pane.context = pane.anchor.map { text(threads[$0].id) } ?? ""
  pane.isFaded = isOld(snapshot)
  pane.line = { index, columns in
    let thread = threads[index]
    let name = thread.name.isEmpty ? "thread" : thread.name
    return PaneLine(
      spans: [
        Span(thread.isSelected ? "▸" : " ", .current),
        Span(aligned(text(thread.id), digits), .quiet),
        Span(" " + name, .plain),
      ], trailing: [Span(tail(thread.location, columns / 2), .name)])
  }
  return pane
}

func framesPane(_ snapshot: Snapshot) -> PaneContent {
  var pane = PaneContent(id: .frames, title: "Frames")
  let frames = snapshot.frames
  if let thread = snapshot.threads.first(where: { $0.isSelected }) {
    let name = thread.name.isEmpty ? "" : " " + thread.name
    pane.title = "Frames  thread " + text(thread.id) + name
  }
  let notes = [oldNote(snapshot), snapshot.framesNote].filter { !$0.isEmpty }
  pane.detail = frames.isEmpty ? "" : notes.joined(separator: ", ")
  pane.count = frames.count
  pane.anchor = frames.indices.contains(snapshot.selectedFrame) ? snapshot.selectedFrame : nil
  pane.context =
    frames.first.map { "\($0.pc.value) \(frames.count) \(snapshot.selectedFrame)" } ?? ""
  pane.placeholder =
    snapshot.state == .running
    ? ["The target runs; nothing has", "disturbed it.", "", "C-c stops it (asks first)."]
    : emptyNote(snapshot)
  pane.isFaded = isOld(snapshot)
  let digits = "\(max(0, frames.count - 1))".utf8.count
  pane.line = { index, columns in
    frameLine(frames[index], isSelected: index == snapshot.selectedFrame, digits, columns)
  }
  return pane
}

private func frameLine(
  _ frame: FrameSnapshot, isSelected: Bool, _ digits: Int, _ columns: Int
) -> PaneLine {
  var line = PaneLine(spans: [
    Span(isSelected ? "▸" : " ", .current), Span(aligned("\(frame.index)", digits) + " ", .quiet),
  ])
  if columns >= 64 || frame.function == nil {
    line.spans.append(Span(frame.pc.hex + " ", .address))
  }
  line.spans.append(frame.function.map { Span($0, .name) } ?? Span("no symbol", .quiet))
  if columns >= 48, !frame.arguments.isEmpty {
    line.spans.append(Span(" (" + frame.arguments + ")", .plain))
  }
  if frame.isInlined { line.spans.append(Span(" inlined", .quiet)) }
  if frame.isInterrupted, frame.index > 0 { line.spans.append(Span(" interrupted", .warning)) }
  if let file = frame.file, columns >= 20 {
    let room = max(8, columns * 2 / 5)
    var name = baseName(file)
    let number = frame.line > 0 ? ":\(frame.line)" : ""
    // In a narrow pane the extension says least.
    if width(name + number) > room, name.hasSuffix(".swift") { name.removeLast(6) }
    line.trailing = [Span(tail(name + number, room), .quiet)]
  }
  return line
}

func breakpointsPane(_ snapshot: Snapshot) -> PaneContent {
  var pane = PaneContent(id: .breakpoints, title: "Breakpoints")
  let points = snapshot.breakpoints
  pane.count = points.count
  pane.placeholder = ["none: b on a source line or instruction sets one"]
  pane.context = "\(points.count)"
  let digits = points.reduce(0) { max($0, "\($1.number)".utf8.count) }
  pane.line = { index, columns in
    let point = points[index]
    var line = PaneLine(spans: [
      Span(point.isEnabled ? "●" : "○", .breakpoint),
      Span(aligned("\(point.number)", digits) + " ", .quiet),
      Span(point.specification, point.isEnabled ? .name : .quiet),
    ])
    if !point.condition.isEmpty { line.spans.append(Span(" if " + point.condition, .plain)) }
    if point.kind != "breakpoint" { line.spans.append(Span(" " + point.kind, .type)) }
    if point.isTemporary { line.spans.append(Span(" once", .quiet)) }
    if !point.isEnabled { line.spans.append(Span(" off", .quiet)) }
    if point.addresses.isEmpty { line.spans.append(Span(" pending", .warning)) }
    if columns >= 30, let hits = point.knownHits {
      line.trailing = [Span(hits == 1 ? "1 hit" : "\(hits) hits", .quiet)]
    }
    return line
  }
  return pane
}
