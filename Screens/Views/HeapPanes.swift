// Memory as the instance tells of it: ranges, the heap by size class, the stacks of fibers.

internal import Bytes
internal import Canvas
internal import Live
internal import Readings
internal import Session
internal import TerminalText

func heapPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.heap, "Heap", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let classes = shown.moment.classes
  let before = shown.stretch(seconds: 60)?.before.classes ?? []
  let earlier = Dictionary(before.map { ($0.size, $0.live) }, uniquingKeysWith: { one, _ in one })
  pane.count = classes.count
  if let used = shown.moment.number("heap.inUse") {
    pane.title = "Heap  " + Quantity.bytes(used)
    let growth = heapGrowth(shown).map { "  " + $0 } ?? ""
    let high = shown.moment.number("heap.highWater").map { "most " + Quantity.bytes($0) } ?? ""
    pane.detail = high + growth
  }
  pane.header = PaneLine(
    spans: [Span(aligned("BLOCKS OF", 10), .quiet)],
    trailing: [
      Span(aligned("LIVE", 8), .quiet), Span(aligned("1 MIN", 8), .quiet),
      Span(aligned("PAGES", 7) + " ", .quiet),
    ])
  pane.line = { index, columns in
    let size = classes[index]
    let share = size.room > 0 ? Double(size.live) / Double(size.room) : 0
    let change = Int64(clamping: size.live) - Int64(clamping: earlier[size.size] ?? size.live)
    return PaneLine(
      spans: [Span(aligned(Quantity.bytes(size.size), 10) + " ", .number)]
        + (columns < 41 ? [] : bar(share, min(30, columns - 37))),
      trailing: [
        Span(aligned(countText(size.live), 8), .number),
        Span(
          aligned(change == 0 ? "" : (change > 0 ? "+" : "-") + countText(change.magnitude), 8),
          change > 0 ? .warning : .quiet),
        Span(aligned(countText(size.pages), 7) + " ", .quiet),
      ])
  }
  return pane
}

func rangesPane(_ snapshot: Snapshot, _ view: ViewState) -> PaneContent {
  var pane = livePane(.ranges, "Memory of the instance", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let ranges = shown.history.ranges
  pane.count = ranges.count
  pane.detail = ""
  pane.line = { index, columns in
    let range = ranges[index]
    let length = range.end >= range.start ? range.end - range.start : 0
    return PaneLine(
      spans: [
        Span(" " + aligned(Address(range.start).hex, 10), .address), Span(" - ", .quiet),
        Span(padded(Address(range.end).hex, 10), .address), Span("  " + range.kind, .name),
      ], trailing: columns < 46 ? [] : [Span(Quantity.bytes(length) + " ", .number)])
  }
  return pane
}

func fiberStacksPane(_ snapshot: Snapshot, _ view: ViewState) -> PaneContent {
  var pane = livePane(.fiberStacks, "Stacks of fibers", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let fibers = shown.moment.fibers
  pane.placeholder = ["no fibers"]
  pane.count = fibers.count
  pane.detail = "used where it waits"
  pane.line = { index, columns in
    let fiber = fibers[index]
    let used = fiber.margin.map { fiber.stackSize >= $0 ? fiber.stackSize - $0 : 0 }
    let share = fiber.stackSize > 0 ? Double(used ?? 0) / Double(fiber.stackSize) : 0
    return PaneLine(
      spans: [Span(" " + padded(tail(fiber.name, 12), 13), .name)]
        + (columns < 41 ? [] : bar(share, min(20, columns - 38))),
      trailing: [
        Span(
          (used.map { Quantity.bytes($0) } ?? "?") + " of " + Quantity.bytes(fiber.stackSize) + " ",
          share >= 0.875 ? .warning : .number)
      ])
  }
  return pane
}
