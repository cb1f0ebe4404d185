internal import Bytes
internal import Commands
internal import Inspect
internal import Session
internal import Testing

@Suite("Empty lines and waiting")
struct RepeatTests {
  @Test("an empty line repeats print, info and steps")
  func repeats() {
    let prompt = Prompt()
    #expect(prompt.run("") == "")
    prompt.run("print 7")
    #expect(prompt.run("") == "$2 = 7\n")
    #expect(prompt.run("   ") == "$3 = 7\n")
    prompt.run("stepi")
    let pc = prompt.target.processors[0].registers["rip"]
    prompt.run("")
    #expect(prompt.target.processors[0].registers["rip"] != pc)
  }

  @Test("x and list go on where they ended; count and format stay")
  func goesOn() {
    let prompt = Prompt()
    prompt.run("x/2xb 0x3000")
    #expect(prompt.run("").hasPrefix("0x3002 <counter+2>:\t0x00\t0x00"))
    #expect(prompt.run("x").hasPrefix("0x3004:\t0x00\t0x00"))
    #expect(prompt.run("x/d").hasPrefix("0x3006:\t0\n"))
    prompt.run("list 1,5")
    #expect(prompt.run("").hasPrefix("6\t"))
    prompt.run("list 30")
    prompt.run("list -")
    #expect(prompt.run("").hasPrefix("5\t"))
  }

  @Test(
    "what is not to happen twice does not",
    arguments: ["delete 1", "kill", "detach", "monitor x", "source /nonexistent", "help"])
  func neverRepeats(line: String) {
    let prompt = Prompt()
    prompt.run("break beat")
    prompt.answer = false
    prompt.run(line)
    prompt.target.log = []
    #expect(prompt.run("") == "")
    #expect(prompt.target.log.isEmpty)
  }

  @Test("kill and delete ask, and do nothing without a yes")
  func asks() {
    let prompt = Prompt()
    prompt.run("break beat")
    prompt.answer = false
    #expect(prompt.run("kill") == "Not confirmed.\n")
    prompt.run("delete")
    #expect(prompt.questions == ["Kill the target fake?", "Delete all breakpoints?"])
    #expect(!prompt.target.log.contains(.kill))
    #expect(prompt.session.breakpoints().count == 1)
    prompt.run("set confirm off")
    prompt.run("delete")
    #expect(prompt.session.breakpoints().isEmpty)
    #expect(prompt.interpreter.run("kill") == .ended(.killed(signal: 9)))
    #expect(prompt.questions.count == 2)
  }

  @Test("Ctrl-C stops a command that waits")
  func interrupt() {
    let prompt = Prompt()
    prompt.run("set $pc = 0x1081")
    prompt.interrupts = true
    let shown = prompt.run("continue")
    #expect(shown.hasPrefix("Continuing.\n\n"))
    #expect(shown.contains("0x0000000000001081 in bare"))
    #expect(prompt.target.log.contains(.interrupt))
    #expect(prompt.target.state != .running)
  }

  @Test("without waiting, a motion returns at once and its stop is reported as an event")
  func events() throws {
    let prompt = Prompt()
    prompt.interpreter.waitsForStops = false
    prompt.run("break beat")
    #expect(prompt.interpreter.run("continue") == .running)
    let refused = prompt.interpreter.run("info locals")
    guard case .failed(let message) = refused else {
      Issue.record("\(refused)")
      return
    }
    #expect(message.contains("running"))
    let event = try #require(try prompt.session.pump(milliseconds: 100))
    #expect(prompt.interpreter.report(event) == .done)
    #expect(
      prompt.shown.contains("Breakpoint 1, Heart.beat(count:) (count=-3) at /src/heart.swift:21"))
  }

  @Test("the target's end and the link's are outcomes, not messages")
  func ends() {
    let prompt = Prompt()
    prompt.run("set $pc = 0x10f0")
    #expect(prompt.interpreter.run("continue") == .ended(.exited(status: 7)))
    #expect(prompt.shown.hasSuffix("[The target exited with code 07]\n"))
    let other = Prompt()
    other.target.failures = [.lost("the other side hung up")]
    #expect(other.interpreter.run("monitor info") == .lost("the other side hung up"))
  }

  @Test("console text of the target appears in between, harmless")
  func console() {
    let prompt = Prompt()
    prompt.run("break beat")
    prompt.target.console = Array("tick\u{1b}[2J\r\ntock".utf8)
    let shown = prompt.run("continue")
    #expect(shown.hasPrefix("Continuing.\ntick^[[2J\ntock"))
  }
}
