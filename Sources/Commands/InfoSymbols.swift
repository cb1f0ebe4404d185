// info line, symbol, address, source, sources, functions: what the image's files say.

internal import Bytes
internal import Expressions
internal import JSON
internal import Session
internal import Symbols

enum InfoSymbols {
  static let parts: [Command] = [
    InfoCommands.part(
      "line", ["li"], "info line [LOCATION]", "Addresses of a source line's code",
      completes: .location, run: line),
    InfoCommands.part(
      "symbol", ["sym"], "info symbol ADDRESS", "The symbol that covers an address",
      completes: .expression, run: symbol),
    InfoCommands.part(
      "address", ["ad"], "info address NAME", "Where a symbol is", completes: .expression,
      run: address),
    InfoCommands.part(
      "source", ["so"], "info source", "The selected frame's source file", run: source),
    InfoCommands.part(
      "sources", [], "info sources [TEXT]", "The source files of the image", run: sources),
    InfoCommands.part(
      "functions", ["fu"], "info functions [PREFIX]", "Functions whose name begins with PREFIX",
      completes: .location, run: functions),
  ]

  private static func line(_ call: Invocation) throws {
    let session = call.session
    let location = try LocationSpecification.parse(call.arguments)
    for address in try addresses(location, call).prefix(64) {
      guard let place = session.symbols?.frames(at: address).first, place.line > 0 else {
        throw CommandError.message(
          "No line number information available for address \(call.support.text(of: address)).")
      }
      let range = session.symbols?.statement(at: address) ?? address..<address.advanced(by: 1)
      let file = place.file ?? "?"
      let start = call.support.text(of: range.lowerBound)
      let end = call.support.text(of: range.upperBound)
      if case .line(_, let wanted) = location, wanted != place.line {
        call.line("Line \(wanted) of \"\(file)\" is at address \(start) but contains no code.")
      } else {
        call.line(
          "Line \(place.line) of \"\(file)\" starts at address \(start) and ends at \(end).")
      }
      call.interpreter.state.examine.next = range.lowerBound
      call.interpreter.state.examine.format = .instruction
      call.object(
        {
          var object = JSONObject(schema: "line")
          object["file"] = .string(file)
          object["line"] = .integer(place.line)
          object["function"] = .string(place.function)
          object["start"] = .string(range.lowerBound.hex)
          object["end"] = .string(range.upperBound.hex)
          return object
        }())
    }
  }

  /// The start of each piece of code that a location means: before prologues, unlike `break`.
  private static func addresses(
    _ location: LocationSpecification, _ call: Invocation
  ) throws -> [Address] {
    guard let symbols = call.session.symbols else { throw SessionError.noSymbolFile }
    switch location {
    case .function(let name):
      let found = symbols.functions(named: name).map(\.start)
      if found.isEmpty { throw CommandError.message("Function \"\(name)\" not defined.") }
      return found
    case .line(let file, let line):
      let path = try file ?? call.session.defaultFile()
      guard let found = symbols.locations(file: path, line: line) else {
        throw SessionError.noLine(file: path, line: line)
      }
      return found.addresses
    default: return try call.session.addresses(of: location)
    }
  }

  private static func symbol(_ call: Invocation) throws {
    if call.arguments.isEmpty { throw call.usage("Argument required (address).") }
    let address = try call.session.evaluate(call.arguments).asAddress
    guard let (name, offset) = call.session.symbols?.symbol(covering: address) else {
      throw CommandError.message("No symbol matches \(call.arguments).")
    }
    let section = call.session.symbols?.sections.first {
      address >= $0.address && address.offset(from: $0.address) < $0.size
    }
    let place = section.map { " in section \($0.name)" } ?? ""
    call.line(name + (offset == 0 ? "" : " + \(offset)") + place)
    call.object(
      {
        var object = JSONObject(schema: "symbol")
        object["address"] = .string(address.hex)
        object["name"] = .string(name)
        object["offset"] = .integer(Int(clamping: offset))
        object["section"] = section.map { .string($0.name) } ?? .null
        return object
      }())
  }

  private static func address(_ call: Invocation) throws {
    let name = call.arguments
    if name.isEmpty { throw call.usage("Argument required.") }
    guard let symbols = call.session.symbols else { throw SessionError.noSymbolFile }
    var found: (kind: String, address: Address, size: UInt64)?
    if let function = symbols.functions(named: name).first {
      found = ("a function at", function.start, function.size)
    } else if let data = symbols.data(named: name) {
      found = ("static storage at", data.address, data.size)
    }
    guard let found else {
      throw CommandError.message("No symbol \"\(name)\" in current context.")
    }
    call.line("Symbol \"\(name)\" is \(found.kind) address \(found.address.hex).")
    call.object(
      {
        var object = JSONObject(schema: "address")
        object["name"] = .string(name)
        object["address"] = .string(found.address.hex)
        object["size"] = .integer(Int(clamping: found.size))
        return object
      }())
  }

  private static func source(_ call: Invocation) throws {
    let path = try call.session.defaultFile()
    call.line("Current source file is \(path)")
    let file = call.session.sources.file(path)
    if let file {
      call.line("Contains \(file.lines.count) line\(file.lines.count == 1 ? "" : "s").")
    } else {
      call.line("It is not there now.")
    }
    call.object(
      {
        var object = JSONObject(schema: "source-file")
        object["file"] = .string(path)
        object["lines"] = (file?.lines.count).map { .integer($0) } ?? .null
        return object
      }())
  }

  private static func sources(_ call: Invocation) throws {
    guard let symbols = call.session.symbols else { throw SessionError.noSymbolFile }
    for path in symbols.sourceFiles().sorted()
    where call.arguments.isEmpty || path.contains(call.arguments) {
      call.line(path)
      call.object(
        {
          var object = JSONObject(schema: "source-file")
          object["file"] = .string(path)
          return object
        }())
    }
  }

  private static func functions(_ call: Invocation) throws {
    guard let symbols = call.session.symbols else { throw SessionError.noSymbolFile }
    let names = symbols.completions(of: call.arguments, limit: 1000)
    for name in names {
      guard let function = symbols.functions(named: name).first else { continue }
      call.line("\(FrameText.wide(function.start))  \(function.name)")
      call.object(
        {
          var object = JSONObject(schema: "function")
          object["name"] = .string(function.name)
          object["linkageName"] = .string(function.linkageName)
          object["address"] = .string(function.start.hex)
          object["size"] = .integer(Int(clamping: function.size))
          return object
        }())
    }
    if names.count == 1000 { call.line("(More follow: give a longer PREFIX.)") }
  }
}
