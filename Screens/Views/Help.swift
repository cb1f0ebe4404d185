// The help overlay: the keys of the pane that has them first, then all others.

internal import Canvas

/// A heading, or a key with what it does.
struct HelpLine: Equatable {
  var keys: String
  var text: String
  var isHeading: Bool { text.isEmpty }

  init(_ keys: String, _ text: String = "") {
    self.keys = keys
    self.text = text
  }
}

/// Returns all keys, those of the focused pane first.
func helpLines(_ view: ViewState) -> [HelpLine] {
  var sections: [(PaneID?, [HelpLine])] = [
    (
      .frames,
      [
        HelpLine("Frames, threads"), HelpLine("up down j k", "select; all panes follow"),
        HelpLine("u d", "frame up (to the caller), down"), HelpLine("b", "breakpoint here"),
        HelpLine("m", "memory at the frame"),
      ]
    ),
    (
      .source,
      [
        HelpLine("Source, disassembly"), HelpLine("b", "set or delete a breakpoint at the line"),
        HelpLine("Enter", "run to the line"), HelpLine("0", "back to the current line"),
        HelpLine("m", "memory at the instruction"),
      ]
    ),
    (
      .registers,
      [
        HelpLine("Registers, locals"), HelpLine("Enter m", "memory where the value points"),
        HelpLine("left right h l", "choose among the registers of a row"),
        HelpLine("*", "marks what changed since the last stop"),
      ]
    ),
    (
      .breakpoints,
      [
        HelpLine("Breakpoints"), HelpLine("Delete D", "delete it"),
        HelpLine("Space", "switch it off or on"),
      ]
    ),
    (
      .dump,
      [
        HelpLine("Memory"), HelpLine("arrows h j k l", "move by byte and row"),
        HelpLine("@", "look at an address, symbol or expression"),
        HelpLine("/", "search: text, 0x number, or hex: 48 89 e5"),
        HelpLine("n N", "next match, the one before"),
        HelpLine("Enter", "follow the pointer at the cursor"),
        HelpLine("Enter (map)", "look at the region"),
      ]
    ),
    (
      .flame,
      [
        HelpLine("Profile"),
        HelpLine("arrows", "to callees, callers, beside; lines of the table"),
        HelpLine("Enter", "zoom into the box; a second click does too"),
        HelpLine("u Backspace", "zoom out"),
        HelpLine("o (Enter in table)", "its source, in the Stacks screen"),
        HelpLine("b", "breakpoint at the function"),
        HelpLine("/ n N", "filter the table; mark boxes, next, previous"),
        HelpLine("< > r", "sort by another column, the other way round"),
        HelpLine("t", "time: the last 1, 10, 60 s, since the start"),
        HelpLine("i", "hide idle time"),
        HelpLine("w", "what waits, off the core, instead of what runs"),
        HelpLine("e", "each event handler, task, fiber, or all together"),
        HelpLine("d", "mark this moment and show what changes; ends it"),
        HelpLine("+ -", "samples a second, 0 for none; what was started"),
        HelpLine("", "here ends on leaving. Without profiler the guest"),
        HelpLine("", "is stopped for each; that is asked about first"),
        HelpLine("+ -  red blue", "grown and shrunk, in points of share"),
        HelpLine("[...]", "frames are missing there"),
      ]
    ),
    (
      .vitals,
      [
        HelpLine("Overview, events, heap, log"),
        HelpLine("Space", "freeze; again: go on with the present"),
        HelpLine("[ ] left right", "a second back, on"),
        HelpLine("{ }", "ten seconds back, on; a thirtieth of a recording"),
        HelpLine("", "(Space [ ] { } also in Memory and Profile)"),
        HelpLine("/", "only lines that hold a text; Esc: all (counters,"),
        HelpLine("", "handlers, log)"),
        HelpLine("< >", "sort by another column; log: only graver lines"),
        HelpLine("+ -", "time line: finer, coarser"),
        HelpLine("Enter (lints)", "look at the evidence"),
        HelpLine("Enter (log)", "the moment of the line on the time line"),
        HelpLine("Enter (handlers)", "the histogram"),
        HelpLine("Enter (slowest runs)", "the run on the time line, by milliseconds"),
      ]
    ),
    (
      .prompt,
      [
        HelpLine("Prompt"), HelpLine(":", "type a command (gdb's grammar; help lists them)"),
        HelpLine("Tab", "complete"), HelpLine("up down C-p C-n", "history"),
        HelpLine("C-r", "search the history"), HelpLine("PgUp PgDn", "scroll the output"),
        HelpLine("C-a C-e C-k C-u C-w", "edit as in a shell"),
        HelpLine("Esc", "back to the panes"),
      ]
    ),
  ]
  let focused = section(of: view.focus)
  if let index = sections.firstIndex(where: { $0.0 == focused }) {
    sections.insert(sections.remove(at: index), at: 0)
  }
  sections.insert((nil, runLines), at: 1)
  sections.append((nil, generalLines))
  return Array(sections.map(\.1).joined(separator: [HelpLine("")]))
}

