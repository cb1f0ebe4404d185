import Canvas
import Inspect
import Live
import Readings
import Session
import Testing
@testable import Views

@Suite("Live screens")
struct LiveScreenTests {
  private func view(_ screen: Screen, _ columns: Int = 80, _ rows: Int = 24) -> ViewState {
    var view = ViewState(size: Size(columns: columns, rows: rows))
    _ = Dashboard.handle(.key(.function(screen.rawValue)), &view, Fixture.live.snapshot)
    return view
  }

  private func type(_ keys: String, _ view: inout ViewState, _ snapshot: Snapshot) {
    for key in keys {
      _ = Dashboard.handle(.key(key == "\n" ? .enter : .character(key)), &view, snapshot)
    }
  }

  private func text(_ view: ViewState, _ snapshot: Snapshot) -> String {
    render(snapshot, view, size: view.size).text
  }

  @Test("the overview says load, latency, heap, what is counted, and what looks wrong")
  func overview() {
    let shown = text(view(.overview), Fixture.live.snapshot)
    // 100 runs of 2.2 ms and 5 of 9.9 ms, 100 of 0.8 ms, now and then one of 120 ms, a second.
    for wanted in [
      "busy", "halts/s", "p50", "418 KiB of 42.9 MiB", "630d2fe0", "stack nearly used up",
      "blocked loop", "loop.turns", "170",
    ] {
      #expect(shown.contains(wanted), "\(wanted)\n\(shown)")
    }
  }

  @Test("freezing holds the screen still, brackets look back, and space goes on")
  func freeze() {
    var snapshot = Fixture.live.snapshot
    var view = view(.events)
    type("f", &view, snapshot)
    let before = text(view, snapshot)
    #expect(before.contains("FROZEN 0.0 s back"))
    let live = snapshot.live
    for step in 1...30 {
      var new = Live()
      new.reading = live.reading
      new.reading?.taken += step * 100_000
      new.generation = live.generation + step
      snapshot.live.take(new, isStanding: false)
    }
    let after = text(view, snapshot)
    #expect(after.contains("FROZEN 3.0 s back"), "\(after)")
    let rows = { (text: String) in text.split(separator: "\n").dropFirst(2).prefix(6) }
    #expect(rows(before) == rows(after))
    type("[[", &view, snapshot)
    #expect(text(view, snapshot).contains("FROZEN 5.0 s back"))
    type("]", &view, snapshot)
    #expect(text(view, snapshot).contains("FROZEN 4.0 s back"))
    type("{{{{{{{{{{", &view, snapshot)
    #expect(view.frozen == snapshot.live.history.moments.first?.taken)
    type("}}}}}}}}}}", &view, snapshot)
    #expect(view.frozen == nil)
    type(" ", &view, snapshot)
    _ = Dashboard.handle(.key(.escape), &view, snapshot)
    #expect(view.frozen == nil && view.screen == .events)
  }

  @Test("/ leaves the lines that hold a text, < and > sort, Esc ends the filter")
  func filter() {
    let snapshot = Fixture.live.snapshot
    var view = view(.overview, 80, 40)
    view.focus = .counters
    type("/http\n", &view, snapshot)
    var shown = text(view, snapshot)
    #expect(shown.contains("http.requests") && !shown.contains("loop.turns"))
    #expect(view.focus == .counters)
    type(">", &view, snapshot)
    shown = text(view, snapshot)
    #expect(shown.contains("VALUE▾"))
    _ = Dashboard.handle(.key(.escape), &view, snapshot)
    #expect(text(view, snapshot).contains("loop.turns"))
  }

