import Canvas
import Inspect
import Live
import Readings
import Session
import Telemetry
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

  @Test("the time of an instance that rests is told as old; a dead one tells of all its life")
  func restingAndDead() {
    var snapshot = Fixture.live.snapshot
    let live = snapshot.live
    for step in 1...30 {
      var new = live
      // Read again and again: no turn of the loop, so its clock says the same.
      new.reading?.taken += step * 100_000
      new.generation = live.generation + step
      snapshot.live.take(new, isStanding: false)
    }
    #expect(text(view(.overview), snapshot).contains("at its last turn, 3.0 s ago"))
    #expect(!text(view(.overview), Fixture.live.snapshot).contains("at its last turn"))
    snapshot.live = Live()
    var dead = live
    dead.history = LiveHistory()
    snapshot.live.take(dead, isStanding: true)
    snapshot.isDead = true
    let shown = text(view(.overview), snapshot)
    // 3201 runs of 2.2 ms, 160 of 9.9 ms, 3201 of 0.8 ms, 10 of 120 ms, in 36 s since boot.
    #expect(shown.contains("34.4% busy") && shown.contains("queueing, since boot"), "\(shown)")
  }

  @Test("freezing holds the screen still, brackets look back, and space goes on")
  func freeze() {
    var snapshot = Fixture.live.snapshot
    var view = view(.events)
    type(" ", &view, snapshot)
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

  @Test("what happens in a time is grey once the target stands, what it has is not")
  func standing() {
    var snapshot = Fixture.live.snapshot
    snapshot.state = Fixture.stopped.snapshot.state
    func isFaded(_ screen: Screen, _ word: String) -> Bool? {
      let view = view(screen, 100, 30)
      let canvas = render(snapshot, view, size: view.size)
      guard let row = (1..<30).first(where: { canvas.rowText($0).contains(word) }) else {
        return nil
      }
      return canvas[3, row].style.isFaded
    }
    #expect(isFaded(.overview, "busy") == true && isFaded(.overview, "loop.turns") == true)
    #expect(isFaded(.events, "async") == true)
    #expect(isFaded(.log, "no oxygen") == false)
    #expect(text(view(.overview), snapshot).contains("as of the stop"))
    // A dead one is as it will be for ever.
    snapshot.isDead = true
    #expect(isFaded(.overview, "busy") == false)
  }

  @Test("at 80 columns a frozen screen still says how to get to the others")
  func frozenNarrow() {
    let snapshot = Fixture.live.snapshot
    var view = view(.overview)
    view.size = Size(columns: 80, rows: 24)
    type(" [[", &view, snapshot)
    let bar = text(view, snapshot).split(separator: "\n")[0]
    #expect(bar.contains("1 Overview 2 Stacks 3 Profile") && bar.contains("FROZEN 2.0 s back"))
  }

  @Test("the memory of one that is gone is looked at from above; without registers, no stacks")
  func withoutRegisters() {
    var snapshot = Fixture.live.snapshot
    snapshot.isDead = true
    snapshot.state = Fixture.stopped.snapshot.state
    snapshot.frames = []
    snapshot.threads = [
      ThreadSnapshot(
        id: ThreadID(thread: 1), name: "registers went with QEMU", isSelected: true, location: "")
    ]
    var view = ViewState(size: Size(columns: 80, rows: 24))
    _ = Dashboard.observed(snapshot, after: Snapshot(), &view)
    #expect(view.screen == .overview)
    _ = Dashboard.handle(.key(.character("2")), &view, snapshot)
    let shown = text(view, snapshot)
    #expect(shown.contains("so there are no stacks. What it"), "\(shown)")
  }

  @Test(
    "space freezes in the hex dump and on the profile as well",
    arguments: [
      Screen.memory, .profile,
    ])
  func freezesAnywhere(screen: Screen) {
    let snapshot = Fixture.live.snapshot
    var view = view(screen, 132, 30)
    #expect(!view.focus.isLive)
    type(" ", &view, snapshot)
    #expect(view.frozen == snapshot.live.history.moments.last?.taken)
    type("[[", &view, snapshot)
    let shown = text(view, snapshot)
    #expect(shown.contains("FROZEN 2.0 s back") && shown.contains("space go on"), "\(shown)")
    type(" ", &view, snapshot)
    #expect(view.frozen == nil && view.screen == screen)
  }

  @Test("a recording says that it is one, when it was, and is crossed from end to end")
  func recording() {
    var snapshot = Fixture.live.snapshot
    var span = RecordedSpan(name: "heart", begin: 1_796_040_310, duration: 33_000_000)
    span.status = "hung"
    span.note = "was cut off"
    snapshot.live.recorded = span
    snapshot.live.ageMilliseconds = 60_000
    snapshot.isDead = true
    snapshot.state = Fixture.stopped.snapshot.state
    var view = ViewState(size: Size(columns: 80, rows: 24))
    _ = Dashboard.observed(snapshot, after: Snapshot(), &view)
    #expect(view.screen == .overview)
    var shown = text(view, snapshot)
    for wanted in [
      "0:32/0:33", "● recording", "hung", "1 Overview", "2026-11-30 12:05:42 UTC", "was cut off",
    ] {
      #expect(shown.contains(wanted), "\(wanted)\n\(shown)")
    }
    #expect(!shown.contains(" old"))
    type("{{{{", &view, snapshot)
    shown = text(view, snapshot)
    #expect(shown.contains("0:01/0:33") && shown.contains("12:05:11 UTC"), "\(shown)")
  }

  @Test("the slowest runs are told with their stack, and Enter shows one on the exact time line")
  func slowest() throws {
    var snapshot = Fixture.live.snapshot
    let last = try #require(snapshot.live.reading)
    // The instance's clock goes from 4 s to 35.9 s.
    for (step, runs) in [[(30_000, 120), (31_000, 12)], [(35_000, 40), (35_990, 5)]].enumerated() {
      var new = Live()
      new.reading = last
      new.reading?.taken += (step + 1) * 100_000
      new.reading?.time = (last.time ?? 0) + UInt64(step + 1) * 100_000_000
      new.reading?.entries.append(
        ReadingEntry(
          name: "trace", kind: .ring, unit: .none,
          value: .rows(
            runs.enumerated().map { index, run in
              ReadingRow(
                number: UInt64(step * 2 + index + 1),
                fields: [
                  ("begin", UInt64(run.0) * 1_000_000), ("run", UInt64(run.1) * 1_000_000),
                  ("delay", 3_000_000), ("handler", 1),
                ].map { ReadingField(name: $0.0, cell: .unsigned($0.1)) })
            })))
      new.reading?.entries.append(
        ReadingEntry(
          name: "trace.least", kind: .gauge, unit: .nanoseconds,
          value: .cell(.unsigned(5_000_000))))
      new.generation = snapshot.live.generation + 1
      snapshot.live.take(new, isStanding: false)
    }
    var view = view(.events, 100, 40)
    view.focus = .slowest
    var shown = text(view, snapshot)
    let order = ["120 ms", "40.0 ms", "12.0 ms", "5.00 ms"]
    let rows = shown.split(separator: "\n").filter { $0.contains("waited") }
    #expect(rows.count == 4 && zip(rows, order).allSatisfy { $0.contains($1) }, "\(shown)")
    #expect(shown.contains("runs of 5.00 ms and more") && shown.contains("no samples"))
    type("\n", &view, snapshot)
    shown = text(view, snapshot)
    #expect(view.focus == .timeline && shown.contains("10.0 ms a cell"), "\(shown)")
    // 120 ms are twelve cells of 10 ms, a little before the end.
    let line = try #require(
      shown.split(separator: "\n").last { $0.contains("async") && $0.contains("┈") })
    #expect((11...12).contains(line.filter { $0 == "█" }.count), "\(line)")
  }
}
