// Whatever happens to the tool, the terminal is as it was and the guest runs on: every signal that
// ends a process, and Ctrl-Z, at the dashboard and at the prompt.

import Glibc
import Launcher
import TestSupport
import Testing

@Suite("Restoration", .serialized, .timeLimit(.minutes(20)))
struct RestorationTests {
  /// How a person uses the tool.
  enum Mode: String, CaseIterable, Sendable {
    case dashboard, prompt

    var command: String { self == .dashboard ? "attach" : "repl" }
    /// What is on the screen once keys are read.
    var mark: String { self == .dashboard ? "busy" : "(porthole)" }
  }

  /// Signals whose default is the end of the process (signal(7)).
  static let deadly: [(name: String, number: Int32)] = [
    ("HUP", SIGHUP), ("QUIT", SIGQUIT), ("ILL", SIGILL), ("TRAP", SIGTRAP), ("ABRT", SIGABRT),
    ("BUS", SIGBUS), ("FPE", SIGFPE), ("KILL", SIGKILL), ("USR1", SIGUSR1), ("SEGV", SIGSEGV),
    ("USR2", SIGUSR2), ("ALRM", SIGALRM), ("TERM", SIGTERM), ("STKFLT", SIGSTKFLT),
    ("XCPU", SIGXCPU), ("XFSZ", SIGXFSZ), ("VTALRM", SIGVTALRM), ("PROF", SIGPROF),
    ("IO", SIGPOLL), ("PWR", SIGPWR), ("SYS", SIGSYS),
  ]

  private func open(_ mode: Mode, _ terminal: Tmux) throws {
    terminal.clear()
    terminal.type("\(Workbench.tool) \(mode.command) heart", "Enter")
    try #require(terminal.shows(mode.mark), "\(terminal.screen)")
  }

  /// The tool's process: the one with our words and our folders.
  private func tool(_ mode: Mode, _ heart: Heart) -> ProcessIdentity? {
    for name in Files.names(in: "/proc") {
      guard let pid = Int32(name), let words = Files.text("/proc/\(pid)/cmdline"),
        words.hasPrefix(Workbench.tool + "\0\(mode.command)\0heart"),
        Files.text("/proc/\(pid)/environ")?.contains(heart.bench.folder) == true,
        let parent = Files.text("/proc/\(pid)/stat")?.split(separator: " ").dropFirst(3).first
      else { continue }
      // The child that keeps the terminal has the same words.
      let outer = Files.text("/proc/\(parent)/cmdline") ?? ""
      if !outer.hasPrefix(Workbench.tool) { return ProcessIdentity(pid: pid) }
    }
    return nil
  }

