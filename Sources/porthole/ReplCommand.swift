internal import ArgumentParser
internal import Commands
internal import Inspect
internal import Launcher
internal import LineEditor
internal import Session

/// `porthole repl`.
struct ReplCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repl",
    abstract: "The debugger's prompt alone, with gdb's commands; scriptable.",
    discussion: """
      Attaching stops the target; leaving (quit, Ctrl-D) removes the breakpoints
      and lets it run on. Commands of -ex and -x run first, in their order.

        porthole repl heartbeat
        porthole repl heartbeat -ex 'break beat' -ex continue -ex bt --batch
        porthole repl gdb:localhost:1234 --symbols a.out -x script --batch --json
      """)

  @OptionGroup var options: TargetOptions

  @Option(
    name: .customLong("ex", withSingleDash: true), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run a command; may be given several times.", valueName: "CMD"))
  var commands: [String] = []

  @Option(
    name: .customShort("x"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run the commands in a file.", valueName: "FILE"))
  var files: [String] = []

  @Flag(help: "Leave after the commands; exit status 1 if one failed, 5 if one was refused.")
  var batch = false

  @Flag(help: "Only look: stops, writes and breakpoints are refused.")
  var readOnly = false

  @Flag(help: "Print JSON objects, one a line.")
  var json = false

  func run() throws {
    let scripts = try Self.scripts(CommandLine.arguments)
    let target = try OpenTarget(
      options.target, symbols: options.symbols, cap: readOnly ? .observe : .write)
    defer { target.leave() }
    target.tellDetour()
    try Prompt(target: target, isBatch: batch, isJSON: json).run(scripts)
  }

  /// The lines of -ex and -x in the order in which the command line gives them, which the parser
  /// does not keep.
  static func scripts(_ arguments: [String]) throws -> [String] {
    var lines: [String] = []
    var rest = arguments.dropFirst(2)
    while let word = rest.popFirst() {
      if word == "--" { break }
      if word == "-ex", let command = rest.popFirst() { lines.append(command) }
      if word.hasPrefix("-ex=") { lines.append(String(word.dropFirst(4))) }
      guard word == "-x", let path = rest.popFirst() else { continue }
      guard let text = Files.text(path) else {
        throw Failure(.usage, "cannot read the commands in \(path)")
      }
      lines += text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    return lines
  }
}
