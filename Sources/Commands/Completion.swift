// What TAB offers: commands, subjects of info, symbols, files with their lines, registers.

internal import Expressions
internal import Inspect
internal import Session
internal import Symbols

extension Interpreter {
  /// The most candidates that are offered.
  public static let completionLimit = 200

  /// What the word at the cursor may become.
  public struct Completion: Equatable, Sendable {
    /// The offset in UTF-8 code units at which the word begins; candidates replace the text from
    /// there to the cursor.
    public var start: Int
    /// Whole words, sorted, each once.
    public var candidates: [String]
  }

  /// Returns the candidates for the word at the cursor, given in UTF-8 code units.
  public func completions(of line: String, cursor: Int) -> [String] {
    complete(line, cursor: cursor).candidates
  }

  /// Returns the candidates for the word at the cursor and where that word begins.
  public func complete(_ line: String, cursor: Int) -> Completion {
    let bytes = Array(line.utf8.prefix(max(0, cursor)))
    let text = String(decoding: bytes, as: UTF8.self)
    let (command, path, rest) = context(of: text)
    guard let command else {
      let names = path.isEmpty ? CommandTable.all : path
      return finish(rest, names.map(\.name), text, breaksAt: " ")
    }
    switch command.completes {
    case .nothing: return Completion(start: bytes.count, candidates: [])
    case .command:
      return finish(rest, CommandTable.all.map(\.name), text, breaksAt: " ")
    case .register: return finish(rest, registers(), text, breaksAt: " ")
    case .file:
      return finish(rest, FileNames.beginning(with: String(rest)), text, breaksAt: "")
    case .location: return location(rest, text)
    case .expression: return expression(rest, text)
    case .monitor: return monitor(rest, text)
    }
  }

  /// Words of the target's own monitor: what its `help` said when it was last asked, or what our agent
  /// is known to say.
  private func monitor(_ text: Substring, _ line: String) -> Completion {
    let known = session.target.profile.kind == "agent" ? MonitorHelp.agent : [["help"]]
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let typed = words.dropLast()
    let fitting = (state.monitorPhrases ?? known).filter {
      $0.count > typed.count && $0.prefix(typed.count).elementsEqual(typed)
    }
    return finish(text, fitting.map { $0[typed.count] }, line, breaksAt: " ")
  }

  /// The command whose arguments are at the end of a line; `nil` while its name is being typed, and
  /// then the commands that it may be one of. `rest` is what may be completed.
  private func context(of text: String) -> (command: Command?, among: [Command], rest: Substring) {
    var rest = text.drop { $0 == " " }
    var among = CommandTable.all
    while true {
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
      let after = rest.dropFirst(name.count)
      guard let next = after.first else { return (nil, among, name) }
      guard case .one(let command) = CommandTable.find(String(name), in: among) else {
        return (CommandTable.all.first { $0.completes == .nothing }, [], after)
      }
      rest = after
      if next == "/" { rest = rest.drop { $0 != " " } }
      rest = rest.drop { $0 == " " }
      if command.subcommands.isEmpty { return (command, [], rest) }
      among = command.subcommands
    }
  }

  private func finish(
    _ text: Substring, _ names: some Sequence<String>, _ line: String, breaksAt marks: String
  ) -> Completion {
    var word = text
    if let last = text.lastIndex(where: { marks.contains($0) }) {
      word = text[text.index(after: last)...]
    }
    let found = Set(names.filter { $0.hasPrefix(word) && $0 != "" }).sorted()
    return Completion(
      start: line.utf8.count - word.utf8.count,
      candidates: Array(found.prefix(Self.completionLimit)).map(Self.harmless))
  }

  private func location(_ text: Substring, _ line: String) -> Completion {
    // After `if` it is a condition; after `*` an address.
    if text.hasPrefix("*") || Words.condition(String(text)).condition != nil {
      return expression(text, line)
    }
    let word = text.drop { $0 == " " }
    if let colon = word.lastIndex(of: ":"), !word[..<colon].isEmpty {
      return lines(of: String(word[..<colon]), word, line)
    }
    var names = symbolNames(String(word))
    for path in session.symbols?.sourceFiles() ?? [] {
      let base = path.split(separator: "/").last.map(String.init) ?? path
      if base.hasPrefix(word) { names.append(base + ":") }
    }
    return finish(word, names, line, breaksAt: "")
  }

  /// Lines of a file that have code, near the digits typed so far.
  private func lines(of file: String, _ word: Substring, _ line: String) -> Completion {
    let digits = word[word.index(after: word.lastIndex(of: ":") ?? word.startIndex)...]
    var numbers: [Int] = []
    var next = Int(digits) ?? 1
    for _ in 0..<20 {
      guard let found = session.symbols?.locations(file: file, line: next) else { break }
      numbers.append(found.line)
      next = found.line + 1
    }
    let names = numbers.map { "\(file):\($0)" }.filter { $0.hasPrefix(word) }
    return Completion(
      start: line.utf8.count - word.utf8.count, candidates: names.map(Self.harmless))
  }

  private func expression(_ text: Substring, _ line: String) -> Completion {
    let marks = " +-*/%&|^~!<>=()[]{},?@"
    var word = text
    if let last = text.lastIndex(where: { marks.contains($0) }) {
      word = text[text.index(after: last)...]
    }
    if word.hasPrefix("$") {
      let names = registers() + ["pc", "sp", "fp"] + session.values.allVariables.map(\.name)
      return finish(word, names.map { "$" + $0 }, line, breaksAt: "")
    }
    let variables = (try? session.variables(frame: session.selectedFrame)) ?? []
    return finish(word, variables.map(\.name) + symbolNames(String(word)), line, breaksAt: "")
  }

  private func registers() -> [String] { session.target.profile.registers.map(\.name) }

  private func symbolNames(_ prefix: String) -> [String] {
    session.symbols?.completions(of: prefix, limit: Self.completionLimit) ?? []
  }
}

/// What a monitor's `help` says of its commands.
enum MonitorHelp {
  /// The commands of our agent (`Kernel/Agent/AgentProfilerCommand.swift`, `AgentTarget.monitor`).
  static let agent = [
    ["help"], ["profile", "start"], ["profile", "status"], ["profile", "stop"], ["profile", "top"],
    ["trace"],
  ]

  /// The words that begin each line, up to the first that is no plain word in small letters or that
  /// follows two blanks: `profile start RATE  take samples`, `info registers [-a] -- show`.
  static func phrases(_ help: [UInt8]) -> [[String]] {
    var phrases: [[String]] = []
    for line in help.split(separator: 0x0a).prefix(1000) {
      var phrase: [String] = []
      for word in line.split(separator: 0x20, omittingEmptySubsequences: false).prefix(8) {
        // Some monitors name two spellings of a command: `c|cont`.
        let names = word.split(separator: 0x7c)
        guard let name = names.last, name.allSatisfy({ Self.isPlain($0) }) else { break }
        phrase.append(String(decoding: name, as: UTF8.self))
      }
      if !phrase.isEmpty { phrases.append(phrase) }
    }
    return phrases
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte) || byte == 0x5f || byte == 0x2d || (0x30...0x39).contains(byte)
  }
}
