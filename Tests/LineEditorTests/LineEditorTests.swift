internal import Glibc
@testable internal import LineEditor
internal import Synchronization
internal import Testing

/// What a terminal shows, collected by the typing thread.
final class Seen: Sendable {
  private let text = Mutex("")
  func add(_ more: String) { text.withLock { $0 += more } }
  var all: String { text.withLock { $0 } }
}

@Suite("Line editor", .serialized)
struct LineEditorTests {
  private func editor(_ terminal: Terminal, _ history: History = History(path: nil)) -> LineEditor {
    setenv("TERM", "xterm", 1)
    setenv("EDITRC", "/nonexistent", 1)
    return LineEditor(
      prompt: "(test) ", history: history, input: terminal.inner, output: terminal.inner)
  }

  @Test("a line is typed, edited and read")
  func edits() throws {
    let terminal = try #require(Terminal())
    let editor = editor(terminal)
    #expect(editor.isInteractive)
    let typist = Typist(terminal, [("(test) ", "brak\u{2}\u{2}e\u{5} main\r")])
    #expect(editor.readLine() == .line("break main"))
    typist.finish()
    #expect(editor.history.lines == ["break main"])
  }

  @Test("earlier lines come back by the arrow key, also those of another run")
  func history() throws {
    let scratch = Scratch()
    defer { scratch.remove() }
    let path = scratch.path + "/history"
    History(path: path).append("info threads")
    let terminal = try #require(Terminal())
    let editor = editor(terminal, History(path: path))
    var typist = Typist(terminal, [("(test) ", "step\r")])
    #expect(editor.readLine() == .line("step"))
    typist.finish()
    typist = Typist(terminal, [("(test) ", "\u{10}\u{10}\r")])
    #expect(editor.readLine() == .line("info threads"))
    typist.finish()
    #expect(History(path: path).lines == ["info threads", "step", "info threads"])
  }

  @Test("Ctrl-D on an empty line is the end")
  func end() throws {
    let terminal = try #require(Terminal())
    let typist = Typist(terminal, [("(test) ", "\u{4}")])
    #expect(editor(terminal).readLine() == .end)
    typist.finish()
  }

  @Test("TAB completes as far as candidates agree, then lists them")
  func completes() throws {
    let terminal = try #require(Terminal())
    let editor = editor(terminal)
    editor.completer = { line, cursor in
      let word = line.utf8.prefix(cursor).split(separator: 32).last.map { String($0) ?? "" } ?? ""
      let all = ["backtrace", "break", "breakage", "naïve", "file.swift:"]
      return LineCompletion(
        start: cursor - word.utf8.count, candidates: all.filter { $0.hasPrefix(word) })
    }
    let seen = Seen()
    var typist = Typist(
      terminal, [("(test) ", "br\t\t"), ("breakage", " x\r")], each: seen.add)
    #expect(editor.readLine() == .line("break x"))
    typist.finish()
    #expect(seen.all.contains("break  "))
    typist = Typist(terminal, [("(test) ", "x na\t12\r")])
    #expect(editor.readLine() == .line("x naïve 12"))
    typist.finish()
    typist = Typist(terminal, [("(test) ", "b fi\t12\r")])
    #expect(editor.readLine() == .line("b file.swift:12"))
    typist.finish()
    typist = Typist(terminal, [("(test) ", "zzz\t1\r")])
    #expect(editor.readLine() == .line("zzz1"))
    typist.finish()
  }

  @Test("Ctrl-C drops the line, and the process lives on")
  func interrupts() throws {
    let terminal = try #require(Terminal())
    let editor = editor(terminal)
    signal(SIGINT, SIG_IGN)
    var typist = Typist(terminal, [("(test) ", "half"), ("half", "<interrupt>")])
    #expect(editor.readLine() == .interrupted)
    typist.finish()
    typist = Typist(terminal, [("(test) ", "whole\r")])
    #expect(editor.readLine() == .line("whole"))
    typist.finish()
    #expect(editor.history.lines == ["whole"])
  }

  @Test("an event while a line is typed is shown above it, and the line stays")
  func events() throws {
    let terminal = try #require(Terminal())
    let editor = editor(terminal)
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (reads, writes) = (ends[0], ends[1])
    editor.eventDescriptors = [reads]
    editor.eventHandler = {
      var byte: UInt8 = 0
      // Safety: `read` fills at most the one byte it is given.
      _ = read(reads, &byte, 1)
      return ["Breakpoint 1, main ()"]
    }
    let seen = Seen()
    let typist = Typist(
      terminal, [("(test) ", "print"), ("print", " 1"), ("main ()", "\r")],
      each: { shown in
        seen.add(shown)
        if shown.contains("print") {
          var byte: UInt8 = 1
          // Safety: `write` reads the one byte it is given.
          _ = write(writes, &byte, 1)
        }
      })
    #expect(editor.readLine() == .line("print 1"))
    typist.finish()
    close(reads)
    close(writes)
    #expect(seen.all.contains("Breakpoint 1, main ()"))
  }

  @Test("~/.editrc is honoured: here it makes Ctrl-G type a word")
  func editrc() throws {
    let scratch = Scratch()
    defer { scratch.remove() }
    mkdir(scratch.path, 0o700)
    let path = scratch.path + "/editrc"
    _ = system("printf 'bind -s \"^G\" stepi\\n' > '\(path)'")
    let terminal = try #require(Terminal())
    setenv("TERM", "xterm", 1)
    setenv("EDITRC", path, 1)
    let editor = LineEditor(prompt: "(test) ", input: terminal.inner, output: terminal.inner)
    setenv("EDITRC", "/nonexistent", 1)
    let typist = Typist(terminal, [("(test) ", "\u{7} 3\r")])
    #expect(editor.readLine() == .line("stepi 3"))
    typist.finish()
  }

  @Test("without a terminal lines are read as they are, the last one without an end too")
  func plain() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    var bytes = Array("print 1\r\n\nlast \u{e9}".utf8)
    // Safety: `write` reads at most `count` bytes of the array it is given.
    #expect(write(ends[1], &bytes, bytes.count) == bytes.count)
    close(ends[1])
    let editor = LineEditor(prompt: "(test) ", input: ends[0], output: ends[0])
    #expect(!editor.isInteractive)
    #expect(editor.readLine() == .line("print 1"))
    #expect(editor.readLine() == .line(""))
    #expect(editor.readLine() == .line("last é"))
    #expect(editor.readLine() == .end)
    close(ends[0])
  }

  @Test("candidates are laid out in columns and share a prefix")
  func candidates() {
    #expect(Candidates.commonPrefix(["break", "breakage", "bread"]) == "brea")
    #expect(Candidates.commonPrefix([]) == nil)
    #expect(Candidates.columns(["a", "bb", "c", "d"], width: 9) == "a   c\nbb  d\n")
    #expect(Candidates.columns(["long-word"], width: 4) == "long-word\n")
    let many = (0..<150).map { "n\($0)" }
    #expect(Candidates.columns(many, width: 80).hasSuffix("(50 more)\n"))
  }
}
