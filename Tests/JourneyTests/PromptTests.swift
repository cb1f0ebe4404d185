// The prompt as scripts use it, and the command line's promises: exit statuses, JSON, hints.

import JSON
import Launcher
import TestSupport
import Testing

@Suite("Prompt", .serialized, .timeLimit(.minutes(20)))
struct PromptTests {
  @Test("a script breaks, continues, looks and leaves; the guest runs on")
  func script() throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    try Files.replace(
      bench.folder + "/script", with: Array("# a comment\ntbreak Heart.cycle\ncontinue\n".utf8))
    let result = bench.porthole(
      "repl", "heart", "-x", bench.folder + "/script", "-ex", "bt", "-ex", "print number",
      "--batch")
    #expect(result.status == 0, "\(result.talk)")
    #expect(result.output.contains("Heart.cycle") && result.output.contains("Heart.beat"))
    #expect(result.output.contains("$1 = "), "\(result.output)\(result.talk)")
    #expect(heart.beats)
  }

  @Test("with --json every line is an object of a named schema")
  func json() throws {
    let bench = Workbench()
    _ = try Heart(bench)
    let result = bench.porthole(
      "repl", "heart", "-ex", "tbreak Heart.cycle", "-ex", "continue", "-ex", "bt", "-ex",
      "info registers", "--batch", "--json")
    #expect(result.status == 0, "\(result.talk)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count > 4)
    for line in lines {
      let schema = try JSONValue.parse(text: String(line))["schema"]?.string
      #expect(schema?.hasPrefix("porthole.") == true, "\(line)")
    }
  }

  @Test("a command that fails in a batch makes the status 1, one that is refused 5")
  func failure() throws {
    let bench = Workbench()
    let heart = try Heart(bench)
    let result = bench.porthole("repl", "heart", "-ex", "break nowhere", "--batch")
    #expect(result.status == 1 && result.talk.contains("nowhere"), "\(result.talk)")
    for command in ["break Heart.cycle", "stepi", "continue", "set var $rax = 1"] {
      let refused = bench.porthole("repl", "heart", "--read-only", "-ex", command, "--batch")
      #expect(refused.status == 5 && refused.talk.contains("only looks"), "\(command): \(refused)")
    }
    #expect(heart.beats)
  }

  @Test(
    "mistakes are told apart by exit status, with a hint",
    arguments: [
      (["nonsense"], 2, "nonsense"), (["run"], 2, "image"), (["run", "Helo"], 2, "Hello"),
      (["run", "/no/such"], 3, "/no/such"),
      (["build", "Hello", "--arch", "aarch64"], 2, "aarch64"), (["stop", "none"], 3, "none"),
      (["bt", "none"], 3, "none"), (["attach", "none"], 3, "none"),
      (["attach", "qemu:/no/such"], 3, "/no/such"), (["bt"], 3, "porthole run"),
      (["bt", "core:x"], 3, "ended lately"), (["bt", "core:/etc/passwd"], 2, "neither"),
      (["dump", "none", "-o", "x"], 3, "none"), (["bt", "recording:x"], 2, "no stacks"),
      (["top", "recording:/no"], 3, "/no"),
      (["top", "recording:/etc/passwd"], 2, "no recording"),
      (["top", "core:x", "--at", "1"], 2, "--at"),
      (["record", "none", "-o", "x"], 3, "none"), (["record", "core:x", "-o", "x"], 2, "nothing"),
      (["bt", "gdb:/no/such"], 3, "/no/such"), (["bt", "tcp:h"], 2, "port"),
      (["run", "Hello", "--memory", "1"], 2, "--memory"),
      (["run", "Hello", "--forward", "1:2"], 2, "--net user"),
    ])
  func mistakes(words: [String], status: Int, hint: String) {
    let bench = Workbench()
    let result = bench.run([Workbench.tool] + words)
    #expect(result.status == Int32(status), "\(words): \(result.talk)")
    #expect(result.talk.contains(hint) && result.output.isEmpty, "\(words): \(result.talk)")
  }

  static let commands = [
    "demo", "build", "run", "ps", "stop", "attach", "repl", "bt", "top", "counters",
    "events", "memory", "net", "log", "profile", "dump", "lint", "trace", "wait-for", "export",
    "record", "manual",
  ]

  @Test("the manual page is made of the same definitions, and mandoc finds nothing wrong in it")
  func manual() throws {
    let bench = Workbench()
    let page = bench.porthole("manual")
    #expect(page.status == 0)
    for command in Self.commands { #expect(page.output.contains(".SS porthole \(command)\n")) }
    let file = bench.folder + "/porthole.1"
    try Files.replace(file, with: Array(page.output.utf8))
    let lint = bench.run(["/usr/bin/mandoc", "-T", "lint", "-W", "warning", file])
    #expect(lint.status == 0, "\(lint.output.prefix(1000)) \(lint.talk.prefix(500))")
    let text = bench.run(["/usr/bin/mandoc", "-T", "ascii", file]).output
    #expect(text.contains("--seconds") && text.contains("porthole record heartbeat -o beat.rec"))
  }

  @Test("--version and --help are data, on standard output")
  func help() {
    let bench = Workbench()
    #expect(bench.porthole("--version").output.hasPrefix("porthole "))
    for command in Self.commands {
      let result = bench.porthole(command, "--help")
      #expect(result.status == 0 && result.output.contains("porthole \(command)"))
    }
  }

  @Test(
    "help reads well at 80 columns: the parser breaks no line of a discussion",
    arguments: commands)
  func width(command: String) {
    let bench = Workbench()
    func discussion(_ columns: Int) -> Substring? {
      let words = ["env", "COLUMNS=\(columns)", Workbench.tool, command, "--help"]
      let text = bench.run(words).output
      return text.firstRange(of: "USAGE:").map { text[..<$0.lowerBound] }
    }
    let narrow = discussion(80)
    #expect(narrow != nil && narrow == discussion(200))
  }

  @Test("run and stop say in JSON what they did")
  func runAndStop() throws {
    let bench = Workbench()
    let hello = try #require(TestImage.build("Hello"))
    func objects(_ result: CommandResult) throws -> [JSONValue] {
      try result.output.split(separator: "\n").map { try JSONValue.parse(text: String($0)) }
    }
    let run = bench.porthole("run", hello.path, "--json", "--name", "one")
    #expect(run.status == 0, "\(run.talk)")
    let lines = try objects(run)
    #expect(lines.first?["schema"]?.string == "porthole.run/1")
    #expect(lines.first?["name"]?.string == "one")
    let text = lines.compactMap {
      $0["schema"]?.string == "porthole.console/1" ? $0["text"]?.string : nil
    }
    #expect(text.joined().contains("Hello"), "\(run.output)")
    #expect(
      lines.last?["schema"]?.string == "porthole.end/1" && lines.last?["status"]?.integer == 0)
    let image = try #require(TestImage.build("Heartbeat"))
    let detached = bench.porthole("run", image.path, "--detach", "--json", "--name", "two")
    let instance = try #require(try objects(detached).first)
    #expect(instance["name"]?.string == "two" && (instance["pid"]?.integer ?? 0) > 1)
    let ps = try #require(try objects(bench.porthole("ps", "--json")).first)
    #expect(ps["status"]?.string == "running" && ps["suspected"]?.bool == false)
    let stop = try objects(bench.porthole("stop", "two", "--json"))
    #expect(stop.count == 1 && stop[0]["schema"]?.string == "porthole.stop/1")
    #expect(stop[0]["pid"]?.integer == instance["pid"]?.integer)
  }
}
