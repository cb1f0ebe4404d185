import Bytes
import Canvas
import Inspect
import Live
import Profiling
import Session
import Testing
@testable import Views

@Suite("The Profile screen")
struct ProfileTests {
  private var view = ViewState(size: Size(columns: 100, rows: 30))
  private var snapshot = Fixture.stopped.snapshot

  init() { _ = type("3") }

  private mutating func type(_ keys: String) -> [DashboardEffect] {
    keys.flatMap { key in
      let input: Key =
        switch key {
        case "\n": .enter
        case "\t": .tab
        case "↓": .down
        case "↑": .up
        case "→": .right
        case "←": .left
        default: .character(key)
        }
      return Dashboard.handle(.key(input), &view, snapshot)
    }
  }

  private var screen: [String] {
    render(snapshot, view, size: view.size).text.split(separator: "\n").map(String.init)
  }

  /// The left part of the screen's lines between the panes' rules.
  private var table: [String] {
    screen.compactMap { line in
      let words = line.split(separator: "│")[0].split(separator: " ")
      return words.count >= 3 && words[0].hasSuffix("%") ? words.joined(separator: " ") : nil
    }
  }

  @Test("starts the profiler when it is first shown, at a rate that keys change")
  mutating func rate() {
    var fresh = ViewState(size: view.size)
    #expect(Dashboard.needs(fresh, snapshot).profile == nil)
    _ = Dashboard.handle(.key(.character("3")), &fresh, snapshot)
    #expect(Dashboard.needs(fresh, snapshot).profile == 997)
    _ = type("+")
    #expect(Dashboard.needs(view, snapshot).profile == 1999)
    _ = type("-----")
    #expect(Dashboard.needs(view, snapshot).profile == 0)
    #expect(view.prompt.output.last?.text == "the profiler is stopped; + starts it")
    // What was started goes on while other screens are looked at.
    _ = type("+2")
    #expect(Dashboard.needs(view, snapshot).profile == 97)
  }

  @Test("without a profiler the target is stopped for samples, once the person has agreed")
  mutating func pauses() {
    snapshot.live.profile = nil
    snapshot.live.pauses = PausedSampling(reason: "the image has no profiler")
    snapshot.state = .running
    #expect(screen.contains { $0.contains("the image has no profiler.") })
    #expect(screen.contains { $0.contains("+ samples it all the same: it") })
    #expect(type("+").isEmpty && view.question == .pauses)
    #expect(screen.contains { $0.contains("Stop the guest 20 times a second, ~1 ms each?") })
    #expect(Dashboard.needs(view, snapshot).pauses == 0)
    _ = type("n+")
    #expect(view.profile.pauses == 0 && view.question == .pauses)
    _ = type("y")
    #expect(Dashboard.needs(view, snapshot).pauses == 20)
    // How it goes is told with the graph: what was asked for, what was reached, what it cost.
    snapshot.live.profile = profile(later: 0)
    snapshot.live.note = "tells nothing of itself"
    snapshot.live.pauses?.rate = 20
    snapshot.live.pauses?.pauses = PauseSummary(
      count: 40, median: 840, longTail: 1900, longest: 2400, total: 40_000, elapsed: 2_050_000)
    view.size = Size(columns: 160, rows: 30)
    #expect(screen.contains { $0.contains("19.5 of 997 Hz, 840 us pauses, 99% < 1.90 ms") })
    #expect(table.first?.hasPrefix("61.2% 61.2% churn(_:rounds:)") == true)
    // Only while somebody looks; to none and back without another question.
    #expect(Dashboard.needs(view, snapshot).pauses == 20)
    _ = type("2")
    #expect(Dashboard.needs(view, snapshot).pauses == 0)
    _ = type("3----+")
    #expect(view.question == nil && view.profile.pauses == 20)
    _ = type("+")
    #expect(view.profile.pauses == 50)
    view.profile.pauses = 0
    view.profile.mayPause = false
    snapshot.isReadOnly = true
    _ = type("+")
    #expect(view.question == nil && Dashboard.needs(view, snapshot).pauses == 0)
    #expect(view.prompt.output.last?.text.contains("only looks") == true)
  }

