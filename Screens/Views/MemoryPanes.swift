// The memory map and the hex dump.

internal import Bytes
internal import Canvas
internal import Inspect
internal import Session

func mapPane(_ snapshot: Snapshot, _ view: ViewState) -> PaneContent {
  var pane = PaneContent(id: .map, title: "Memory map")
  let regions = snapshot.memoryMap
  pane.placeholder = ["the target announces no regions"]
  pane.count = regions.count
  pane.context = "\(regions.count)"
  let cursor = view.memoryCursor
  pane.anchor = cursor.flatMap { cursor in regions.firstIndex { contains($0, cursor) } }
  let digits = regions.reduce(6) { max($0, end($1).hex.utf8.count) }
  let anchor = pane.anchor  // the closure must not hold the pane that holds it
  pane.line = { index, columns in
    let region = regions[index]
    let isHere = index == anchor
    return PaneLine(
      spans: [
        Span(isHere ? "▸" : " ", .current),
        Span(aligned(region.start.hex, digits), .address), Span(" - ", .quiet),
        Span(aligned(end(region).hex, digits), .address),
        Span("  " + padded(region.permissions, 3) + "  ", .type), Span(region.name, .name),
      ], trailing: columns < 40 ? [] : [Span(size(region.size), .quiet)])
  }
  return pane
}

/// Returns the first address after a region, or the last one of all if it ends there.
private func end(_ region: RegionSnapshot) -> Address {
  let end = region.start.advanced(by: region.size)
  return end < region.start ? Address(.max) : end
}

/// Whether an address is inside a region.
func contains(_ region: RegionSnapshot, _ address: Address) -> Bool {
  address.offset(from: region.start) < region.size
}

/// How a hex dump fits a width.
struct DumpFormat: Equatable {
  /// Hexadecimal digits of an address.
  var digits: Int
  /// Bytes in a row: 16, 8, 4, 2 or 1.
  var across: Int
  var hasText: Bool

  /// Chooses the widest rows that fit.
  init(columns: Int, _ window: MemoryWindow) {
    let end = window.start.advanced(by: UInt64(window.bytes.count))
    // A window may reach around the end of the address space.
    let highest = max(end, window.start)
    digits = max(6, Hex.digits(of: highest.value).utf8.count)
    across = 1
    hasText = false
    for (count, text) in [(16, true), (8, true), (8, false), (4, true), (4, false), (2, true)] {
      // Address, two blanks, three cells a byte, one between halves, one more, the text.
      let needed = 1 + digits + 2 + count * 3 + (count >= 8 ? 1 : 0) + (text ? 1 + count : 0)
      if needed <= columns {
        across = count
        hasText = text
        return
      }
    }
  }
}

func dumpPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = PaneContent(id: .dump, title: "Memory")
  pane.selectsLines = false
  pane.isFaded = isOld(snapshot)
  pane.placeholder =
    snapshot.state == .running
    ? emptyNote(snapshot)
    : [
      "@ looks at an address, symbol or expression; / searches",
      "Enter in the map or m on a register looks there.",
    ]
  guard let window = snapshot.memory, !window.bytes.isEmpty else { return pane }
  let format = DumpFormat(columns: columns, window)
  let across = format.across
  let cursor = view.memoryCursor ?? window.start
  let offset = cursor.offset(from: window.start)
  let selected = offset < UInt64(window.bytes.count) ? Int(offset) : nil
  pane.count = (window.bytes.count + across - 1) / across
  pane.context = "\(across)"
  pane.position = { window.start.advanced(by: UInt64($0 * across)).value }
  // A cursor outside waits at the edge until its window has come.
  pane.anchor = selected.map { $0 / across } ?? (cursor < window.start ? 0 : pane.count - 1)
  pane.title = "Memory  " + cursor.hex
  if !window.location.isEmpty, selected == 0 { pane.title += "  " + window.location }
  if let region = snapshot.memoryMap.first(where: { contains($0, cursor) }) {
    pane.title += "  " + region.name + " " + region.permissions
  }
  if !window.changed.isEmpty { pane.detail = "\(window.changed.count) changed *" }
  pane.footer = selected.map { PaneLine(spans: inspector(window, at: $0)) }
  pane.line = { index, _ in
    dumpLine(window, row: index, format, selected: selected)
  }
  return pane
}

private func dumpLine(
  _ window: MemoryWindow, row: Int, _ format: DumpFormat, selected: Int?
) -> PaneLine {
  let first = row * format.across
  let address = window.start.advanced(by: UInt64(first))
  var spans = [Span(" " + Hex.digits(of: address.value, width: format.digits) + "  ", .address)]
  var text: [Span] = []
  for place in 0..<format.across {
    if place == 8 { spans.append(Span(" ")) }
    let offset = first + place
    guard offset < window.bytes.count else {
      spans.append(Span("   "))
      continue
    }
    let byte = window.bytes[offset]
    let isChanged = window.changed.contains(offset)
    let isMatch = window.match?.contains(offset) ?? false
    let role: Role =
      isMatch ? .match : isChanged ? .changed : byte == 0 || byte == nil ? .quiet : .plain
    let surface: Surface? = offset == selected ? .selection : nil
    spans.append(
      Span(byte.map { Hex.digits(of: UInt64($0), width: 2) } ?? "??", role, on: surface))
    spans.append(Span(isChanged ? "*" : " ", isChanged ? .changed : .plain))
    text.append(Span(character(byte), role, on: surface))
  }
  if format.hasText { spans += [Span(" ")] + text }
  return PaneLine(spans: spans)
}

private func character(_ byte: UInt8?) -> String {
  guard let byte, (0x20...0x7e).contains(byte) else { return byte == nil ? "?" : "." }
  return String(Unicode.Scalar(byte))
}

/// Returns what the bytes at an offset are as numbers, little-endian.
private func inspector(_ window: MemoryWindow, at offset: Int) -> [Span] {
  func number(_ count: Int) -> UInt64? {
    guard offset + count <= window.bytes.count else { return nil }
    var value: UInt64 = 0
    for byte in window.bytes[offset..<offset + count].reversed() {
      guard let byte else { return nil }
      value = value << 8 | UInt64(byte)
    }
    return value
  }
  guard let byte = number(1) else { return [Span(" cannot be read", .warning)] }
  var spans = [Span(" u8 ", .quiet), Span(padded("\(byte)", 4), .number)]
  if let value = number(2) {
    spans += [Span(" u16 ", .quiet), Span(padded("\(value)", 6), .number)]
  }
  if let value = number(4) {
    spans += [Span(" u32 ", .quiet), Span(padded("\(value)", 11), .number)]
    let signed = Int32(truncatingIfNeeded: value)
    if signed < 0 { spans += [Span(" i32 ", .quiet), Span("\(signed) ", .number)] }
  }
  if let value = number(8) {
    spans += [Span(" u64 ", .quiet), Span("0x" + Hex.digits(of: value), .number)]
  }
  return spans
}
