// The dashboard's reducer: an input changes the view state and yields effects for the program to
// carry out. It keeps nothing, waits for nothing, and nothing it does at one keystroke stops,
// writes or kills: such keys put a command into the prompt, or ask.

public import Bytes
public import Canvas
internal import Inspect
internal import Live
public import Session

/// The dashboard's behaviour, as a function of input and state.
public enum Dashboard {
  /// Takes one input; returns what the program has to do.
  public static func handle(
    _ input: InputEvent, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    switch input {
    case .key, .mouse, .paste: view.isTouched = true
    case .resized, .resumed: break
    }
    switch input {
    case .resized(let size):
      view.size = size
      return [.redraw, .fetch]
    case .resumed: return [.redraw]
    case .paste(let text):
      guard view.question == nil, view.help == nil else { return [] }
      focusPrompt(&view)
      // A line break in pasted text must not run a command that nobody has read.
      view.prompt.insert(text.map { $0.isNewline ? " " : $0 })
      return []
    case .mouse(let event): return handle(event, &view, snapshot)
    case .key(let key): return handle(key, &view, snapshot)
    }
  }

  /// Returns how much of the target the panes need at this size.
  public static func needs(_ view: ViewState, _ snapshot: Snapshot) -> ScreenNeeds {
    let rows = max(24, view.size.rows)
    func reach(_ pane: PaneID) -> Int { max(0, min(view.reach[pane] ?? 0, 100_000)) }
    var needs = ScreenNeeds(
      frames: 2 * rows + reach(.frames), disassembly: rows + reach(.disassembly),
      sourceLines: 8 * rows + 2 * reach(.source))
    needs.profile = view.profile.isOn ? view.profile.rate : nil
    needs.told = view.screen.isTold || view.screen == .memory
    // It disturbs the target, so it goes on only while somebody looks.
    if view.screen == .profile, snapshot.live.pauses != nil { needs.pauses = view.profile.pauses }
    if view.screen == .memory {
      // A window that the cursor has left is no longer wanted: another is on its way.
      needs.memory = snapshot.memory.flatMap { window in
        let offset = (view.memoryCursor ?? window.start).offset(from: window.start)
        return offset < UInt64(window.bytes.count)
          ? .init(start: window.start, count: window.bytes.count) : nil
      }
    }
    return needs
  }

  /// Notes where an expression or a search led; returns the effects that show it.
  public static func located(
    _ address: Address, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    look(at: address, &view, snapshot)
  }

  static func handle(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    if view.help != nil { return handleHelp(key, &view) }
    if let question = view.question { return answer(key, question, &view) }
    switch key {
    case .control("c"): return interrupt(&view, snapshot)
    case .control("z"): return [.suspend]
    case .control("l"): return [.redraw]
    case .function(let number):
      guard let screen = Screen(rawValue: number) else { return [] }
      return show(screen, &view, snapshot)
    case .backTab:
      if !view.prompt.completions.isEmpty { break }
      moveFocus(-1, &view, snapshot)
      return []
    default: break
    }
    if view.focus == .prompt { return handlePrompt(key, &view, snapshot) }
    return handlePane(key, &view, snapshot)
  }

  private static func handleHelp(_ key: Key, _ view: inout ViewState) -> [DashboardEffect] {
    let limit = helpLimit(view)
    let page = max(1, view.size.rows - 3)
    let line = min(view.help ?? 0, limit)
    switch key {
    case .down, .character("j"): view.help = min(limit, line + 1)
    case .up, .character("k"): view.help = max(0, line - 1)
    case .pageDown, .character(" "): view.help = min(limit, line + page)
    case .pageUp: view.help = max(0, line - page)
    case .control("d"): view.help = min(limit, line + page / 2)
    case .control("u"): view.help = max(0, line - page / 2)
    case .home, .character("g"): view.help = 0
    case .end, .character("G"): view.help = limit
    default: view.help = nil
    }
    return []
  }

