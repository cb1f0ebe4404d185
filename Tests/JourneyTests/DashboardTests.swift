// The dashboard in a terminal: attach, look, stop, break, step, continue, leave. What happens when
// the tool does not end in order: `RestorationTests`.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Dashboard", .serialized, .timeLimit(.minutes(20)))
struct DashboardTests {
  /// A shell in a terminal with the dashboard attached.
  private func attach(_ bench: Workbench, _ options: String = "") throws -> Tmux {
    let terminal = try Tmux(bench)
    terminal.type("\(Workbench.tool) attach heart \(options)", "Enter")
    // What runs and tells of itself is looked at from above; once it is stopped the stacks come.
    try #require(terminal.shows("busy"), "\(terminal.screen)")
    return terminal
  }

  /// Stops the guest as a person does: asked for, and confirmed.
  private func stop(_ terminal: Tmux) {
    terminal.type("C-c")
    #expect(terminal.shows("(y or n)"), "\(terminal.screen)")
    terminal.type("y")
    #expect(terminal.shows("stopped"), "\(terminal.screen)")
  }

  @Test(
    "attach, see stacks, break, step, continue, leave: the guest runs on", arguments: [false, true])
  func journey(agent: Bool) throws {
    let bench = Workbench()
    let heart = try Heart(bench, agent: agent)
    let terminal = try attach(bench)
    #expect(terminal.shows("running"))
    #expect(heart.beats)
    if agent {
      others(bench)
    } else {
      terminal.type(":")
      #expect(terminal.shows("its image has no agent"), "\(terminal.screen)")
      terminal.type("Escape")
      #expect(terminal.shows("─ Prompt"), "\(terminal.screen)")
      sample(terminal)
    }
    stop(terminal)
    #expect(heart.isStopped == !agent)
    let list = bench.porthole("ps")
    #expect(list.output.contains("stopped"), "\(list)")
    terminal.type(":")
    terminal.type("-l", "break Heart.cycle")
    terminal.type("Enter")
    #expect(terminal.shows("Breakpoint 1 at"), "\(terminal.screen)")
    terminal.type("continue", "Enter")
    #expect(terminal.shows("Breakpoint 1, "), "\(terminal.screen)")
    #expect(terminal.shows("Heart.beat"), "\(terminal.screen)")
    terminal.type("next", "Enter")
    #expect(terminal.shows("▸ 34"), "\(terminal.screen)")
    terminal.type("delete 1", "Enter")
    #expect(bench.waits { !terminal.screen.contains("1 hit") }, "\(terminal.screen)")
    terminal.type("continue", "Enter")
    #expect(terminal.shows("running"), "\(terminal.screen)")
    terminal.type("Escape")
    // Sent together, the two would be Alt-q.
    #expect(terminal.shows("─ Prompt"), "\(terminal.screen)")
    terminal.type("q")
    #expect(terminal.shows("Leave?"), "\(terminal.screen)")
    terminal.type("q")
    #expect(terminal.isRestored("left"), "\(terminal.screen)")
    #expect(heart.beats)
  }

  /// Has a guest without an agent sampled by stopping it, which is asked about, and looks elsewhere.
  private func sample(_ terminal: Tmux) {
    func shows(_ text: String) {
      #expect(terminal.shows(text, milliseconds: 120_000), "\(text)\n\(terminal.screen)")
    }
    terminal.type("3")
    shows("+ samples it")
    terminal.type("+")
    shows("Stop the guest 20 times a second")
    terminal.type("y")
    shows("of 20 Hz, ")
    shows("EventLoop.run()")
    #expect(terminal.screen.contains("▸ running"), "\(terminal.screen)")
    terminal.type("2")
    shows("Registers")
  }

