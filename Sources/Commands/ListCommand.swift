// list: source lines, in all the ways gdb asks for them.

internal import Bytes
internal import JSON
internal import Session
internal import Symbols

enum ListCommand {
  static let command = Command(
    name: "list", aliases: ["l"], group: .source,
    usage: "list [LOCATION | FIRST,LAST | FIRST, | ,LAST | + | -]",
    summary: "Show source lines",
    manual: """
      Without arguments, the lines around the selected frame's, then the ones after those; "list -"
      the ones before. LOCATION is a line, FILE:LINE, a function or *ADDRESS.

        list 40
        list Heartbeat.swift:10,20
        list beat
      """, repeats: .bare, completes: .location, run: run)

  /// A place in a source file.
  struct Place {
    var file: String
    var line: Int
  }

  private static func run(_ call: Invocation) throws {
    let state = call.interpreter.state.listing
    let size = call.interpreter.state.listSize
    switch call.arguments {
    case "", "+":
      if state.isCentred || state.file == nil { return try around(here(call), call) }
      try show(state.file ?? "", from: state.last + 1, to: state.last + size, call)
    case "-":
      if state.isCentred || state.file == nil { try centre(call) }
      let state = call.interpreter.state.listing
      guard state.first > 1 else {
        throw CommandError.message("Already at the start of \(state.file ?? "the file").")
      }
      // An empty line goes on in the same direction.
      if !call.isRepeat { call.interpreter.state.repeatable = "list -" }
      try show(state.file ?? "", from: max(1, state.first - size), to: state.first - 1, call)
    default: try range(call)
    }
  }

  private static func range(_ call: Invocation) throws {
    let text = call.arguments
    let size = call.interpreter.state.listSize
    guard let comma = text.firstIndex(of: ",") else {
      let found = try place(text, call)
      if text.hasPrefix("*"), let address = try? call.session.resolve(text),
        let function = call.session.symbols?.frames(at: address).first
      {
        call.line("\(address.hex) is in \(function.function) (\(found.file):\(found.line)).")
      }
      return try around(found, call)
    }
    let first = Words.trimmed(text[..<comma])
    let last = Words.trimmed(text[text.index(after: comma)...])
    if first.isEmpty {
      let end = try place(last, call)
      return try show(end.file, from: max(1, end.line - size + 1), to: end.line, call)
    }
    let start = try place(first, call)
    if last.isEmpty {
      return try show(start.file, from: start.line, to: start.line + size - 1, call)
    }
    var end = start
    if last.hasPrefix("+"), let count = Int(last.dropFirst()), (0...(1 << 24)).contains(count) {
      end.line += count
    } else if let line = Int(last), line > 0 {
      end.line = line
    } else {
      end = try place(last, call)
    }
    guard end.line >= start.line else {
      throw CommandError.message("The last line is before the first.")
    }
    guard end.file == start.file else {
      throw CommandError.message("Specified first and last lines are in different files.")
    }
    try show(start.file, from: start.line, to: end.line, call)
  }

  /// The selected frame's place, else the start of `main`.
  private static func here(_ call: Invocation) throws -> Place {
    let session = call.session
    let index = session.selectedFrame
    if let frames = try? session.backtrace(limit: index + 1), frames.indices.contains(index),
      let file = frames[index].file, frames[index].line > 0
    {
      return Place(file: file, line: frames[index].line)
    }
    return try place("main", call)
  }

  private static func centre(_ call: Invocation) throws {
    let here = try here(call)
    let first = max(1, here.line - 5)
    call.interpreter.state.listing = .init(
      file: here.file, first: first, last: first - 1, isCentred: false)
  }

  /// The place that a location means; nothing has to be executable there.
  private static func place(_ text: String, _ call: Invocation) throws -> Place {
    let session = call.session
    let location = try LocationSpecification.parse(text)
    switch location {
    case .line(let file, let line):
      let path = try file ?? call.interpreter.state.listing.file ?? session.defaultFile()
      return Place(file: full(path, session), line: line)
    case .offset(let count):
      let state = call.interpreter.state.listing
      let file = try state.file ?? session.defaultFile()
      return Place(file: file, line: max(1, state.last + count))
    case .function(let name):
      guard let symbols = session.symbols else { throw SessionError.noSymbolFile }
      guard let function = symbols.functions(named: name).first else {
        throw CommandError.message("Function \"\(name)\" not defined.")
      }
      guard let found = symbols.frames(at: function.start).last, let file = found.file else {
        throw CommandError.message("Function \"\(name)\" has no line information.")
      }
      return Place(file: file, line: found.line)
    default:
      let address = try session.addresses(of: location).first
      guard let address, let found = session.symbols?.frames(at: address).first,
        let file = found.file, found.line > 0
      else { throw CommandError.message("No line number information available for \(text).") }
      return Place(file: file, line: found.line)
    }
  }

  /// The path of a file given by its end.
  private static func full(_ name: String, _ session: Session) -> String {
    let paths = session.symbols?.sourceFiles() ?? []
    return paths.first { $0 == name } ?? paths.first { $0.hasSuffix("/" + name) } ?? name
  }

  private static func around(_ place: Place, _ call: Invocation) throws {
    let size = call.interpreter.state.listSize
    let first = max(1, place.line - size / 2)
    try show(place.file, from: first, to: first + size - 1, call)
  }

  private static func show(
    _ path: String, from first: Int, to last: Int, _ call: Invocation
  ) throws {
    guard let file = call.session.sources.file(path) else {
      throw CommandError.message(
        "\(path): No such file or directory.  Sources are read from where they were compiled.")
    }
    guard first <= file.lines.count, first <= last else {
      throw CommandError.message(
        "Line number \(first) out of range; \(path) has \(file.lines.count) lines.")
    }
    let end = min(last, file.lines.count, first + 9999)
    for number in first...end { call.line("\(number)\t\(file.lines[number - 1])") }
    call.interpreter.state.listing = .init(file: path, first: first, last: end, isCentred: false)
    call.object(
      {
        var object = JSONObject(schema: "source")
        object["file"] = .string(path)
        object["first"] = .integer(first)
        object["lines"] = .array(file.lines[(first - 1)..<end].map { .string($0) })
        return object
      }())
  }
}
