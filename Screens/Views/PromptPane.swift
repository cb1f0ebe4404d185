// The prompt: output above, the line being edited below, candidates over both.

internal import Canvas
internal import Session
internal import TerminalText

func drawPrompt(_ snapshot: Snapshot, _ view: ViewState, _ area: Area, _ canvas: inout Canvas) {
  guard !area.isEmpty else { return }
  let hasFocus = view.focus == .prompt
  var output = area
  output.rows = max(0, area.rows - 1)
  let prompt = view.prompt
  if area.rows >= 3 {
    let detail =
      prompt.scrollback > 0
      ? "\(prompt.scrollback) lines back" : prompt.isBusy ? "working, Ctrl-C stops it" : ""
    drawRule(output, "Prompt", detail, isActive: hasFocus && view.help == nil, &canvas)
    output = output.droppingTop()
  }
  drawOutput(prompt, output, &canvas)
  drawInput(
    view, Area(column: area.column, row: area.bottom - 1, columns: area.columns, rows: 1), &canvas)
  if hasFocus { drawCompletions(prompt, above: area.bottom - 1, &canvas) }
}

/// Returns what stands before the line being edited.
func promptLabel(_ view: ViewState) -> String {
  switch view.question {
  case .quit: return "Leave? The guest runs on. (y or n) "
  case .interrupt: return "Stop the running guest? (y or n) "
  case .pauses:
    return "Stop the guest \(ProfileState.usualPauses) times a second, ~1 ms each? (y or n) "
  case .command(let text): return text + " (y or n) "
  case nil: break
  }
  switch view.prompt.mode {
  case .command: return "(porthole) "
  case .goTo: return "look at: "
  case .find(let pane): return pane.isFiltered ? "only: " : "find: "
  case .history: return "history: "
  }
}

private func drawInput(_ view: ViewState, _ area: Area, _ canvas: inout Canvas) {
  let hasFocus = view.focus == .prompt || view.question != nil
  let label = promptLabel(view)
  let role: Role = view.question != nil ? .warning : hasFocus ? .key : .quiet
  // The label may take half, so that there is always room to see what is typed.
  let labelRoom = view.question != nil ? area.columns : max(2, area.columns / 2)
  let used = canvas.draw(
    label, column: area.column, row: area.row, limit: min(labelRoom, area.columns),
    style: Style(role))
  guard view.question == nil else {
    canvas.cursor = Point(column: min(area.end - 1, area.column + used), row: area.row)
    return
  }
  let room = area.columns - used
  guard room > 0 else { return }
  let prompt = view.prompt
  if prompt.text.isEmpty, !hasFocus {
    canvas.draw(
      "press : to type a command", column: area.column + used, row: area.row, limit: room,
      style: Style(.quiet))
    return
  }
  // Show a window of the line that holds the cursor.
  let shown = prompt.text.map { Sanitizer.visible(String($0)) }
  var start = 0
  var before = shown[..<prompt.cursor].reduce(0) { $0 + cells($1) }
  while before >= room, start < prompt.cursor {
    before -= cells(shown[start])
    start += 1
  }
  canvas.draw(
    shown[start...].joined(), column: area.column + used, row: area.row, limit: room,
    style: Style(.plain))
  if hasFocus {
    canvas.cursor = Point(column: min(area.end - 1, area.column + used + before), row: area.row)
  }
}

/// Draws the last lines of output, wrapped, so many rows scrolled back.
private func drawOutput(_ prompt: PromptState, _ area: Area, _ canvas: inout Canvas) {
  guard !area.isEmpty else { return }
  var row = area.bottom - 1
  for line in prompt.output.dropLast(min(prompt.scrollback, prompt.output.count)).reversed() {
    for piece in wrapped(line.text, area.columns).reversed() {
      guard row >= area.row else { return }
      canvas.draw(
        piece, column: area.column, row: row, limit: area.columns, style: Style(role(line.kind)))
      row -= 1
    }
  }
}

private func role(_ kind: OutputLine.Kind) -> Role {
  switch kind {
  case .command: .key
  case .output: .plain
  case .error: .error
  case .console: .string
  case .notice: .quiet
  }
}

/// Returns a sanitized line cut into pieces of at most `columns` cells.
func wrapped(_ text: String, _ columns: Int) -> [String] {
  guard columns > 0, text.utf8.count > columns else { return [text] }
  var pieces: [String] = []
  var piece = String.UnicodeScalarView()
  var used = 0
  for scalar in text.unicodeScalars {
    let width = cells(scalar)
    if used + width > columns, used > 0 {
      pieces.append(String(piece))
      piece = String.UnicodeScalarView()
      used = 0
    }
    piece.append(scalar)
    used += width
  }
  pieces.append(String(piece))
  return pieces
}

private func drawCompletions(_ prompt: PromptState, above row: Int, _ canvas: inout Canvas) {
  let all = prompt.completions
  guard all.count > 1, row > 1 else { return }
  let rows = min(all.count, 8, row - 1)
  let first = max(0, min((prompt.completionIndex ?? 0) - rows / 2, all.count - rows))
  let visible = all[first..<first + rows]
  let more = all.count > rows ? "\(first + rows)/\(all.count)" : ""
  let longest = visible.reduce(width(more)) { max($0, width($1)) }
  let columns = min(longest + 2, canvas.size.columns)
  let typed = cells(String(prompt.text[..<min(prompt.completionStart, prompt.text.count)]))
  let column = max(0, min(11 + typed - 1, canvas.size.columns - columns))
  for (place, candidate) in visible.enumerated() {
    let isChosen = first + place == prompt.completionIndex
    let area = Area(column: column, row: row - rows + place, columns: columns, rows: 1)
    let surface: Surface = isChosen ? .selection : .overlay
    canvas.clear(area, style: Style(.plain, on: surface))
    canvas.draw(
      candidate, column: column + 1, row: area.row, limit: columns - 2,
      style: Style(isChosen ? .title : .plain, on: surface))
  }
  if !more.isEmpty, row - rows - 1 >= 0 {
    let area = Area(column: column, row: row - rows - 1, columns: columns, rows: 1)
    canvas.clear(area, style: Style(.quiet, on: .overlay))
    canvas.draw(
      more, column: column + 1, row: area.row, limit: columns - 2,
      style: Style(.quiet, on: .overlay))
  }
}
