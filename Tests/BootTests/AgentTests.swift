// The agent inside an image, on COM2, under debuggers that know nothing of it: attach while it runs,
// break, step, look where nothing is, meet a fault, leave.

import Glibc
import JSON
import Launcher
import TestSupport
import Testing

@Suite("The agent in the kernel", .serialized, .timeLimit(.minutes(15)))
struct AgentTests {
  /// A faulting guest with the agent, the pipe to its console, and a debugger's output so far.
  private final class Guest {
    let bench = Workbench()
    let image: TestImage
    let run: ChildProcess
    private let input: Int32
    let agent: String

    init(_ options: String...) throws {
      image = try #require(TestImage.build("Faults", agent: true))
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      defer { close(ends[0]) }
      input = ends[1]
      let run = bench.start(
        [Workbench.tool, "run", image.path, "--name", "held", "--memory", "4"] + options,
        input: ends[0], output: bench.folder + "/out", talk: bench.folder + "/err")
      self.run = try #require(run)
      agent = bench.folder + "/run/porthole/held/agent"
      try #require(bench.waits { self.console.contains("ready") })
    }

    deinit { close(input) }

    var console: String { Files.text(bench.folder + "/out") ?? "" }
    var debugger: String { Files.text(bench.folder + "/debugger") ?? "" }

    func type(_ keys: String) { _ = Files.write(Array(keys.utf8), to: input) }

    /// Starts gdb on the agent with these commands.
    func gdb(_ commands: [String]) throws -> ChildProcess {
      let words = ["set confirm off", "set width 0", "target remote \(agent)"] + commands
      let arguments = ["gdb", "-nx", "-batch", image.symbols] + words.flatMap { ["-ex", $0] }
      return try #require(
        bench.start(
          arguments, output: bench.folder + "/debugger", talk: bench.folder + "/debugger-errors"))
    }
  }

  @Test("gdb attaches to the running guest, breaks, steps, meets a fault, and leaves")
  func gdb() throws {
    let guest = try Guest()
    let gdb = try guest.gdb([
      "info threads", "x/1xb 0", "break cfaults_divide", "echo planted\\n", "continue", "bt",
      "stepi", "stepi", "delete", "continue",
      "bt 2", "detach",
    ])
    try #require(guest.bench.waits { guest.debugger.contains("planted") })
    // The breakpoint goes in when the guest goes on; a byte that comes earlier waits in the port.
    guest.type("d")
    _ = gdb.wait(milliseconds: 60_000)
    let text = guest.debugger
    #expect(text.contains("\"core 0\""), "\(text)")
    #expect(text.contains("Breakpoint 1, cfaults_divide"), "\(text)")
    #expect(text.contains("SIGFPE"), "\(text)")
    let calls = ["cfaults_divide", "inner", "middle", "outer"]
    var left = calls[...]
    for line in text.split(separator: "\n") where line.hasPrefix("#") {
      if let next = left.first, line.contains(next) { left.removeFirst() }
    }
    #expect(left.isEmpty, "no \(left) in \(text)")
    // It has left; the fault comes again, and now it is a panic.
    #expect(guest.bench.waits { guest.console.contains("*** end of panic") })
    #expect(guest.console.contains("*** panic: divide error"))
  }

  @Test("our own client does the same, and the guest runs on when it has left")
  func porthole() throws {
    let guest = try Guest()
    let result = guest.bench.porthole(
      "repl", "unix:" + guest.agent, "--symbols", guest.image.symbols, "--batch", "-ex", "bt",
      "-ex", "info threads", "-ex", "x/4xb 0x100000", "-ex", "detach")
    #expect(result.status == 0, "\(result.output)\n\(result.talk)")
    #expect(result.output.contains("EventLoop.run()"), "\(result.output)")
    #expect(result.output.contains("(core 0)"))
    #expect(result.output.contains("0x7f\t0x45\t0x4c\t0x46"), "\(result.output)")
    guest.type("z")
    #expect(guest.bench.waits { guest.console.contains("echo 122") })
  }

  @Test("a name leads through the agent, or through QEMU's stub where it cannot answer, in words")
  func names() throws {
    let guest = try Guest()
    func stacks(_ target: String = "held") -> CommandResult { guest.bench.porthole("bt", target) }
    let agent = stacks()
    #expect(agent.status == 0 && agent.output.contains("(core 0)"), "\(agent)")
    #expect(agent.talk.isEmpty, "\(agent.talk)")
    guest.type("z")
    #expect(guest.bench.waits { guest.console.contains("echo 122") }, "it runs on")
    let stub = stacks("qemu:held")
    #expect(stub.status == 0 && stub.output.contains("EventLoop.run()"), "\(stub)")
    #expect(stub.talk.isEmpty && !stub.output.contains("(core 0)"), "\(stub)")
    #expect(stacks("qemu:other").status == 3)
    let hold = """
      import socket, time
      line = socket.socket(socket.AF_UNIX)
      line.connect("\(guest.agent)")
      print("held", flush=True)
      time.sleep(600)
      """
    let held = guest.bench.folder + "/holder"
    let holder = try #require(
      guest.bench.start(["python3", "-c", hold], output: held, talk: held + "-errors"))
    try #require(guest.bench.waits { Files.text(held)?.contains("held") == true })
    let other = stacks()
    #expect(other.status == 0 && other.talk.contains("another client holds its agent"), "\(other)")
    kill(holder.pid, SIGKILL)
    _ = holder.wait(milliseconds: 5000)
    guest.type("S")
    // A busy host may give it no time to be seen spinning, so the words may be others.
    var spinning = stacks()
    #expect(
      guest.bench.waits {
        spinning = stacks()
        return spinning.output.contains("cfaults_spin")
      }, "\(spinning)")
    #expect(spinning.talk.contains("going through QEMU's stub"), "\(spinning.talk)")
  }

  @Test("a panicked guest is looked into by its name")
  func panicked() throws {
    let guest = try Guest()
    guest.type("n")
    let instance = try guest.bench.registry.instance(named: "held")
    try #require(guest.bench.waits { instance.status() == .panicked })
    let stacks = guest.bench.porthole("bt", "held")
    #expect(stacks.status == 0 && stacks.talk.contains("panicked"), "\(stacks)")
    #expect(stacks.output.contains("middle"), "\(stacks.output)")
  }

  @Test("without a debugger a fault is a panic as ever")
  func unattended() throws {
    let guest = try Guest("--on-panic", "exit")
    guest.type("n")
    #expect(guest.run.wait(milliseconds: 60_000) == .exited(4))
    #expect(guest.console.contains("null page"))
  }
}
