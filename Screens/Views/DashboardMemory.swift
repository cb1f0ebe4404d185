// Moving about in memory.

internal import Bytes
internal import Canvas
internal import Session

extension Dashboard {
  /// Bytes fetched at once: one flight on any link, and several pages of any screen.
  static let windowBytes = 4096

  /// Puts the cursor at an address and fetches what is around it.
  static func look(
    at address: Address, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    view.memoryCursor = address
    view.scrolls[.dump] = nil
    if view.screen != .memory {
      view.screen = .memory
      view.isZoomed = false
      if view.focus == .prompt { view.lastPane = .dump } else { focus(.dump, &view) }
    }
    // The window begins at the address, so that its first row has the name that covers it.
    return [.viewMemory(Address(address.value & ~15), windowBytes)]
  }

  /// Keys of the hex dump; `nil` for those it shares with other panes.
  static func handleDump(
    _ key: Key, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect]? {
    guard let window = snapshot.memory, !window.bytes.isEmpty else { return nil }
    let area = Arrangement(snapshot, view).area(of: .dump)
    let format = DumpFormat(columns: area.columns, window)
    let across = format.across
    let height = geometry(.dump, view, snapshot).height
    let cursor = view.memoryCursor ?? window.start
    switch key {
    case .left, .character("h"): return step(-1, &view, snapshot)
    case .right, .character("l"): return step(1, &view, snapshot)
    case .down, .character("j"): return step(across, &view, snapshot)
    case .up, .character("k"): return step(-across, &view, snapshot)
    case .pageDown, .control("f"): return step(across * max(1, height - 1), &view, snapshot)
    case .pageUp, .control("b"): return step(-across * max(1, height - 1), &view, snapshot)
    case .control("d"): return step(across * max(1, height / 2), &view, snapshot)
    case .control("u"): return step(-across * max(1, height / 2), &view, snapshot)
    case .home:
      return step(-Int(cursor.offset(from: window.start) % UInt64(across)), &view, snapshot)
    case .end:
      let place = Int(cursor.offset(from: window.start) % UInt64(across))
      return step(across - 1 - place, &view, snapshot)
    case .character("g"), .character("G"):
      guard let region = snapshot.memoryMap.first(where: { contains($0, cursor) }) else {
        return []
      }
      let last = region.start.advanced(by: region.size &- 1)
      return look(at: key == .character("g") ? region.start : last, &view, snapshot)
    case .enter:
      guard let pointer = pointer(in: window, at: cursor) else { return [] }
      return look(at: pointer, &view, snapshot)
    default: return nil
    }
  }

  /// Moves the cursor by bytes, staying inside the address space.
  static func step(
    _ count: Int, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    guard let window = snapshot.memory else { return [] }
    let cursor = view.memoryCursor ?? window.start
    let distance = UInt64(count.magnitude)
    let target = count < 0 ? cursor.retreated(by: distance) : cursor.advanced(by: distance)
    // Wrapped around either end: stay.
    guard count < 0 ? target <= cursor : target >= cursor else { return [] }
    let (pane, height) = geometry(.dump, view, snapshot)
    var scroll = pane.scroll(in: view)
    scroll.top = pane.position(pane.top(view, height: height))
    scroll.isFree = false
    scroll.context = pane.context
    view.scrolls[.dump] = scroll
    view.memoryCursor = target
    let end = UInt64(window.bytes.count)
    let offset = target.offset(from: window.start)
    let page = UInt64(windowBytes / 8)
    if offset < end, offset >= page || window.start.value == 0, end - offset > page || count < 0 {
      return []
    }
    if offset < end, count > 0, end - offset > page { return [] }
    let before = UInt64(windowBytes / 2)
    let start = target.value >= before ? target.value - before : 0
    return [.viewMemory(Address(start & ~15), windowBytes)]
  }

  /// Returns the little-endian pointer at an address, if it was fetched.
  private static func pointer(in window: MemoryWindow, at address: Address) -> Address? {
    let offset = address.offset(from: window.start)
    guard window.bytes.count >= 8, offset <= UInt64(window.bytes.count - 8) else { return nil }
    var value: UInt64 = 0
    for byte in window.bytes[Int(offset)..<Int(offset) + 8].reversed() {
      guard let byte else { return nil }
      value = value << 8 | UInt64(byte)
    }
    return Address(value)
  }

  /// Looks for a pattern behind the cursor, or before it.
  static func findBytes(
    _ pattern: String, isBackwards: Bool, _ view: inout ViewState, _ snapshot: Snapshot
  ) -> [DashboardEffect] {
    guard let bytes = SearchPattern.bytes(pattern) else {
      notice("no pattern: text, \"text\", 0x number, or hex: 48 89 e5", &view)
      return []
    }
    let start = view.memoryCursor ?? snapshot.memory?.start ?? Address(0)
    if isBackwards {
      return start.value == 0
        ? [] : [.search(bytes, from: start.retreated(by: 1), isBackwards: true)]
    }
    return [.search(bytes, from: start.advanced(by: 1), isBackwards: false)]
  }
}
