// Keys while the prompt has them.

internal import Canvas
internal import Session

extension ViewState {
  /// Takes a command as entered: it is shown, remembered and run.
  mutating func entered(_ line: String) -> [DashboardEffect] {
    let word = line.split(separator: " ").first.map(String.init) ?? ""
    if controlWords.contains(word) { hasTakenControl = true }
    prompt.remember(line)
    prompt.freshLines = 0
    prompt.scrollback = 0
    prompt.historyIndex = nil
    prompt.isBusy = true
    prompt.received([OutputLine(.command, "(porthole) " + line)])
    return [.runCommand(line)]
  }
}

/// Commands by which a person takes control of the target's execution.
private let controlWords: Set<String> = [
  "c", "continue", "s", "step", "n", "next", "si", "stepi", "ni", "nexti", "fin", "finish", "u",
  "until", "interrupt", "b", "break", "tb", "tbreak",
]

extension Dashboard {
  static func handlePrompt(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    switch key {
    case .enter: return enterPrompt(&view, snapshot)
    case .escape:
      if !view.prompt.completions.isEmpty, view.prompt.mode != .history {
        view.prompt.closeCompletions()
      } else {
        leavePrompt(&view)
      }
    case .tab:
      if !view.prompt.completions.isEmpty {
        view.prompt.choose(1)
      } else if view.prompt.text.isEmpty {
        view.prompt.propose("")
        moveFocus(1, &view, snapshot)
      } else if view.prompt.mode == .command || view.prompt.mode == .goTo {
        return [.complete(String(view.prompt.text[..<view.prompt.cursor]))]
      }
    case .backTab: view.prompt.choose(-1)
    case .character("?") where view.prompt.text.isEmpty: view.help = 0
    case .control("d") where view.prompt.text.isEmpty: view.question = .quit
    case .pageUp: view.prompt.scroll(-pageRows(view, snapshot))
    case .pageDown: view.prompt.scroll(pageRows(view, snapshot))
    case .up, .control("p"):
      if view.prompt.completions.isEmpty { view.prompt.recall(-1) } else { view.prompt.choose(-1) }
    case .down, .control("n"):
      if view.prompt.completions.isEmpty { view.prompt.recall(1) } else { view.prompt.choose(1) }
    case .control("r"):
      if view.prompt.mode == .history { view.prompt.choose(1) } else { view.prompt.mode = .history }
      view.prompt.searchHistory()
    default:
      edit(key, &view.prompt)
      if view.prompt.mode == .history { view.prompt.searchHistory() }
    }
    return []
  }

  private static func edit(_ key: Key, _ prompt: inout PromptState) {
    let cursor = prompt.cursor
    let count = prompt.text.count
    switch key {
    case .character(let character): prompt.insert([character])
    case .left, .control("b"): prompt.move(to: cursor - 1)
    case .right, .control("f"): prompt.move(to: cursor + 1)
    case .home, .control("a"): prompt.move(to: 0)
    case .end, .control("e"): prompt.move(to: count)
    case .alt("b"): prompt.move(to: prompt.wordStart)
    case .alt("f"): prompt.move(to: prompt.wordEnd)
    case .backspace, .control("h"): prompt.remove(cursor - 1..<max(cursor, 0))
    case .delete, .control("d"): prompt.remove(cursor..<cursor + 1)
    case .control("k"): prompt.remove(cursor..<count, cutting: true)
    case .control("u"): prompt.remove(0..<cursor, cutting: true)
    case .control("w"): prompt.remove(prompt.blankStart..<cursor, cutting: true)
    case .alt("d"): prompt.remove(cursor..<prompt.wordEnd, cutting: true)
    case .control("y"): prompt.yank()
    default: break
    }
  }

  private static func enterPrompt(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    let line = view.prompt.line
    switch view.prompt.mode {
    case .history:
      let chosen = view.prompt.completionIndex.map { view.prompt.completions[$0] }
      view.prompt.propose(chosen ?? line)
      return []
    case .goTo:
      leavePrompt(&view)
      guard !line.isEmpty else { return [] }
      _ = show(.memory, &view, snapshot)
      if let address = number(line), line.dropFirst(2).allSatisfy({ $0.isHexDigit }) {
        return look(at: address, &view, snapshot)
      }
      return [.viewExpression(line)]
    case .find(let pane):
      leavePrompt(&view)
      focus(pane, &view)
      if pane.isFiltered {
        view.filters[pane] = line.isEmpty ? nil : line
        view.scrolls[pane] = nil
        return []
      }
      view.search = line.isEmpty ? nil : PaneSearch(pane: pane, pattern: line)
      return find(1, &view, snapshot, includingHere: true)
    case .command:
      guard !view.prompt.isBusy else {
        notice("the last command still runs; Ctrl-C stops it", &view)
        return []
      }
      view.prompt.replace(with: [])
      return view.entered(line)
    }
  }

  private static func leavePrompt(_ view: inout ViewState) {
    view.prompt.propose("")
    focus(view.lastPane, &view)
  }

  private static func pageRows(_ view: ViewState, _ snapshot: Snapshot) -> Int {
    max(1, Arrangement(snapshot, view).prompt.rows - 2)
  }
}