  private static func answer(
    _ key: Key, _ question: Question, _ view: inout ViewState
  ) -> [DashboardEffect] {
    let isYes = key == .character("y") || key == .character("Y")
    view.question = nil
    switch question {
    case .quit:
      // q q leaves: the second q is as deliberate as a y.
      return isYes || key == .character("q") || key == .control("d") ? [.quit] : []
    case .interrupt:
      guard isYes || key == .control("c") else { return [] }
      view.hasTakenControl = true
      return [.interrupt]
    case .pauses:
      if isYes { startPauses(&view) }
      return []
    case .command:
      return [.answer(isYes)]
    }
  }

  private static func interrupt(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    if view.focus == .prompt, !view.prompt.text.isEmpty {
      view.prompt.replace(with: [])
      return []
    }
    let isRunning = snapshot.state == .running
    // A command that a person started may be stopped without another word.
    if view.prompt.isBusy || (isRunning && view.hasTakenControl) { return [.interrupt] }
    if isRunning {
      view.question = .interrupt
    } else {
      notice("nothing runs; q leaves", &view)
    }
    return []
  }

  /// Shows a screen and gives its main pane the keys, unless the prompt has them.
  static func show(
    _ screen: Screen, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    let isNew = view.screen != screen
    if screen == .profile { view.profile.isOn = true }
    view.screen = screen
    let main = screen.mainPane
    if isNew {
      view.isZoomed = false
      view.search = nil
      view.lastPane = main
      if view.focus != .prompt { view.focus = main }
    }
    guard screen == .memory, view.memoryCursor == nil else { return isNew ? [.fetch] : [] }
    // The first look is at the stack, which is what is most often wanted.
    let stack = snapshot.registers.first { $0.name == "rsp" || $0.name == "sp" }
    let start = stack.flatMap { number($0.value) } ?? snapshot.memoryMap.first?.start
    return start.map { look(at: $0, &view, snapshot) } ?? [.fetch]
  }

  /// Returns the panes that Tab visits, in order.
  static func panes(_ view: ViewState, _ snapshot: Snapshot) -> [PaneID] {
    switch view.screen {
    case .stacks:
      [.threads, .frames, .registers, .breakpoints, .source, .disassembly, .locals, .prompt]
        .filter {
          $0 == .threads
            ? snapshot.threads.count > 1 : $0 == .breakpoints ? !snapshot.breakpoints.isEmpty : true
        }
    case .profile: [.functions, .flame, .prompt]
    case .memory:
      snapshot.live.history.moments.isEmpty || view.size.columns < Arrangement.twoColumns
        ? [.map, .dump, .prompt] : [.dump, .map, .heap, .fiberStacks, .ranges, .prompt]
    case .overview:
      [.vitals, .findings] + (hasConnections(snapshot) ? [.connections] : []) + [.counters]
        + (view.size.columns >= 120 ? [.handlers] : []) + [.prompt]
    case .events:
      [.handlers, .timeline] + (hasRuns(snapshot) ? [.slowest] : []) + [.histogram, .prompt]
    case .log: [.log, .prompt]
    }
  }

  static func moveFocus(_ step: Int, _ view: inout ViewState, _ snapshot: Snapshot) {
    let panes = panes(view, snapshot)
    let here = panes.firstIndex(of: view.focus) ?? 0
    focus(panes[(here + step + panes.count) % panes.count], &view)
  }

  static func focus(_ pane: PaneID, _ view: inout ViewState) {
    if pane == .prompt { return focusPrompt(&view) }
    view.focus = pane
    view.lastPane = pane
    view.prompt.closeCompletions()
  }

  static func focusPrompt(_ view: inout ViewState) {
    if view.focus != .prompt { view.lastPane = view.focus }
    view.focus = .prompt
  }

  static func notice(_ text: String, _ view: inout ViewState) {
    view.prompt.received([OutputLine(.notice, text)])
  }

  /// Returns the address that a value starts with: `0x10 <main+4>`.
  static func number(_ value: String) -> Address? {
    guard value.hasPrefix("0x") else { return nil }
    let digits = value.dropFirst(2).prefix { $0.isHexDigit }
    return UInt64(digits, radix: 16).map(Address.init)
  }
}
