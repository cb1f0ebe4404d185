// What a key does with the selected line. Commands that stop or write are only proposed.

internal import Bytes
internal import Canvas
internal import Inspect
internal import Session

extension Dashboard {
  /// Keys that act on the selection or on the target; `nil` for others.
  static func act(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect]? {
    switch key {
    case .character("c"): return run("continue", &view, snapshot)
    case .character("s"): return run("step", &view, snapshot)
    case .character("n"): return run("next", &view, snapshot)
    case .character("S"): return run("stepi", &view, snapshot)
    case .character("N"): return run("nexti", &view, snapshot)
    case .character("f"): return run("finish", &view, snapshot)
    case .character("u"), .character("d"):
      let step = key == .character("u") ? 1 : -1
      let (pane, height) = geometry(.frames, view, snapshot)
      let index = (pane.selectedIndex(view) ?? 0) + step
      guard index >= 0, index < pane.count else { return [] }
      return select(index, pane, height, &view, snapshot)
    case .character("b"): return toggleBreakpoint(&view, snapshot)
    case .character("m"): return memory(&view, snapshot)
    case .enter: return enter(&view, snapshot)
    case .delete, .character("D"), .character(" "):
      guard view.focus == .breakpoints else { return key == .character(" ") ? [] : nil }
      guard let point = selected(snapshot.breakpoints, view, snapshot) else { return [] }
      let word = key != .character(" ") ? "delete" : point.isEnabled ? "disable" : "enable"
      propose("\(word) \(point.number)", &view)
      return []
    default: return nil
    }
  }

  /// Lets the stopped target go on: neither a stop nor a write, so one key is enough.
  private static func run(
    _ command: String, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    switch snapshot.state {
    case .stopped where !view.prompt.isBusy: return view.entered(command)
    case .stopped: return []
    case .running: notice("it runs already; Ctrl-C stops it (asks first)", &view)
    case .ended: notice("the target has ended", &view)
    case .lost: notice("the link is lost", &view)
    }
    return []
  }

  private static func propose(_ command: String, _ view: inout ViewState) {
    focusPrompt(&view)
    view.prompt.propose(command)
  }

  /// Returns the element of a list that the focused pane has selected.
  private static func selected<Element>(
    _ list: [Element], _ view: ViewState, _ snapshot: Snapshot
  ) -> Element? {
    let index = geometry(view.focus, view, snapshot).pane.selectedIndex(view) ?? 0
    return list.indices.contains(index) ? list[index] : nil
  }

  /// Returns the register that the keys mean: registers go down first, then across.
  private static func selectedRegister(
    _ view: ViewState, _ snapshot: Snapshot
  ) -> RegisterSnapshot? {
    let columns = Arrangement(snapshot, view).area(of: .registers).columns
    let across = registerColumns(snapshot.registers, columns: columns).across
    let pane = geometry(.registers, view, snapshot).pane
    let index = min(view.registerColumn, across - 1) * pane.count + (pane.selectedIndex(view) ?? 0)
    let registers = orderedRegisters(snapshot)
    return registers.indices.contains(index) ? registers[index] : nil
  }

  private static func toggleBreakpoint(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    switch view.focus {
    case .source:
      guard let source = snapshot.source,
        let index = geometry(.source, view, snapshot).pane.selectedIndex(view)
      else { return [] }
      let number = source.firstLine &+ index
      let place = baseName(source.path) + ":\(number)"
      guard source.breakpointLines.contains(number) else {
        propose("break " + place, &view)
        return []
      }
      let known = snapshot.breakpoints.first { $0.specification.hasSuffix(place) }
      propose(known.map { "delete \($0.number)" } ?? "clear " + place, &view)
    case .disassembly:
      guard let instruction = selected(snapshot.disassembly, view, snapshot) else { return [] }
      let known = snapshot.breakpoints.first { $0.addresses.contains(instruction.address) }
      propose(
        known.map { "delete \($0.number)" } ?? "break *" + instruction.address.hex, &view)
    case .frames:
      guard let frame = selected(snapshot.frames, view, snapshot) else { return [] }
      if let file = frame.file, frame.line > 0 {
        propose("break " + baseName(file) + ":\(frame.line)", &view)
      } else {
        propose("break *" + frame.pc.hex, &view)
      }
    default: propose("break ", &view)
    }
    return []
  }

  private static func enter(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    switch view.focus {
    case .source:
      guard let source = snapshot.source,
        let index = geometry(.source, view, snapshot).pane.selectedIndex(view)
      else { return [] }
      propose("until " + baseName(source.path) + ":\(source.firstLine &+ index)", &view)
    case .disassembly:
      guard let instruction = selected(snapshot.disassembly, view, snapshot) else { return [] }
      propose("until *" + instruction.address.hex, &view)
    case .map:
      guard let region = selected(snapshot.memoryMap, view, snapshot) else { return [] }
      return look(at: region.start, &view, snapshot)
    case .registers, .locals: return memory(&view, snapshot)
    case .frames:
      let (pane, height) = geometry(.frames, view, snapshot)
      return select(pane.selectedIndex(view) ?? 0, pane, height, &view, snapshot)
    default: break
    }
    return []
  }

  /// Shows memory where the selected line points.
  private static func memory(
    _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    let address: Address?
    switch view.focus {
    case .frames:
      address = selected(snapshot.frames, view, snapshot).map { $0.cfa ?? $0.pc }
    case .disassembly: address = selected(snapshot.disassembly, view, snapshot)?.address
    case .registers:
      address = selectedRegister(view, snapshot).flatMap { number($0.value) }
    case .breakpoints: address = selected(snapshot.breakpoints, view, snapshot)?.addresses.first
    case .locals:
      guard let variable = selected(snapshot.locals, view, snapshot) else { return [] }
      let target = number(variable.value)
      let effects = show(.memory, &view, snapshot)
      if let target { return look(at: target, &view, snapshot) }
      return effects.filter { $0 == .fetch } + [.viewExpression("&" + variable.name)]
    default: return []
    }
    guard let address else {
      notice("that is no address", &view)
      return []
    }
    view.memoryCursor = address
    _ = show(.memory, &view, snapshot)
    return look(at: address, &view, snapshot)
  }
}