private let runLines = [
  HelpLine("Running (target stopped)"), HelpLine("c", "continue"),
  HelpLine("s n", "step a source line, into or over calls"),
  HelpLine("S N", "step an instruction, into or over calls"), HelpLine("f", "finish the function"),
  HelpLine("C-c", "stop a running target; asks the first time"),
]

private let generalLines = [
  HelpLine("Everywhere"),
  HelpLine(
    "1 to 6, F1 to F6", Screen.allCases.map(\.name).joined(separator: ", ")),
  HelpLine("Tab Shift-Tab", "next, previous pane"),
  HelpLine("g G Home End", "first, last line"), HelpLine("C-d C-u", "half a page down, up"),
  HelpLine("PgUp PgDn", "a page"), HelpLine("/ n N", "find in the pane, next, previous (Esc ends)"),
  HelpLine("z", "pane alone, all panes"),
  HelpLine("mouse", "click selects, sorts by a head; wheel scrolls"),
  HelpLine("C-l", "draw anew"), HelpLine("C-z", "suspend"),
  HelpLine("q", "back, then leave: the guest runs on"),
  HelpLine("", ""),
  HelpLine("Nothing that stops, writes or kills happens on one key:"),
  HelpLine("it stands in the prompt until Enter."),
]

private func section(of pane: PaneID) -> PaneID {
  switch pane {
  case .threads, .frames: .frames
  case .source, .disassembly: .source
  case .registers, .locals: .registers
  case .breakpoints: .breakpoints
  case .map, .dump: .dump
  case .functions, .flame: .flame
  case .vitals, .findings, .counters, .connections, .handlers, .histogram, .timeline, .slowest,
    .heap, .ranges, .fiberStacks, .log:
    .vitals
  case .prompt: .prompt
  }
}

/// Returns how far the help can be scrolled.
func helpLimit(_ view: ViewState) -> Int {
  max(0, helpLines(view).count - max(1, view.size.rows - 2))
}

func drawHelp(_ view: ViewState, from line: Int, _ canvas: inout Canvas) {
  let lines = helpLines(view)
  let size = canvas.size
  let columns = min(size.columns, 74)
  let rows = min(size.rows, lines.count + 2)
  let area = Area(
    column: (size.columns - columns) / 2, row: max(0, (size.rows - rows) / 2), columns: columns,
    rows: rows)
  canvas.clear(area, style: Style(.plain, on: .overlay))
  let first = min(line, max(0, lines.count - (rows - 2)))
  canvas.draw(
    " Keys", column: area.column, row: area.row, limit: columns,
    style: Style(.activeTitle, on: .overlay))
  let hint = rows - 2 < lines.count ? "arrows scroll, q closes " : "q closes "
  if columns > 6 + width(hint) {
    canvas.draw(
      hint, column: area.end - width(hint), row: area.row, limit: width(hint),
      style: Style(.quiet, on: .overlay))
  }
  let keyColumns = columns >= 50 ? 20 : 14
  for row in 0..<max(0, rows - 2) where first + row < lines.count {
    let help = lines[first + row]
    let top = area.row + 1 + row
    if help.isHeading {
      canvas.draw(
        help.keys, column: area.column + 1, row: top, limit: columns - 2,
        style: Style(.title, on: .overlay))
    } else {
      canvas.draw(
        help.keys, column: area.column + 3, row: top, limit: min(keyColumns, columns - 4),
        style: Style(.key, on: .overlay))
      canvas.draw(
        help.text, column: area.column + 4 + keyColumns, row: top,
        limit: columns - keyColumns - 5, style: Style(.plain, on: .overlay))
    }
  }
}
