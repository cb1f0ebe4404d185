// Nothing that a target or its files say acts on the terminal, and no line traps.

internal import Bytes
internal import Commands
internal import Inspect
internal import JSON
internal import Session
internal import Symbols
internal import Testing

@Suite("Hostile text")
struct SafetyTests {
  static let lines = [
    "backtrace", "bt full", "frame", "info frame", "info locals", "info args", "info registers",
    "info all-registers", "info threads", "info target", "info link", "info program",
    "info source", "info sources", "info line", "info symbol main", "info address main",
    "info functions", "info breakpoints", "info display", "print counter", "print &main",
    "print \"x\"", "whatis counter", "x/4xw $sp", "x/2i $pc", "x/s 0x3008", "disassemble",
    "disassemble /rs", "list", "list 10,12", "monitor \u{1b}]0;title\u{7}", "thread", "help",
    "help break", "help info", "show values", "show confirm", "break beat", "tbreak twice",
    "watch counter", "display counter", "info watchpoints", "condition 1 1", "ignore 1 1",
    "continue", "stepi", "next", "finish", "echo \u{1b}[31m\\n", "output counter",
    "nosuch\u{202e}command", "print \u{1b}nosuch", "break \u{9b}31m", "set $x = 1",
    "show convenience", "up", "down", "delete 1", "clear \u{1b}", "thread apply all bt",
  ]

  @Test("no command lets an escape, a control or a bidi override through", arguments: lines)
  func harmless(line: String) {
    let (session, target) = FakeProgram.session()
    session.symbols = HostileSymbols()
    target.profile.name = "fa\u{1b}[31mke\u{202e}"
    let prompt = Prompt((session, target))
    prompt.run("break beat")
    let shown = prompt.run(line)
    for scalar in shown.unicodeScalars where scalar != "\n" && scalar != "\t" {
      let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
      let isBidi = (0x202a...0x202e).contains(scalar.value)
      #expect(!isControl && !isBidi, "\(line) shows U+\(String(scalar.value, radix: 16))")
    }
  }

  @Test("every command says in JSON what it says in text, one object a line", arguments: lines)
  func json(line: String) throws {
    let prompt = Prompt()
    prompt.run("break beat")
    let text = Prompt()
    text.run("break beat")
    let hasText = !text.run(line).isEmpty
    let objects = try prompt.json(line)
    #expect(prompt.shown.isEmpty || !prompt.shown.hasPrefix("["))
    // What there is none of has no object.
    let silent = ["show convenience", "info display", "info args", "info watchpoints"]
    if hasText, !silent.contains(line) { #expect(!objects.isEmpty, "\(line)") }
    for object in objects {
      let schema = try #require(object["schema"]?.string)
      #expect(schema.hasPrefix("porthole.") && schema.hasSuffix("/1"))
    }
  }

  @Test("JSON has the facts of the text")
  func facts() throws {
    let prompt = Prompt()
    let made = try #require(try prompt.json("break beat if counter == 42").first)
    #expect(made["schema"]?.string == "porthole.breakpoint/1")
    #expect(made["condition"]?.string == "counter == 42")
    #expect(made["locations"]?.array?.first?["line"]?.integer == 21)
    let stop = try #require(try prompt.json("continue").last)
    #expect(stop["reason"]?.string == "breakpoint" && stop["number"]?.integer == 1)
    #expect(stop["frame"]?["function"]?.string == "Heart.beat(count:)")
    #expect(stop["frame"]?["source"]?.string == "  line 21")
    let stack = try #require(try prompt.json("bt full").first)
    #expect(stack["frames"]?.array?.count == 3)
    #expect(stack["frames"]?.array?.first?["variables"]?.array?.last?["value"]?.string == "true")
    let failed = try #require(try prompt.json("print nosuch").first)
    #expect(failed["schema"]?.string == "porthole.error/1")
    let value = try #require(try prompt.json("print counter").first)
    #expect(value["text"]?.string == "42" && value["address"]?.string == "0x3000")
  }

  @Test("no line of words traps")
  func noise() {
    let prompt = Prompt()
    prompt.target.patience = 50
    let words =
      ["break", "x", "print", "list", "info", "thread", "apply", "all", "set", "delete", "frame"]
      + ["up", "down", "disassemble", "display", "undisplay", "condition", "ignore", "until"]
      + ["advance", "watch", "enable", "disable", "help", "show", "echo", "whatis", "output", "bt"]
      + ["line", "symbol", "registers", "main", "beat", "counter", "$pc", "*0x1000", "1", "-1"]
      + ["9223372036854775807", "-9223372036854775808", "heart.swift:99999999999", ",", "+", "-"]
      + [
        "/4xg", "/-65536i", "/", "/x", "if", "(", "'", "\"", "=", "{int}", "*",
        "18446744073709551615",
      ]
      + ["tbreak", "clear", "locals", "full", "0", "\\", "#", "/s", "/99999999999999999999x", "$_"]
    var state: UInt64 = 88_172_645_463_325_252
    func next() -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state >> 33)
    }
    for _ in 0..<5000 {
      let line = (0..<(next() % 5 + 1)).map { _ in words[next() % words.count] }
      let text = line.joined(separator: next() % 4 == 0 ? "" : " ")
      prompt.run(text)
      _ = prompt.interpreter.complete(text, cursor: next() % 40)
      if prompt.session.breakpoints().count > 20 { prompt.run("delete") }
    }
    #expect(prompt.run("print 1+1").hasSuffix("= 2\n"))
  }

  @Test("source runs a file, stops at its first error, and does not nest without end")
  func source() throws {
    let path = "/tmp/porthole-source-\(UInt64.random(in: 0...UInt64.max)).gdb"
    TranscriptTests.write("# comment\n\nprint 1\nprint nosuch\nprint 2\n", to: path)
    let prompt = Prompt()
    let shown = prompt.run("source \(path)")
    #expect(shown.hasPrefix("$1 = 1\n\(path):4: Error in sourced command file:\nNo symbol"))
    #expect(!shown.contains("$2"))
    TranscriptTests.write("source \(path)\n", to: path)
    #expect(prompt.run("source \(path)").contains("nested too deeply"))
    TranscriptTests.remove(path)
  }
}

