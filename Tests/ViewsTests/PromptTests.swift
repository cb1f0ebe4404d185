import Canvas
import Session
import Testing
import Views

@Suite("The prompt")
struct PromptTests {
  private func prompt(_ keys: [Key], history: [String] = []) -> ViewState {
    var view = ViewState(size: Size(columns: 80, rows: 24))
    view.focus = .prompt
    view.prompt.loaded(history: history)
    for key in keys { _ = Dashboard.handle(.key(key), &view, Fixture.stopped.snapshot) }
    return view
  }

  private func keys(_ text: String) -> [Key] { text.map { .character($0) } }

  @Test("edits as a shell does")
  func editing() {
    #expect(prompt(keys("abc") + [.left, .character("x")]).prompt.line == "abxc")
    #expect(prompt(keys("abc") + [.control("a"), .delete]).prompt.line == "bc")
    #expect(prompt(keys("a bc") + [.control("w")]).prompt.line == "a ")
    #expect(
      prompt(keys("a bc") + [.control("w"), .control("y"), .control("y")]).prompt.line == "a bcbc")
    #expect(prompt(keys("abc") + [.left, .control("k")]).prompt.line == "ab")
    #expect(prompt(keys("abc") + [.left, .control("u")]).prompt.line == "c")
    #expect(prompt(keys("ab.cd") + [.alt("b"), .character("x")]).prompt.line == "ab.xcd")
    #expect(prompt([.backspace, .left, .delete, .control("y")]).prompt.line == "")
    #expect(prompt(keys("abc") + [.control("c")]).prompt.line == "")
  }

  @Test("remembers commands and finds them again")
  func history() {
    let old = ["break main", "info registers", "print x"]
    #expect(prompt([.up, .up], history: old).prompt.line == "info registers")
    #expect(prompt(keys("dr") + [.up, .down], history: old).prompt.line == "dr")
    #expect(prompt([.up, .up, .up, .up, .up], history: old).prompt.line == "break main")
    let found = prompt([.control("r")] + keys("info") + [.enter], history: old)
    #expect(found.prompt.line == "info registers")
    let run = prompt(keys("bt") + [.enter, .enter], history: old)
    #expect(run.prompt.history == old + ["bt"])
  }

  @Test("completes what candidates have in common, then offers them")
  func completion() {
    var view = prompt(keys("break be"))
    let effects = Dashboard.handle(.key(.tab), &view, Fixture.stopped.snapshot)
    #expect(effects == [.complete("break be")])
    view.prompt.received(completions: ["beat(_:)", "beatTwice()"], for: "break be")
    #expect(view.prompt.line == "break beat")
    let text = render(Fixture.stopped.snapshot, view, size: view.size).text
    #expect(text.contains("beatTwice()"))
    _ = Dashboard.handle(.key(.tab), &view, Fixture.stopped.snapshot)
    #expect(view.prompt.line == "break beat(_:)")
    _ = Dashboard.handle(.key(.tab), &view, Fixture.stopped.snapshot)
    #expect(view.prompt.line == "break beatTwice()")
    _ = Dashboard.handle(.key(.character(" ")), &view, Fixture.stopped.snapshot)
    #expect(view.prompt.completions.isEmpty)
  }

  @Test("takes a lone candidate at once, and none that came too late or could harm")
  func loneCompletion() {
    var view = prompt(keys("contin"))
    view.prompt.received(completions: ["continue"], for: "contin")
    #expect(view.prompt.line == "continue ")
    view.prompt.received(completions: ["continuex"], for: "contin")
    #expect(view.prompt.line == "continue ")
    view = prompt(keys("p "))
    view.prompt.received(completions: ["a\u{1b}[2J"], for: "p ")
    #expect(view.prompt.line == "p ")
  }

  @Test("keeps bounded output, line and history")
  func bounds() {
    var view = prompt([])
    view.prompt.received((0..<20_000).map { OutputLine(.output, "\($0)") })
    #expect(view.prompt.output.count == 5000)
    _ = Dashboard.handle(
      .paste(String(repeating: "x", count: 100_000)), &view, Fixture.stopped.snapshot)
    #expect(view.prompt.text.count == 4000)
    let line = OutputLine(.output, String(repeating: "y", count: 1_000_000))
    #expect(line.text.count == 4000)
  }

  @Test("grows for a long answer while it has the keys, and scrolls back")
  func output() {
    var view = prompt(keys("x") + [.enter])
    view.prompt.commandEnded()
    view.prompt.received((0..<40).map { OutputLine(.output, "answer \($0)") })
    let size = view.size
    var text = render(Fixture.stopped.snapshot, view, size: size).text
    #expect(text.contains("answer 39") && text.contains("answer 33"))
    _ = Dashboard.handle(.key(.pageUp), &view, Fixture.stopped.snapshot)
    text = render(Fixture.stopped.snapshot, view, size: size).text
    #expect(!text.contains("answer 39") && text.contains("answer 25"))
  }

  @Test("wraps long output and keeps every character of it")
  func wrapping() {
    var view = prompt([])
    let long = (0..<150).map { String($0 % 10) }.joined()
    view.prompt.received([OutputLine(.output, long)])
    view.isZoomed = true
    let text = render(Fixture.stopped.snapshot, view, size: view.size).text
    #expect(text.contains(String(long.prefix(80)) + "\n" + String(long.dropFirst(80))))
  }

  @Test("shows the cursor where typing goes, in lines longer than the screen too")
  func cursor() {
    var view = prompt(keys("ab"))
    var canvas = render(Fixture.stopped.snapshot, view, size: view.size)
    #expect(canvas.cursor == Point(column: 13, row: 22))
    for _ in 0..<100 {
      _ = Dashboard.handle(.key(.character("日")), &view, Fixture.stopped.snapshot)
    }
    canvas = render(Fixture.stopped.snapshot, view, size: view.size)
    #expect((canvas.cursor?.column ?? 0) >= 76)
    #expect(canvas.rowText(22).hasSuffix("日"))
  }
}