  @Test("a click on a head sorts, on a row selects its histogram, on the time line freezes there")
  func mouse() throws {
    let snapshot = Fixture.live.snapshot
    var view = view(.events, 132, 43)
    func row(_ wanted: String) -> Int {
      let lines = text(view, snapshot).split(separator: "\n", omittingEmptySubsequences: false)
      return lines.firstIndex { $0.contains(wanted) } ?? -1
    }
    func click(_ column: Int, _ row: Int) {
      let event = MouseEvent(.pressed, at: Point(column: column, row: row))
      _ = Dashboard.handle(.mouse(event), &view, snapshot)
    }
    let head = row("HANDLER")
    let line = Array(render(snapshot, view, size: view.size).rowText(head))
    let share = try #require((0..<line.count).first { String(line[$0...].prefix(5)) == "SHARE" })
    click(share + 2, head)
    #expect(view.sorts[.handlers] == 3)
    click(3, row("async"))
    #expect(view.handler == "async" && text(view, snapshot).contains("Histogram  async"))
    let time = row("Time line")
    click(130 - 8, time + 1)
    let last = snapshot.live.history.moments.last?.taken ?? 0
    #expect(view.frozen == last - 8 * 250_000)
    for column in [121, 120] {
      let drag = MouseEvent(.dragged, at: Point(column: column, row: time + 1))
      _ = Dashboard.handle(.mouse(drag), &view, snapshot)
    }
    #expect(view.frozen == last - 10 * 250_000)
  }

  @Test("the log follows its end until it is scrolled, and is filtered by level")
  func log() {
    let snapshot = Fixture.live.snapshot
    var view = view(.log)
    #expect(text(view, snapshot).contains("valve 3 open"))
    type("<", &view, snapshot)
    #expect(!text(view, snapshot).contains("valve 3 open"))
    type("<<<", &view, snapshot)
    let shown = text(view, snapshot)
    #expect(shown.contains("no oxygen") && !shown.contains("came late"), "\(shown)")
    type(">>>>k", &view, snapshot)
    #expect(view.scrolls[.log]?.selection == 5)
    _ = Dashboard.handle(.key(.end), &view, snapshot)
    #expect(view.scrolls[.log] == nil)
    type("k\n", &view, snapshot)
    #expect(view.screen == .events)
    // Line 5 was written 16 s after the first of 320 tenths of a second.
    #expect(view.frozen == 1_000_000 + 16_000_000)
  }

  @Test("Enter on a finding leads to its evidence")
  func findings() {
    let snapshot = Fixture.live.snapshot
    var view = view(.overview)
    view.focus = .findings
    #expect(snapshot.live.findings.map(\.lint) == [.blockedLoop, .stackNearlyUsed])
    type("\n", &view, snapshot)
    #expect(view.screen == .events && view.handler == "async")
    view = self.view(.overview)
    view.focus = .findings
    type("j\n", &view, snapshot)
    #expect(view.screen == .memory && view.focus == .heap)
  }

  @Test("a running instance is looked at from above first, one that was stopped where it stopped")
  func first() {
    var view = ViewState(size: Size(columns: 80, rows: 24))
    let snapshot = Fixture.live.snapshot
    _ = Dashboard.observed(snapshot, after: Snapshot(), &view)
    #expect(view.screen == .overview)
    view.hasTakenControl = true
    var stopped = snapshot
    stopped.state = Fixture.stopped.snapshot.state
    _ = Dashboard.observed(stopped, after: snapshot, &view)
    #expect(view.screen == .stacks && view.focus == .frames)
    view = ViewState(size: Size(columns: 80, rows: 24))
    _ = Dashboard.handle(.key(.down), &view, snapshot)
    _ = Dashboard.observed(snapshot, after: Snapshot(), &view)
    #expect(view.screen == .stacks)
    view = ViewState(size: Size(columns: 80, rows: 24))
    _ = Dashboard.observed(Fixture.running.snapshot, after: Snapshot(), &view)
    #expect(view.screen == .stacks)
  }

  @Test("what is old is grey and says how old")
  func stale() {
    var snapshot = Fixture.live.snapshot
    snapshot.live.ageMilliseconds = 7000
    let view = view(.events)
    let canvas = render(snapshot, view, size: view.size)
    #expect(canvas.text.contains("7.0 s old"))
    let row = (0..<24).first { canvas.rowText($0).contains("timers") } ?? 0
    #expect(canvas[3, row].style.isFaded)
  }
}