  @Test(
    "after every deadly signal the terminal is as before and the guest runs",
    arguments: Mode.allCases)
  func signals(mode: Mode) throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let terminal = try Tmux(bench)
    terminal.type("ulimit -c 0", "Enter")
    terminal.clear()
    let before = terminal.modes
    for (name, number) in Self.deadly + (mode == .dashboard ? [("INT", SIGINT)] : []) {
      try open(mode, terminal)
      if mode == .dashboard { #expect(terminal.modes != before, "the modes tell nothing") }
      let tool = try #require(self.tool(mode, heart), "\(name)")
      #expect(tool.send(number))
      #expect(bench.waits { !tool.isAlive }, "\(name)")
      #expect(
        bench.waits { terminal.modes == before },
        "\(name)\n\(before)\n\(terminal.modes)")
      #expect(
        bench.waits { heart.instance.status() == .running },
        "\(name) \(heart.instance.status()) \(guardians(bench))")
    }
    #expect(terminal.isRestored("back"), "\(terminal.screen)")
    #expect(heart.beats)
  }

  /// The guardians that are still at work.
  private func guardians(_ bench: Workbench) -> [String] {
    Files.names(in: "/proc").compactMap { name in
      Int32(name) == nil ? nil : Files.text("/proc/\(name)/cmdline")
    }.filter { $0.contains("porthole-guardian") && $0.contains(bench.folder) }
  }

  @Test(
    "killed while the guest is stopped with a breakpoint in, the guest runs on",
    arguments: [(.dashboard, false), (.prompt, false), (.dashboard, true)] as [(Mode, Bool)])
  func killedAtBreakpoint(mode: Mode, agent: Bool) throws {
    let bench = Workbench()
    let heart = try Heart(bench, agent: agent)
    let terminal = try Tmux(bench)
    try open(mode, terminal)
    if mode == .dashboard {
      terminal.type("C-c")
      #expect(terminal.shows("(y or n)"), "\(terminal.screen)")
      terminal.type("y")
      #expect(terminal.shows("stopped"), "\(terminal.screen)")
      terminal.type(":")
    }
    terminal.type("-l", "break Heart.cycle")
    terminal.type("Enter")
    #expect(terminal.shows("Breakpoint 1 at"), "\(terminal.screen)")
    terminal.type("continue", "Enter")
    #expect(terminal.shows("Breakpoint 1, "), "\(terminal.screen)")
    let tool = try #require(self.tool(mode, heart))
    #expect(tool.send(SIGKILL))
    #expect(bench.waits { !tool.isAlive })
    #expect(heart.beats)
    #expect(terminal.isRestored("back"), "\(terminal.screen)")
  }

  @Test("what is not meant to end the tool does not", arguments: Mode.allCases)
  func harmless(mode: Mode) throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let terminal = try Tmux(bench)
    try open(mode, terminal)
    let tool = try #require(self.tool(mode, heart))
    // Ctrl-C at the prompt drops the line.
    for number in [SIGPIPE, SIGCHLD, SIGURG, SIGWINCH, SIGCONT] + (mode == .prompt ? [SIGINT] : [])
    {
      #expect(tool.send(number))
      usleep(20_000)
      #expect(tool.isAlive, "\(number)")
    }
    if mode == .prompt {
      terminal.type("print 6*7", "Enter")
      #expect(terminal.shows("$1 = 42"), "\(terminal.screen)")
      terminal.type("quit", "Enter")
    } else {
      terminal.type("q")
      #expect(terminal.shows("Leave?"), "\(terminal.screen)")
      terminal.type("q")
    }
    #expect(bench.waits { !tool.isAlive })
    #expect(heart.beats)
  }

  @Test("Ctrl-Z gives the terminal back, fg takes it again", arguments: Mode.allCases)
  func suspended(mode: Mode) throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let terminal = try Tmux(bench)
    terminal.clear()
    let before = terminal.modes
    try open(mode, terminal)
    let tool = try #require(self.tool(mode, heart))
    for way in ["key", "signal"] {
      if way == "key" { terminal.type("C-z") } else { #expect(tool.send(SIGTSTP)) }
      #expect(bench.waits { terminal.modes == before }, "\(way)\n\(before)\n\(terminal.modes)")
      terminal.type("echo $((6*7))\(way)", "Enter")
      #expect(terminal.shows("42\(way)"), "\(terminal.screen)")
      terminal.clear()
      terminal.type("fg", "Enter")
      #expect(terminal.shows(mode.mark), "\(terminal.screen)")
      #expect(tool.isAlive)
    }
    if mode == .prompt {
      terminal.type("print 6*7", "Enter")
      #expect(terminal.shows("$1 = 42"), "\(terminal.screen)")
      terminal.type("quit", "Enter")
    } else {
      terminal.type("q")
      #expect(terminal.shows("Leave?"), "\(terminal.screen)")
      terminal.type("q")
    }
    #expect(bench.waits { terminal.modes == before }, "\(before)\n\(terminal.modes)")
    #expect(heart.beats)
  }

  @Test("SIGTSTP is never lost, also while the dashboard draws")
  func suspendedWhileDrawing() throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let result = bench.run(
      ["python3", Workbench.root + "/Tests/JourneyTests/suspend.py", "100", Workbench.tool]
        + ["attach", "heart"], milliseconds: 300_000)
    #expect(result.status == 0, "\(result.talk)")
    #expect(heart.beats)
  }
}
