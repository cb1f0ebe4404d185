// Keys in panes: moving, selecting, searching, and the letters that stand for gdb's commands.

internal import Bytes
internal import Canvas
internal import Inspect
internal import Session

extension Dashboard {
  static func handlePane(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    if view.focus.isLive, let effects = handleLive(key, &view, snapshot) { return effects }
    if view.focus.isTimed, handleTime(key, &view, snapshot) { return [] }
    if let effects = general(key, &view, snapshot) { return effects }
    if view.focus == .dump, let effects = handleDump(key, &view, snapshot) { return effects }
    if view.focus == .registers, moveAcross(key, &view, snapshot) { return [] }
    if view.screen == .profile, let effects = handleProfile(key, &view, snapshot) { return effects }
    if let effects = move(key, &view, snapshot) { return effects }
    if let effects = act(key, &view, snapshot) { return effects }
    if case .character(let letter) = key, letter.isLetter || letter == "!" || letter == "$" {
      // A letter that means nothing here starts a command.
      focusPrompt(&view)
      view.prompt.mode = .command
      view.prompt.insert([letter])
    }
    return []
  }

  /// Chooses among the registers that share a row; `false` for other keys.
  private static func moveAcross(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> Bool {
    let columns = Arrangement(snapshot, view).area(of: .registers).columns
    let across = registerColumns(snapshot.registers, columns: columns).across
    let here = min(view.registerColumn, across - 1)
    switch key {
    case .left, .character("h"): view.registerColumn = max(0, here - 1)
    case .right, .character("l"): view.registerColumn = min(across - 1, here + 1)
    default: return false
    }
    return true
  }

  /// Keys that mean the same in all panes.
  private static func general(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect]? {
    switch key {
    case .tab: moveFocus(1, &view, snapshot)
    case .character(":"):
      view.prompt.mode = .command
      focusPrompt(&view)
    case .character("?"): view.help = 0
    case .character(let digit) where ("1"..."9").contains(digit):
      guard let screen = digit.wholeNumberValue.flatMap(Screen.init) else { return [] }
      return show(screen, &view, snapshot)
    case .character("z"):
      view.isZoomed.toggle()
      return [.fetch]
    case .character("/"):
      let pane = view.focus
      focusPrompt(&view)
      view.prompt.propose("")
      view.prompt.mode = .find(pane)
    case .character("@"):
      focusPrompt(&view)
      view.prompt.propose("")
      view.prompt.mode = .goTo
    case .character("n") where view.search?.pane == view.focus: return find(1, &view, snapshot)
    case .character("N") where view.search?.pane == view.focus: return find(-1, &view, snapshot)
    case .escape: back(&view)
    case .character("q"):
      if view.search != nil || view.isZoomed || view.frozen != nil {
        back(&view)
      } else {
        return leave(&view, snapshot)
      }
    default: return nil
    }
    return []
  }

  /// One step back: from a search, from one pane alone.
  private static func back(_ view: inout ViewState) {
    if view.frozen != nil {
      view.frozen = nil
    } else if view.filters[view.focus] != nil {
      view.filters[view.focus] = nil
    } else if view.search != nil {
      view.search = nil
    } else if view.isZoomed {
      view.isZoomed = false
    } else if view.screen != view.home {
      view.screen = view.home
      focus(view.home.mainPane, &view)
    }
  }

  private static func leave(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    // The first screen of either kind of target is one to leave from.
    if view.screen != .stacks, view.screen != view.home {
      back(&view)
      return []
    }
    switch snapshot.state {
    case .ended, .lost: return [.quit]
    // A dump and a recording run on for nobody.
    case .running, .stopped:
      guard !snapshot.isDead else { return [.quit] }
      view.question = .quit
    }
    return []
  }

  /// Keys that move the selection of the pane.
  private static func move(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect]? {
    let (pane, height) = geometry(view.focus, view, snapshot)
    let step: Int
    switch key {
    case .down, .character("j"): step = 1
    case .up, .character("k"): step = -1
    case .pageDown, .control("f"): step = max(1, height - 1)
    case .pageUp, .control("b"): step = -max(1, height - 1)
    case .control("d"): step = max(1, height / 2)
    case .control("u"): step = -max(1, height / 2)
    case .home, .character("g"): step = -pane.count
    case .end, .character("G"): step = pane.count
    case .character("0"):
      view.scrolls[view.focus] = nil
      return []
    default: return nil
    }
    guard pane.count > 0 else { return [] }
    if pane.followsEnd, step >= pane.count {
      view.scrolls[view.focus] = nil
      return []
    }
    let here = pane.selectedIndex(view) ?? 0
    return select(max(0, min(here + step, pane.count - 1)), pane, height, &view, snapshot)
  }

  /// Selects a line of a pane and holds it in view.
  static func select(
    _ index: Int, _ pane: PaneContent, _ height: Int, _ view: inout ViewState,
    _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    guard pane.count > 0 else { return [] }
    var scroll = pane.scroll(in: view)
    scroll.top = pane.position(pane.top(view, height: height))
    scroll.isFree = false
    scroll.selection = pane.position(index)
    scroll.context = pane.context
    view.scrolls[pane.id] = scroll
    switch pane.id {
    case .functions: selectFunction(index, &view, snapshot)
    case .handlers: chooseHandler(index, &view, snapshot)
    case .frames where index != snapshot.selectedFrame || pane.anchor == nil:
      return [.selectFrame(index)]
    case .threads where snapshot.threads.indices.contains(index) && index != pane.anchor:
      return [.selectThread(snapshot.threads[index].id)]
    case .source, .disassembly, .frames:
      // Near an end of what was fetched: there may be more.
      guard index < height || index >= pane.count - height else { return [] }
      let reach = (view.reach[pane.id] ?? 0) + 2 * max(1, height)
      view.reach[pane.id] = min(reach, 100_000)
      return [.fetch]
    default: break
    }
    return []
  }

  /// Returns a pane's content and the rows it has for lines.
  static func geometry(
    _ id: PaneID, _ view: ViewState, _ snapshot: Snapshot
  ) -> (pane: PaneContent, height: Int) {
    let area = Arrangement(snapshot, view).area(of: id)
    let pane = content(of: id, snapshot, view, columns: area.columns)
    return (pane, max(1, pane.height(in: area.rows)))
  }

  /// Goes to the next line that holds the pattern, around the end.
  static func find(
    _ direction: Int, _ view: inout ViewState, _ snapshot: Snapshot, includingHere: Bool = false
  ) -> [DashboardEffect] {
    guard let search = view.search else { return [] }
    if search.pane == .dump {
      return findBytes(search.pattern, isBackwards: direction < 0, &view, snapshot)
    }
    if search.pane == .flame {
      findBox(direction, &view, snapshot, includingHere: includingHere)
      return []
    }
    let (pane, height) = geometry(search.pane, view, snapshot)
    guard pane.count > 0 else { return [] }
    let here = pane.selectedIndex(view) ?? 0
    let wanted = search.pattern.lowercased()
    for step in (includingHere ? 0 : 1)...pane.count {
      let index = (here + direction * step + pane.count * 2) % pane.count
      if pane.line(index, 1000).text.lowercased().contains(wanted) {
        return select(index, pane, height, &view, snapshot)
      }
    }
    notice("not found: " + search.pattern, &view)
    return []
  }
}
