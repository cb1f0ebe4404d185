import Bytes
import Canvas
import Inspect
import Live
import Session
import Testing
@testable import Views

@Suite("The dashboard's keys")
struct DashboardTests {
  /// Types keys one after the other; returns all effects.
  private func type(
    _ keys: [Key], _ view: inout ViewState, _ fixture: Fixture = .stopped
  ) -> [DashboardEffect] {
    let snapshot = fixture.snapshot
    return keys.flatMap { Dashboard.handle(.key($0), &view, snapshot) }
  }

  private func keys(_ text: String) -> [Key] { text.map { .character($0) } }

  private func view() -> ViewState { ViewState(size: Size(columns: 80, rows: 24)) }

  @Test("no line of the help is cut at 80 columns")
  func helpFits() {
    for line in helpLines(view()) where !line.isHeading {
      #expect(width(line.keys) <= 20 && width(line.text) <= 49, "\(line)")
    }
  }

  @Test("no single key stops, writes, kills or leaves")
  func oneKey() {
    let harmless: Set<String> = [
      "continue", "step", "next", "stepi", "nexti", "finish",
    ]
    var all: [Key] = (0x20...0x7e).map { .character(Character(Unicode.Scalar(UInt8($0)))) }
    all += "abcdefghijklmnopqrstuvwxyz".flatMap { [Key.control($0), .alt($0)] }
    all += [
      .enter, .tab, .backTab, .escape, .backspace, .delete, .insert, .up, .down, .left, .right,
      .home, .end, .pageUp, .pageDown,
    ]
    all += (1...12).map { Key.function($0) }
    for fixture in [Fixture.stopped, .running, .noSymbols] {
      for pane in PaneID.allCases where pane != .prompt {
        for key in all {
          var view = view()
          view.focus = pane
          if pane == .map || pane == .dump { view.screen = .memory }
          if pane == .functions || pane == .flame { view.screen = .profile }
          for effect in type([key], &view, fixture) {
            switch effect {
            case .interrupt, .quit, .answer: Issue.record("\(key) in \(pane): \(effect)")
            case .runCommand(let line):
              #expect(harmless.contains(line), "\(key) in \(pane) runs \(line)")
              #expect(fixture != .running, "\(key) in \(pane) runs \(line)")
            case .selectFrame, .selectThread, .viewMemory, .viewExpression, .viewSource, .search,
              .complete, .suspend, .redraw, .fetch:
              break
            }
          }
        }
      }
    }
  }

  @Test(
    "letters run gdb's words on a stopped target",
    arguments: [
      ("c", "continue"), ("s", "step"), ("n", "next"), ("S", "stepi"), ("N", "nexti"),
      ("f", "finish"),
    ])
  func motions(letter: String, command: String) {
    // In whichever pane of whichever screen: one grammar.
    var snapshot = Fixture.live.snapshot
    snapshot.state = Fixture.stopped.snapshot.state
    for screen in Screen.allCases {
      for pane in PaneID.allCases where pane != .prompt {
        var view = ViewState(size: Size(columns: 132, rows: 43))
        _ = Dashboard.handle(.key(.function(screen.rawValue)), &view, snapshot)
        view.focus = pane
        let effects = Dashboard.handle(.key(.character(Character(letter))), &view, snapshot)
        #expect(effects == [.runCommand(command)], "\(pane) of \(screen)")
      }
    }
    var view = view()
    #expect(type(keys(letter), &view) == [.runCommand(command)])
    // Not again before the first has ended.
    #expect(type(keys(letter), &view) == [])
    view.prompt.commandEnded()
    #expect(type(keys(letter), &view, .running) == [])
  }

