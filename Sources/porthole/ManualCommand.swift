// The manual page, made of the same definitions as `--help`: what one says the other cannot leave out.

internal import ArgumentParser
internal import Glibc
internal import JSON
internal import Live

/// `porthole manual`.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Print the manual page.",
    discussion: """
      All commands with their options, as --help has them, for man and mandoc.

        porthole manual | man -l -
        porthole manual > ~/.local/share/man/man1/porthole.1
      """)

  func run() throws {
    let date = RecordedSpan(name: "", begin: time(nil), duration: 0).date(at: 0).prefix(10)
    guard
      let page = ManualPage(
        help: Porthole._dumpHelp(), version: Porthole.configuration.version, date: String(date))
    else { throw Failure(.no, "the definitions of the commands cannot be read") }
    Output.text(page.text)
  }
}

/// A page for man(1), in the macros of man(7).
struct ManualPage {
  private(set) var text = ""

  /// Makes a page of what `--experimental-dump-help` prints; nil if that makes no sense.
  init?(help: String, version: String, date: String) {
    guard let root = (try? JSONValue.parse(text: help))?["command"],
      let name = root["commandName"]?.string, let abstract = root["abstract"]?.string
    else { return nil }
    line(".TH \(name.uppercased()) 1 \(date) \"\(Self.escaped(version))\"")
    line(".SH NAME")
    line("\(name) \\- \(Self.escaped(abstract))")
    line(".SH SYNOPSIS")
    line(".B \(name)")
    line(".I COMMAND")
    line("[options]")
    line(".SH DESCRIPTION")
    paragraphs(root["discussion"]?.string ?? "", isFirst: true)
    line(".SH COMMANDS")
    for command in root["subcommands"]?.array ?? [] where command["shouldDisplay"]?.bool != false {
      add(command, of: name)
    }
    line(".SH SEE ALSO")
    line("gdb(1), qemu-system-x86_64(1)")
  }

  private mutating func line(_ line: String) { text += line + "\n" }

  private mutating func add(_ command: JSONValue, of parent: String) {
    guard let name = command["commandName"]?.string, name != "help" else { return }
    let arguments = (command["arguments"]?.array ?? []).filter {
      let long = $0["preferredName"]?["name"]?.string
      return $0["shouldDisplay"]?.bool != false && long != "help" && long != "version"
    }
    line(".SS \(parent) \(name)")
    line(Self.escaped(command["abstract"]?.string ?? ""))
    line(".PP")
    line(".B \(parent) \(name)")
    for argument in arguments { line(Self.usage(argument)) }
    paragraphs(command["discussion"]?.string ?? "")
    for argument in arguments {
      line(".TP")
      line(Self.heading(argument))
      var words = argument["abstract"]?.string ?? ""
      if let value = argument["defaultValue"]?.string { words += " (default: \(value))" }
      line(Self.escaped(words.isEmpty ? "(not described)" : words))
    }
  }

  /// Text as it stands, where lines that begin with a blank are examples.
  private mutating func paragraphs(_ discussion: String, isFirst: Bool = false) {
    var isExample = false
    var isNew = !isFirst
    for part in discussion.split(separator: "\n", omittingEmptySubsequences: false) {
      let starts = part.hasPrefix(" ")
      guard !part.isEmpty else {
        isNew = true
        continue
      }
      if starts != isExample { line(starts ? ".PP\n.nf\n.RS 2" : ".RE\n.fi\n.PP") }
      if starts == isExample, isNew { line(starts ? "" : ".PP") }
      isExample = starts
      isNew = false
      line(Self.escaped(String(part.drop { $0 == " " })))
    }
    if isExample { line(".RE\n.fi") }
  }

  private static func value(_ argument: JSONValue) -> String {
    escaped(argument["valueName"]?.string ?? "VALUE")
  }

  private static func isFlag(_ argument: JSONValue) -> Bool { argument["kind"]?.string == "flag" }

  /// The argument in the command's synopsis.
  private static func usage(_ argument: JSONValue) -> String {
    var text = "\\fI\(value(argument))\\fR"
    if let name = argument["preferredName"] {
      text = "\\fB\(option(name))\\fR" + (isFlag(argument) ? "" : " " + text)
    }
    if argument["isRepeating"]?.bool == true { text += " ..." }
    return argument["isOptional"]?.bool == true ? "[\(text)]" : text
  }

  /// All its names.
  private static func heading(_ argument: JSONValue) -> String {
    let names = (argument["names"]?.array ?? []).map { "\\fB\(option($0))\\fR" }
    guard !names.isEmpty else { return "\\fI\(value(argument))\\fR" }
    return names.joined(separator: ", ") + (isFlag(argument) ? "" : " \\fI\(value(argument))\\fR")
  }

  private static func option(_ name: JSONValue) -> String {
    let dashes = name["kind"]?.string == "long" ? "\\-\\-" : "\\-"
    return dashes + escaped(name["name"]?.string ?? "")
  }

  /// Text that is nothing but text: a backslash, and a dot or quote that would begin a request.
  static func escaped(_ text: String) -> String {
    let words = text.map { character -> String in
      switch character {
      case "\\": "\\e"
      case "-": "\\-"
      default: String(character)
      }
    }.joined()
    return words.hasPrefix(".") || words.hasPrefix("'") ? "\\&" + words : words
  }
}