/// Symbols whose every name tries to act on the terminal.
final class HostileSymbols: SymbolSource {
  private let real = FakeSymbols()
  private func bad(_ text: String) -> String { "\u{1b}[31m\(text)\u{202e}\u{9b}2J\r" }

  var path: String { bad("/src") }
  var buildID: BuildID? { nil }
  var entry: Address { real.entry }
  var isPositionIndependent: Bool { false }
  var bias: UInt64 = 0
  var sections: [Section] {
    real.sections.map {
      Section(name: bad($0.name), address: $0.address, size: $0.size, flags: $0.flags)
    }
  }
  private func bad(_ function: Function) -> Function {
    var function = function
    function.name = bad(function.name)
    return function
  }
  func function(at address: Address) -> Function? { real.function(at: address).map(bad) }
  func frames(at pc: Address) -> [Symbols.SourceLocation] {
    real.frames(at: pc).map { place in
      var place = place
      place.function = bad(place.function)
      place.file = place.file.map(bad)
      return place
    }
  }
  func functions(named name: String) -> [Function] { real.functions(named: name).map(bad) }
  func breakpointAddress(of function: Function) -> Address { function.start.advanced(by: 4) }
  func inlinedInstances(named name: String) -> [Address] { real.inlinedInstances(named: name) }
  func locations(file: String, line: Int) -> (line: Int, addresses: [Address])? {
    real.locations(file: "heart.swift", line: line)
  }
  func statement(at address: Address) -> Range<Address>? { real.statement(at: address) }
  func data(named name: String) -> DataSymbol? { real.data(named: name) }
  func symbol(covering address: Address) -> (name: String, offset: UInt64)? {
    real.symbol(covering: address).map { (bad($0.name), $0.offset) }
  }
  func completions(of prefix: String, limit: Int) -> [String] {
    real.completions(of: prefix, limit: limit).map(bad)
  }
  func sourceFiles() -> [String] { real.sourceFiles().map(bad) }
  func unwind(_ frame: UnwindFrame, memory: MemoryReader) -> UnwindFrame? {
    real.unwind(frame, memory: memory)
  }
  func returnType(at address: Address) -> ReturnType? {
    ReturnType(name: bad("Int"), kind: .signed, size: 8)
  }
  func variablePlaces(at pc: Address) -> [VariablePlace] { [] }

  func variables(at frame: UnwindFrame, inlineDepth: Int, memory: MemoryReader) -> [Variable] {
    real.variables(at: frame, inlineDepth: inlineDepth, memory: memory).map { variable in
      var variable = variable
      variable.name = bad(variable.name)
      variable.typeName = bad(variable.typeName)
      variable.tree = .structure([
        .init(name: bad("field"), value: .text(Array(bad("text").utf8), isCut: true)),
        .init(name: "", value: .enumeration(bad("case"))),
      ])
      return variable
    }
  }
}
