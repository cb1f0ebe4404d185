import Bytes
import Canvas
import Inspect
import Session
import Testing
import Views

@Suite("Screens at any size")
struct RenderTests {
  @Test("draw without breaking from 1x1 to 200x60, with any keys", arguments: Fixture.allCases)
  func anySize(fixture: Fixture) {
    let snapshot = fixture.snapshot
    let keys: [Key] = [
      .tab, .down, .character("5"), .character("z"), .character("?"), .escape, .character("G"),
      .character(":"), .character("x"), .enter, .pageDown, .character("/"), .character("a"), .enter,
      .character("n"), .backTab, .control("c"), .character("n"), .character("q"), .character("n"),
      .character("2"), .character("b"), .escape, .character("u"), .left, .end, .character("m"),
    ]
    var sizes = [(1, 1), (0, 0), (1, 60), (200, 1), (2, 2), (200, 60), (69, 24), (70, 24)]
    var state: UInt64 = 17
    for _ in 0..<8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      sizes.append((Int(state >> 33) % 200 + 1, Int(state >> 45) % 60 + 1))
    }
    for (columns, rows) in sizes {
      let size = Size(columns: columns, rows: rows)
      var view = ViewState(size: size)
      for (index, key) in keys.enumerated() {
        _ = Dashboard.handle(.key(key), &view, snapshot)
        let click = MouseEvent(.pressed, at: Point(column: columns / 2, row: rows / 3))
        _ = Dashboard.handle(.mouse(click), &view, snapshot)
        guard index % 3 == 0 else { continue }
        let canvas = render(snapshot, view, size: size)
        #expect(canvas.size == size)
        if let cursor = canvas.cursor { #expect(Area(size).contains(cursor)) }
      }
      expectHarmless(render(snapshot, ViewState(size: size), size: size))
    }
  }

  @Test("show nothing that acts on a terminal, whatever the target says")
  func hostile() {
    let snapshot = Fixture.hostile.snapshot
    for screen in Screen.allCases {
      for pane in PaneID.allCases {
        var view = ViewState(size: Size(columns: 160, rows: 50))
        view.screen = screen
        view.focus = pane
        view.isZoomed = true
        view.question = pane == .prompt ? .command(hostileText) : nil
        view.prompt.received([OutputLine(.console, hostileText)])
        expectHarmless(render(snapshot, view, size: view.size))
        view.isZoomed = false
        expectHarmless(render(snapshot, view, size: view.size))
      }
    }
  }

  /// Compares cells, not text: no cell may hold what a terminal would act on or join.
  private func expectHarmless(_ canvas: Canvas) {
    var offenders: [UInt32] = []
    for row in 0..<canvas.size.rows {
      for column in 0..<canvas.size.columns {
        let cell = canvas[column, row]
        let value = cell.scalar.value
        let isControl = value < 0x20 || (0x7f...0x9f).contains(value)
        let isBidi =
          (0x200b...0x200f).contains(value) || (0x202a...0x202e).contains(value)
          || (0x2060...0x206f).contains(value) || value == 0xfeff
        let isJoiner =
          (0xfe00...0xfe0f).contains(value) || (0xe0000...0xe0fff).contains(value)
          || (0x1f1e6...0x1f1ff).contains(value) || (0x1f3fb...0x1f3ff).contains(value)
        if isControl || isBidi || isJoiner || cell.marks.count > 2 { offenders.append(value) }
      }
    }
    #expect(offenders == [])
  }

  @Test("at 80x24 show line, five frames, instruction and stack pointer, and the prompt")
  func essentials() {
    for focus in PaneID.allCases where focus != .map && focus != .dump {
      var view = ViewState(size: Size(columns: 80, rows: 24))
      view.focus = focus
      view.prompt.received((0..<50).map { OutputLine(.output, "line \($0)") })
      let text = render(Fixture.stopped.snapshot, view, size: view.size).text
      for wanted in [
        "▸ 24    x ^= x << 13", "0 spin(_:)", "1 beat(_:)", "2 Heartbeat.busy()", "3 closure #1",
        "4 Timer.fire", "0x101a4c", "0x17ff20", "(porthole)", "stopped", "symbols match",
      ] {
        #expect(text.contains(wanted), "\(wanted) with \(focus) active")
      }
    }
  }

  @Test("at 40x10 show the current line, where it is, the state and the prompt")
  func small() {
    let view = ViewState(size: Size(columns: 40, rows: 10))
    let text = render(Fixture.stopped.snapshot, view, size: view.size).text
    for wanted in ["▸ 24", "spin(_:)", "stopped", "(porthole)"] {
      #expect(text.contains(wanted))
    }
  }

  @Test("grey what may no longer be true, and say how old it is")
  func stale() {
    let view = ViewState(size: Size(columns: 100, rows: 30))
    for fixture in [Fixture.running, .lost] {
      let canvas = render(fixture.snapshot, view, size: view.size)
      let row = (0..<30).first { canvas.rowText($0).contains("Heartbeat.busy()") }
      #expect(canvas[3, row ?? 0].style.isFaded)
      #expect(canvas.text.contains(fixture == .running ? "4.2 s old" : "2 min old"))
    }
    let fresh = render(Fixture.stopped.snapshot, view, size: view.size)
    #expect(!fresh.styleText.contains("faded"))
  }

  @Test("say what would help where there are no symbols")
  func withoutSymbols() {
    let view = ViewState(size: Size(columns: 80, rows: 24))
    let text = render(Fixture.noSymbols.snapshot, view, size: view.size).text
    for wanted in ["0x101a4c", "no symbols for build 3fa81c2e90b7", "--symbols FILE", "mov"] {
      #expect(text.contains(wanted))
    }
  }

  @Test("mark changes and the current line by characters, not by colour alone")
  func marks() {
    let view = ViewState(size: Size(columns: 132, rows: 43))
    let text = render(Fixture.stopped.snapshot, view, size: view.size).text
    for wanted in ["rip    *0x101a4c", "rsp     0x17ff20", "value *17", "●▸ 24", "○2 counter"] {
      #expect(text.contains(wanted), "\(wanted)")
    }
  }

  @Test("are the same for the same values")
  func pure() {
    let view = ViewState(size: Size(columns: 80, rows: 24))
    let snapshot = Fixture.stopped.snapshot
    #expect(
      render(snapshot, view, size: view.size) == render(snapshot, view, size: view.size))
  }
}