  @Test("b proposes a breakpoint at the selected line, and Enter sets it")
  func breakpoint() {
    var view = view()
    view.focus = .source
    #expect(type([.down, .character("b")], &view) == [])
    #expect(view.prompt.line == "break Heartbeat.swift:25")
    #expect(view.focus == .prompt)
    #expect(type([.enter], &view) == [.runCommand("break Heartbeat.swift:25")])
    view = self.view()
    view.focus = .source
    _ = type(keys("b"), &view)
    #expect(view.prompt.line == "delete 1")
    _ = type([.escape], &view)
    #expect(view.focus == .source)
    #expect(view.prompt.line == "")
    view.focus = .disassembly
    _ = type([.up, .character("b")], &view)
    #expect(view.prompt.line == "break *0x101a4b")
  }

  @Test("stopping a running target asks the first time, in words")
  func interrupt() {
    var view = view()
    #expect(type([.control("c")], &view, .running) == [])
    #expect(view.question == .interrupt)
    let screen = render(Fixture.running.snapshot, view, size: view.size).text
    #expect(screen.contains("Stop the running guest? (y or n)"))
    #expect(type(keys("n"), &view, .running) == [])
    #expect(type([.control("c"), .character("y")], &view, .running) == [.interrupt])
    #expect(type([.control("c")], &view, .running) == [.interrupt])
  }

  @Test("what a person started with continue may be stopped at once")
  func interruptOwn() {
    var view = view()
    _ = type(keys("c"), &view)
    #expect(type([.control("c")], &view, .running) == [.interrupt])
  }

  @Test("q goes back first, then asks, and says that the guest runs on")
  func quit() {
    var view = view()
    _ = type(keys("5"), &view)
    #expect(type(keys("q"), &view) == [])
    #expect(view.screen == .stacks)
    #expect(type(keys("q"), &view) == [])
    let screen = render(Fixture.stopped.snapshot, view, size: view.size).text
    #expect(screen.contains("Leave? The guest runs on."))
    #expect(type([.escape], &view) == [])
    #expect(view.question == nil)
    #expect(type(keys("qq"), &view) == [.quit])
    // A dump runs on for nobody: nothing is asked.
    var dead = Fixture.stopped.snapshot
    dead.isDead = true
    view.question = nil
    #expect(Dashboard.handle(.key(.character("q")), &view, dead) == [.quit])
  }

  @Test("the age in the footer is that of what is shown: of readings, or of what a stop fetched")
  func footer() {
    var snapshot = Fixture.live.snapshot
    snapshot.state = .running
    snapshot.link.isStale = true
    snapshot.link.ageMilliseconds = 30_000
    snapshot.live.ageMilliseconds = 300
    var view = view()
    view.screen = .events
    func footer() -> Substring {
      render(snapshot, view, size: view.size).text.split(separator: "\n").last ?? ""
    }
    #expect(footer().contains("read 0.3 s ago") && !footer().contains("stale"), "\(footer())")
    view.screen = .stacks
    #expect(footer().contains("stale 30 s old"), "\(footer())")
  }

  @Test("a command's question is answered by y, and anything else is a no")
  func question() {
    var view = view()
    view.question = .command("Kill the target?")
    #expect(type([.enter], &view) == [.answer(false)])
    view.question = .command("Kill the target?")
    #expect(type(keys("y"), &view) == [.answer(true)])
  }

  @Test("arrows in the frames select, and u and d go up and down the stack")
  func frames() {
    var view = view()
    #expect(type([.down], &view) == [.selectFrame(1)])
    #expect(type(keys("j"), &view) == [.selectFrame(2)])
    #expect(type([.end], &view) == [.selectFrame(8)])
    view = self.view()
    view.focus = .source
    #expect(type(keys("u"), &view) == [.selectFrame(1)])
    #expect(type(keys("d"), &view).contains(.selectFrame(0)) == false)
  }