  /// What others get of an instance whose agent the dashboard holds.
  private func others(_ bench: Workbench) {
    let profile = bench.porthole("profile", "heart", "--seconds", "0.5")
    #expect(profile.status == 0 && profile.talk.contains("samples running"), "\(profile)")
    #expect(!profile.talk.contains("stopped for each sample"), "\(profile.talk)")
    let stacks = bench.porthole("bt", "heart")
    #expect(stacks.status == 0 && stacks.output.contains("EventLoop"), "\(stacks)")
    #expect(stacks.talk.contains("holds its agent"), "\(stacks.talk)")
    let second = bench.porthole("repl", "heart", "--batch", "-ex", "break Heart.cycle")
    #expect(second.status == 5 && second.talk.contains("this session only looks"), "\(second)")
  }

  @Test("a recording is shown as what it is, at any of its moments, and moves for nobody")
  func recording() throws {
    let bench = Workbench()
    _ = try Heart(bench)
    let file = bench.folder + "/heart.rec"
    let made = bench.porthole("record", "heart", "-o", file, "--seconds", "3")
    #expect(made.status == 0, "\(made.talk)")
    let terminal = try Tmux(bench)
    terminal.type("\(Workbench.tool) attach recording:\(file)", "Enter")
    try #require(terminal.shows("busy"), "\(terminal.screen)")
    #expect(terminal.shows("recording") && terminal.shows(" UTC"), "\(terminal.screen)")
    terminal.type("{")
    #expect(terminal.shows("0:00/0:0"), "\(terminal.screen)")
    terminal.type(":")
    terminal.type("-l", "continue")
    terminal.type("Enter")
    #expect(terminal.shows("this is a recording"), "\(terminal.screen)")
  }

  @Test("the memory screen shows the stack, and ? the keys")
  func screens() throws {
    let bench = Workbench()
    _ = try Heart(bench)
    let terminal = try attach(bench)
    stop(terminal)
    terminal.type("F5")
    #expect(terminal.shows("Memory map"), "\(terminal.screen)")
    #expect(terminal.shows("00 00 00"), "\(terminal.screen)")
    terminal.type("?")
    #expect(terminal.shows("help") || terminal.shows("Keys"), "\(terminal.screen)")
    terminal.type("Escape")
    terminal.type("F2")
    #expect(terminal.shows("Frames"))
  }

  @Test("40x10 and back: the current line stays in sight and nothing breaks")
  func resize() throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let terminal = try attach(bench)
    stop(terminal)
    for (columns, rows) in [(40, 10), (80, 24), (20, 5), (200, 60), (40, 10)] {
      terminal.resize(columns: columns, rows: rows)
      #expect(
        bench.waits {
          let lines = terminal.screen.split(separator: "\n")
          return lines.contains { $0.contains("▸") } || columns < 40
        }, "\(columns)x\(rows)\n\(terminal.screen)")
    }
    terminal.type("q")
    terminal.type("q")
    #expect(terminal.isRestored("left"))
    #expect(heart.beats)
  }

  @Test("an attachment that may only look refuses to stop the guest")
  func readOnly() throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let terminal = try attach(bench, "--read-only")
    terminal.type("C-c")
    terminal.type("y")
    #expect(heart.beats, "\(terminal.screen)")
    terminal.type(":")
    terminal.type("-l", "break Heart.cycle")
    terminal.type("Enter")
    #expect(!heart.isStopped)
  }

  @Test("demo without a terminal prints each screen and leaves no guest behind")
  func demo() throws {
    let bench = Workbench()
    _ = try #require(TestImage.build("Heartbeat"))
    let result = bench.run([Workbench.tool, "demo"], milliseconds: 300_000)
    #expect(result.status == 0, "\(result.talk)")
    #expect(result.output.contains("Frames") && result.output.contains("Memory map"))
    #expect(result.output.contains("Heart.ventricles"), "\(result.output)")
    #expect(!result.output.contains("\u{1b}"))
    #expect(bench.registry.instances().isEmpty)
  }

  @Test("without a terminal attach says what works instead")
  func noTerminal() throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let result = bench.porthole("attach", "heart")
    #expect(result.status == 2 && result.talk.contains("porthole repl"), "\(result.talk)")
    #expect(heart.beats)
  }
}
