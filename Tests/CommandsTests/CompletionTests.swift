@testable internal import Commands
internal import Glibc
internal import Inspect
internal import Session
internal import Testing

@Suite("Completion")
struct CompletionTests {
  @Test(
    "the word at the cursor becomes what may stand there",
    arguments: [
      ("bre", 0, ["break"]), ("info reg", 5, ["registers"]), ("i so", 2, ["source", "sources"]),
      ("break ma", 6, ["main"]), ("break Heart", 6, ["Heart.beat(count:)"]),
      ("b hea", 2, ["heart.swift:"]),
      ("tbreak heart.swift:2", 7, ["heart.swift:20", "heart.swift:21", "heart.swift:22"]),
      ("print $ri", 6, ["$rip"]), ("p/x $r1", 4, ["$r10", "$r11", "$r12", "$r13", "$r14", "$r15"]),
      ("print 1+cou", 8, ["counter"]), ("x/4xw &cou", 7, ["counter"]),
      ("break main if cou", 14, ["counter"]), ("info registers ri", 15, ["rip"]),
      ("help unt", 5, ["until"]), ("nosuch x", 8, []), ("continue 1", 10, []),
      ("disp cou", 5, ["counter"]), ("set var cou", 8, ["counter"]), ("watch cou", 6, ["counter"]),
    ])
  func completions(line: String, start: Int, expected: [String]) {
    let completion = Prompt().interpreter.complete(line, cursor: line.utf8.count)
    #expect(completion.candidates == expected)
    if !expected.isEmpty { #expect(completion.start == start) }
  }

  @Test("an empty line offers every command, and only the text before the cursor counts")
  func cursor() {
    let interpreter = Prompt().interpreter
    #expect(interpreter.completions(of: "", cursor: 0).count > 40)
    #expect(interpreter.completions(of: "prXYZ", cursor: 2) == ["print", "printf"])
    #expect(interpreter.completions(of: "print", cursor: -5).count > 40)
    #expect(interpreter.completions(of: "printf", cursor: 500) == ["printf"])
  }

  @Test("names of files where a file is meant, folders with a slash")
  func files() {
    let folder = "/tmp/porthole-files-\(getpid())"
    mkdir(folder, 0o700)
    mkdir(folder + "/sub folder", 0o700)
    for name in ["script", "script.old", ".hidden", "\u{1b}[31mred"] {
      TranscriptTests.write("", to: folder + "/" + name)
    }
    defer { _ = system("rm -rf '\(folder)'") }
    func candidates(_ text: String) -> [String] {
      let line = "source \(folder)/\(text)"
      let found = Prompt().interpreter.complete(line, cursor: line.utf8.count)
      #expect(found.candidates.isEmpty || found.start == 7)
      return found.candidates.map { String($0.dropFirst(folder.utf8.count + 1)) }
    }
    #expect(candidates("scr") == ["script", "script.old"])
    #expect(candidates("su") == ["sub folder/"])
    #expect(candidates("sub folder/") == [])
    #expect(candidates(".") == [".hidden"])
    #expect(candidates("nosuch/") == [])
    let all = candidates("")
    #expect(all.count == 4 && all.allSatisfy { !$0.contains("\u{1b}") })
  }

  @Test("locals come before symbols, and candidates are harmless and bounded")
  func names() {
    let prompt = Prompt()
    #expect(prompt.interpreter.completions(of: "p tot", cursor: 5) == ["total"])
    prompt.session.symbols = HostileSymbols()
    let all = prompt.interpreter.completions(of: "break ", cursor: 6)
    #expect(all.allSatisfy { !$0.contains("\u{1b}") })
    #expect(all.count <= Interpreter.completionLimit)
  }

  @Test("monitor completes the agent's words, and those that a monitor's help names")
  func monitor() {
    let prompt = Prompt()
    prompt.target.profile.kind = "agent"
    func words(_ line: String) -> [String] { prompt.interpreter.completions(of: line, cursor: 99) }
    #expect(words("monitor ") == ["help", "profile", "trace"])
    #expect(words("monitor profile st") == ["start", "status", "stop"])
    #expect(words("mon profile start ") == [])
    // The fake's help is "fake: help".
    _ = prompt.run("monitor help")
    #expect(words("monitor ") == [])
    let help = "info registers [-a] -- show\nc|cont  -- resume\n\u{1b}[31m\nprofile top N   the\n"
    #expect(
      MonitorHelp.phrases(Array(help.utf8))
        == [["info", "registers"], ["cont"], ["profile", "top"]])
  }
}