  @Test("Tab visits every pane and the prompt, and comes around")
  func tabs() {
    var view = view()
    var seen: [PaneID] = []
    for _ in 0..<7 {
      seen.append(view.focus)
      _ = type([.tab], &view)
    }
    #expect(
      seen == [
        .frames, .registers, .breakpoints, .source, .disassembly, .locals, .prompt,
      ])
    #expect(view.focus == .frames)
    _ = type([.backTab], &view)
    #expect(view.focus == .prompt)
  }

  @Test("a letter without a meaning in panes begins a command")
  func bareLetter() {
    var view = view()
    #expect(type(keys("p $rip") + [.enter], &view) == [.runCommand("p $rip")])
  }

  @Test("/ finds in a pane, n and N go on, Esc ends")
  func find() {
    var view = view()
    #expect(type(keys("/loop") + [.enter], &view) == [.selectFrame(5)])
    #expect(view.focus == .frames)
    #expect(type(keys("n"), &view) == [.selectFrame(6)])
    #expect(type(keys("N"), &view) == [.selectFrame(5)])
    _ = type([.escape], &view)
    #expect(type(keys("n"), &view) == [.runCommand("next")])
  }

  @Test(
    "searching memory takes text, numbers and bytes",
    arguments: [
      ("beat", Array("beat".utf8)), ("\"a b\"", Array("a b".utf8)), ("0x1234", [0x34, 0x12]),
      ("0x123", [0x23, 0x01]), ("hex: 48 89 e5", [0x48, 0x89, 0xe5]),
    ] as [(String, [UInt8])])
  func search(pattern: String, bytes: [UInt8]) {
    var view = view()
    _ = type(keys("5"), &view)
    let effects = type(keys("/" + pattern) + [.enter], &view)
    #expect(effects == [.search(bytes, from: Address(0x17ff21), isBackwards: false)])
    #expect(
      type(keys("n"), &view) == [.search(bytes, from: Address(0x17ff21), isBackwards: false)])
    #expect(
      type(keys("N"), &view) == [.search(bytes, from: Address(0x17ff1f), isBackwards: true)])
  }

  @Test("each register can be chosen, also where several share a row")
  func registers() throws {
    var view = view()
    view.size = Size(columns: 132, rows: 43)
    view.focus = .registers
    let snapshot = Fixture.stopped.snapshot
    let registers = orderedRegisters(snapshot)
    let rows = Dashboard.geometry(.registers, view, snapshot).pane.count
    try #require(rows < registers.count, "one column shows nothing of this")
    for key in [Key.enter, .character("m")] {
      for (index, register) in registers.enumerated() {
        guard let address = Dashboard.number(register.value) else { continue }
        var there = view
        _ = type(Array(repeating: .down, count: index % rows), &there)
        _ = type(Array(repeating: .right, count: index / rows), &there)
        #expect(
          type([key], &there).contains(
            .viewMemory(Address(address.value & ~15), Dashboard.windowBytes)), "\(register.name)")
      }
    }
    // Further right than there are columns stays in the last one.
    _ = type(Array(repeating: .right, count: 9) + [.left, .left, .left, .left], &view)
    #expect(view.registerColumn == 0)
  }

  @Test("memory begins at the stack, moves by bytes and rows, and follows pointers")
  func memory() {
    var view = view()
    #expect(type(keys("5"), &view) == [.viewMemory(Address(0x17ff20), 4096)])
    _ = type([.right, .down], &view)
    #expect(view.memoryCursor == Address(0x17ff31))
    view.memoryCursor = Address(0x17ffa0)
    #expect(type([.enter], &view) == [.viewMemory(Address(0x101a20), 4096)])
    #expect(
      type(keys("@beat") + [.enter], &view) == [.viewExpression("beat")])
    #expect(
      type(keys("@0x1000") + [.enter], &view) == [.viewMemory(Address(0x1000), 4096)])
  }

  @Test("moving in memory never leaves the address space", arguments: [0, UInt64.max - 3])
  func edges(address: UInt64) {
    var view = view()
    var snapshot = Fixture.stopped.snapshot
    snapshot.memory = MemoryWindow(
      start: Address(address & ~15), bytes: [UInt8?](repeating: 0, count: 16))
    view.screen = .memory
    view.focus = .dump
    view.memoryCursor = Address(address)
    for key in [Key.up, .left, .pageUp, .down, .right, .pageDown, .home, .end, .control("d")] {
      _ = Dashboard.handle(.key(key), &view, snapshot)
      let cursor = view.memoryCursor?.value ?? 0
      #expect(address == 0 ? cursor < 4096 : cursor > .max - 4096)
    }
  }

  @Test("the mouse selects lines, panes, screens and bytes")
  func mouse() {
    let snapshot = Fixture.stopped.snapshot
    func click(_ column: Int, _ row: Int, _ view: inout ViewState) -> [DashboardEffect] {
      Dashboard.handle(
        .mouse(MouseEvent(.pressed, at: Point(column: column, row: row))), &view, snapshot)
    }
    var view = view()
    #expect(click(4, 4, &view) == [.selectFrame(2)])
    _ = click(50, 4, &view)
    #expect(view.focus == .source)
    let bar = render(snapshot, view, size: view.size).rowText(0)
    let tab = bar.firstRange(of: "Memory")?.lowerBound ?? bar.startIndex
    _ = click(bar.distance(from: bar.startIndex, to: tab), 0, &view)
    #expect(view.screen == .memory)
    let canvas = render(snapshot, view, size: view.size)
    let row = (0..<24).first { canvas.rowText($0).contains("17ff60") } ?? 0
    let line = Array(canvas.rowText(row))
    let place = line.indices.first { line[$0] == "7" && line[$0 + 1] == "4" } ?? 0
    _ = click(place, row, &view)
    #expect(view.memoryCursor == Address(0x17ff64))
  }

  @Test("the wheel scrolls what is under it and moves no selection")
  func wheel() {
    var view = view()
    view.size = Size(columns: 80, rows: 24)
    let snapshot = Fixture.stopped.snapshot
    let before = render(snapshot, view, size: view.size).text
    for _ in 0..<2 {
      let effects = Dashboard.handle(
        .mouse(MouseEvent(.wheelDown, at: Point(column: 60, row: 4))), &view, snapshot)
      #expect(effects == [])
    }
    let after = render(snapshot, view, size: view.size).text
    #expect(before != after)
    #expect(after.contains("main() async"))
    #expect(view.focus == .frames)
  }

  @Test("a paste goes into the prompt and runs nothing")
  func paste() {
    var view = view()
    let effects = Dashboard.handle(
      .paste("kill\ny\r\n\u{1b}[A"), &view, Fixture.stopped.snapshot)
    #expect(effects == [])
    #expect(view.focus == .prompt)
    #expect(!view.prompt.line.contains { $0.isNewline })
    #expect(view.prompt.line.hasPrefix("kill y"))
  }

  @Test("help lists the focused pane's keys first and closes on any other key")
  func help() {
    var view = view()
    view.focus = .dump
    _ = type(keys("?"), &view)
    let text = render(Fixture.stopped.snapshot, view, size: view.size).text
    #expect(text.contains("Memory"))
    #expect(text.contains("follow the pointer"))
    _ = type([.escape], &view)
    #expect(view.help == nil)
  }

  @Test("needs grow when a pane is scrolled to the end of what was fetched")
  func reach() {
    var view = view()
    let before = Dashboard.needs(view, Fixture.stopped.snapshot)
    view.focus = .disassembly
    #expect(type([.end], &view).contains(.fetch))
    let after = Dashboard.needs(view, Fixture.stopped.snapshot)
    #expect(after.disassembly > before.disassembly)
    #expect(after.frames == before.frames)
  }

  @Test("a window of memory is asked for again only while the cursor is in it")
  func window() {
    var view = view()
    var snapshot = Fixture.stopped.snapshot
    snapshot.memory = MemoryWindow(
      start: Address(0x1000), bytes: [UInt8?](repeating: 0, count: 64))
    view.screen = .memory
    view.memoryCursor = Address(0x1020)
    let request = Dashboard.needs(view, snapshot).memory
    #expect(request?.start == Address(0x1000) && request?.count == 64)
    // Another is on its way, and asking for this one would overtake it.
    view.memoryCursor = Address(0x8)
    #expect(Dashboard.needs(view, snapshot).memory == nil)
  }
}
