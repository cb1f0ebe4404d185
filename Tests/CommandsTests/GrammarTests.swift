// The line's grammar, the abbreviations, and what an empty line repeats: as gdb 13 does.

@testable internal import Commands
internal import Expressions
internal import Testing

@Suite("Grammar")
struct GrammarTests {
  @Test(
    "a line is a name and arguments; a name ends where gdb ends it",
    arguments: [
      ("p$rax", "p", "$rax"), ("x/4xw $sp", "x", "/4xw $sp"), ("p*pointer", "p", "*pointer"),
      ("  break   main  ", "break", "main"), ("info-x y", "info-x", "y"), ("", "", ""),
      ("p(1)", "p", "(1)"), ("\tlist\t-\r", "list", "-"), ("p&x", "p", "&x"), ("p-5", "p-5", ""),
      ("$rax", "", "$rax"), ("b*0x1000", "b", "*0x1000"),
    ])
  func lines(text: String, name: String, arguments: String) {
    let line = CommandLine(text)
    #expect(line.name == name && line.arguments == arguments)
  }

  @Test(
    "a format ends where the expression begins",
    arguments: [
      ("/4xw $sp", "4xw", "$sp"), ("/i$pc", "i", "$pc"), ("/x", "x", ""),
      ("/-3i $pc", "-3i", "$pc"),
      ("/x(1)", "x", "(1)"),
    ])
  func formats(text: String, format: String, rest: String) {
    #expect(Words.format(text) == (format, rest))
  }

  @Test(
    "a condition begins at the word `if`",
    arguments: [
      ("main if x == 1", "main", "x == 1"), ("if x", "", "x"), ("main if(x)", "main", "(x)"),
      ("a.c:12 if y if z", "a.c:12", "y if z"), ("iffy", "iffy", nil), ("main", "main", nil),
      ("diff if 1", "diff", "1"), ("main if", "main", ""),
    ])
  func conditions(text: String, place: String, condition: String?) {
    #expect(Words.condition(text) == (place, condition))
  }

  @Test(
    "numbers may be ranges", arguments: [("1", [1]), ("2-4 7", [2, 3, 4, 7]), ("1,2", [1, 2])])
  func numbers(text: String, expected: [Int]) throws {
    #expect(try Words.numbers(text) == expected)
  }

  @Test(
    "bad numbers are refused",
    arguments: ["x", "0", "-1", "3-1", "1-9999999", "1-2-3", "9999999999999999999"])
  func badNumbers(text: String) {
    #expect(throws: CommandError.self) { try Words.numbers(text) }
  }

  /// What `help ABBREVIATION` of gdb 13 says the full name is.
  static let abbreviations = [
    "b": "break", "br": "break", "tb": "tbreak", "c": "continue", "fg": "continue", "n": "next",
    "s": "step", "si": "stepi", "ni": "nexti", "u": "until", "fin": "finish", "bt": "backtrace",
    "where": "backtrace", "f": "frame", "i": "info", "p": "print", "inspect": "print", "x": "x",
    "l": "list", "disas": "disassemble", "k": "kill", "d": "delete", "del": "delete",
    "dis": "disable", "disa": "disable", "en": "enable", "q": "quit", "exit": "quit", "h": "help",
    "t": "thread", "cont": "continue", "adv": "advance", "wat": "watch", "rw": "rwatch",
    "aw": "awatch", "cond": "condition", "ig": "ignore", "mon": "monitor", "det": "detach",
    "ret": nil, "undisp": "undisplay", "disp": "display", "hb": "hbreak", "thb": "thbreak",
    "cl": "clear", "ec": "echo", "outp": "output", "wha": "whatis", "so": "source",
    "sym": "symbol-file", "dow": "down", "inte": "interrupt", "sho": "show", "se": "set",
  ]

  @Test("abbreviations mean what they mean in gdb", arguments: abbreviations.keys.sorted())
  func abbreviation(word: String) {
    switch CommandTable.find(word) {
    case .one(let command): #expect(command.name == Self.abbreviations[word] ?? "none")
    case .ambiguous(let names): Issue.record("\(word) is ambiguous: \(names)")
    case .none: #expect(Self.abbreviations[word] == .some(nil))
    }
  }

  @Test(
    "subjects of info are abbreviated too",
    arguments: [
      ("b", "breakpoints"), ("r", "registers"), ("f", "frame"), ("s", "stack"), ("lo", "locals"),
      ("ar", "args"), ("th", "threads"), ("li", "line"), ("sym", "symbol"), ("files", "target"),
      ("all", "all-registers"), ("wat", "watchpoints"), ("display", "display"),
      ("source", "source"), ("sources", "sources"), ("line", "line"),
    ])
  func subjects(word: String, name: String) throws {
    #expect(try CommandTable.command(word, in: InfoCommands.parts, prefix: "info ").name == name)
  }

  @Test("names and aliases are unique, and each command has its manual")
  func table() {
    for commands in [CommandTable.all, InfoCommands.parts] {
      let names = commands.flatMap { [$0.name] + $0.aliases }
      #expect(Set(names).count == names.count)
      for command in commands {
        #expect(!command.summary.isEmpty && !command.summary.hasSuffix("."))
        #expect(command.usage.hasSuffix(command.usage) && command.usage.contains(command.name))
        let width = (command.usage + "\n" + command.manual).split(separator: "\n").map(\.count)
          .max()
        #expect(width ?? 0 <= 100, "\(command.name)")
      }
    }
  }

  @Test("an unknown name is answered with near ones")
  func nearest() {
    #expect(Nearest.names(to: "brek", among: ["break", "tbreak", "print"]) == ["break", "tbreak"])
    #expect(Nearest.names(to: "contineu", among: ["continue", "condition"]) == ["continue"])
    #expect(Nearest.names(to: "zzz", among: ["break"]).isEmpty)
    #expect(Nearest.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
  }

  @Test(
    "x takes count, format and size in gdb's order of defaults",
    arguments: [
      ("", 1, "x", 4), ("4", 4, "x", 4), ("2g", 2, "x", 8), ("d", 1, "d", 4), ("a", 1, "a", 8),
      ("c", 1, "c", 1), ("3cw", 3, "c", 4), ("f", 1, "f", 4), ("-2xb", -2, "x", 1),
      ("8xg", 8, "x", 8), ("wx", 1, "x", 4), ("i", 1, "i", 4), ("-i", -1, "i", 4),
    ])
  func examine(text: String, count: Int, format: String, size: Int) throws {
    let request = try ExamineCommand.request(text, last: PromptState.Examine())
    #expect(request.count == count && request.format.rawValue == format && request.size == size)
  }

  @Test("x remembers; after bytes a float is a double, after instructions a size means hex")
  func examineMemory() throws {
    var last = PromptState.Examine(format: .instruction, size: 1)
    #expect(try ExamineCommand.request("w", last: last).format == .hex)
    #expect(try ExamineCommand.request("3", last: last).format == .instruction)
    last = PromptState.Examine(format: .decimal, size: 1)
    #expect(try ExamineCommand.request("f", last: last).size == 8)
    #expect(try ExamineCommand.request("", last: last).format == .decimal)
  }
}