  @Test("the table has functions by self, total or name, and only those that are searched for")
  mutating func functions() {
    // 420 + 130 + 60 of 997, by hand.
    #expect(table.first == "61.2% 61.2% churn(_:rounds:)")
    #expect(table[1] == "37.1% 37.1% [idle]")
    _ = type(">")
    #expect(table.first?.hasSuffix("boot_long_mode") == true)
    _ = type(">")
    #expect(table.first?.hasSuffix("Heap.allocate(_:)") == false)
    #expect(
      table.map { $0.split(separator: " ")[2] }
        == table.map { $0.split(separator: " ")[2] }.sorted())
    _ = type("r")
    #expect(table.first?.hasSuffix("swift_retain") == true)
    _ = type("r<</heart\n")
    #expect(table.count == 4 && !table.contains { $0.contains("churn") })
    _ = Dashboard.handle(.key(.escape), &view, snapshot)
    #expect(table.count > 5)
    // A click on a heading sorts by it, a second one turns the order round.
    let heading = screen.firstIndex { $0.contains("SELF") } ?? 0
    let click = MouseEvent(.pressed, at: Point(column: 10, row: heading))
    _ = Dashboard.handle(.mouse(click), &view, snapshot)
    #expect(view.profile.order == .all && !view.profile.isReversed)
    _ = Dashboard.handle(.mouse(click), &view, snapshot)
    #expect(view.profile.order == .all && view.profile.isReversed)
  }

  @Test("a selected function stays selected wherever it goes")
  mutating func selection() {
    _ = type("↓")
    let before = ProfilePicture(snapshot, view, columns: .max).flatMap {
      selectedFunction($0, view)?.function.name
    }
    #expect(before == "[idle]")
    _ = type(">r")
    let after = ProfilePicture(snapshot, view, columns: .max).flatMap {
      selectedFunction($0, view)?.function.name
    }
    #expect(after == before)
  }

  @Test("arrows and clicks move in the graph, Enter zooms, u goes back")
  mutating func graph() throws {
    _ = type("\t")
    #expect(view.focus == .flame)
    func name() throws -> String {
      let picture = try #require(ProfilePicture(snapshot, view, columns: .max))
      return picture.name(of: picture.sums.items[picture.selected(view)].box)
    }
    #expect(try name() == "all")
    _ = type("↓↓↓")
    #expect(try name() == "closure #1 in static Heartbeat.start()")
    _ = type("→")
    #expect(try name() == "[...]")
    _ = type("←↓")
    #expect(try name() == "Heart.beat()")
    _ = type("\n")
    #expect(view.profile.zooms.count == 1)
    #expect(
      screen.contains { $0.contains("│Heart.beat()") }
        && !screen.contains { $0.contains("│EventLoop") })
    // It fills the width now.
    let row = try #require(screen.firstIndex { $0.contains("│Heart.beat()") })
    #expect(screen[row + 1].contains("│Heart.ventricles(_:)"))
    let click = MouseEvent(.pressed, at: Point(column: 50, row: row + 1))
    _ = Dashboard.handle(.mouse(click), &view, snapshot)
    #expect(try name() == "Heart.ventricles(_:)")
    _ = Dashboard.handle(.mouse(click), &view, snapshot)
    #expect(view.profile.zooms.count == 2)
    _ = type("u")
    _ = Dashboard.handle(.key(.backspace), &view, snapshot)
    #expect(view.profile.zooms == [])
    #expect(screen.contains { $0.contains("│EventLoop.run()") })
  }

  @Test("a search marks boxes, says their share, and n goes through them")
  mutating func search() throws {
    _ = type("\t/churn\n")
    // All of churn's samples, wherever it was called from.
    #expect(screen.contains { $0.contains("/churn  61.2% of the time") })
    #expect(screen.joined().contains("│*churn"))
    let first = view.profile.selected
    _ = type("n")
    #expect(view.profile.selected != first)
    _ = type("N")
    #expect(view.profile.selected == first)
    _ = type("/nowhere\n")
    #expect(view.prompt.output.last?.text == "not found: nowhere")
  }

  @Test("idle time can be left out, what waits be shown, and whose samples they were")
  mutating func choices() {
    _ = type("i")
    #expect(table.first == "97.3% 97.3% churn(_:rounds:)")
    _ = type("iw")
    #expect(table == ["100.0% 100.0% fiber_switch"])
    _ = type("we")
    #expect(screen.contains { $0.contains("by handler") && $0.contains("Call tree") })
    #expect(screen.contains { $0.contains("│handler 1") && $0.contains("│no handler") })
    _ = type("e")
    let picture = ProfilePicture(snapshot, view, columns: .max)
    let groups = picture?.sums.items.filter { $0.box.node < 0 }.map { picture?.name(of: $0.box) }
    #expect(groups == ["all", "no task", "task 4"])
    snapshot.live.profile = nil
    #expect(screen.contains { $0.contains("nothing read yet") })
  }

  @Test("a marked moment is compared with the present, by sign as well as by colour")
  mutating func difference() {
    _ = type("td")
    #expect(view.profile.span == .minute)
    snapshot.live.profile = profile(later: 40)
    #expect(screen.contains { $0.contains("CHANGE") })
    // The heap has grown from hardly anything to 67 % and more; what shrank has a minus.
    let heap = table.first ?? ""
    #expect(heap.hasSuffix("Heap.allocate(_:)") && heap.split(separator: " ")[2].hasPrefix("+6"))
    #expect(table.last?.split(separator: " ")[2].hasPrefix("-") == true)
    #expect(screen.contains { $0.contains("against the mark") })
    #expect(screen.contains { $0.contains("│Heap.allocate(_:)") && $0.contains("+6") })
    _ = type("d")
    #expect(!screen.contains { $0.contains("CHANGE") } && view.profile.order == .own)
  }

  @Test("o leads to the source, b proposes a breakpoint")
  mutating func elsewhere() {
    let effects = type("o")
    #expect(effects.contains(.viewSource("Samples/Heartbeat/Heartbeat.swift", line: 51)))
    #expect(view.screen == .stacks && view.focus == .source)
    _ = type("3b")
    #expect(view.prompt.line == "break churn(_:rounds:)" && view.focus == .prompt)
    _ = Dashboard.handle(.key(.escape), &view, snapshot)
    _ = type("↓o")
    #expect(view.prompt.output.last?.text == "no line is known of it" && view.screen == .profile)
    // A name that gdb's grammar would take apart: by address.
    _ = type("\t↓↓↓b")
    #expect(view.prompt.line == "break *0x300")
  }

  @Test("boxes never overlap nor leave their caller, and what they have adds up")
  func layout() throws {
    let picture = try #require(ProfilePicture(snapshot, view, columns: .max))
    for columns in 1...200 {
      let flame = Flame(picture.sums, top: 0, columns: columns)
      for (depth, row) in flame.rows.enumerated() {
        var end = 0
        for segment in row {
          #expect(segment.column >= end && segment.columns > 0)
          end = segment.column + segment.columns
          guard depth > 0 else { continue }
          let parent = picture.sums.items[segment.item].parent
          let above = try #require(flame.rows[depth - 1].first { $0.item == parent })
          #expect(segment.column >= above.column && end <= above.column + above.columns)
        }
        #expect(end <= columns)
      }
    }
    for (index, item) in picture.sums.items.enumerated() {
      let inner = picture.sums.children(of: index).reduce(0) { $0 + picture.sums.items[$1].all }
      #expect(item.own + inner == item.all)
    }
  }
}
