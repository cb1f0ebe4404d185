// Places as the user names them: their grammar, and the addresses they mean.

public import Bytes
internal import Expressions
internal import Inspect
internal import Symbols

extension LocationSpecification {
  /// Reads `main`, `file.swift:12`, `12`, `+3`, `*0x1000`, `*$pc` or nothing, as gdb does.
  public static func parse(_ text: String) throws(SessionError) -> LocationSpecification {
    let text = text.drop { $0 == " " }
    let trimmed = String(text.reversed().drop { $0 == " " }.reversed())
    guard let first = trimmed.first else { return .here }
    if first == "*" {
      let expression = String(trimmed.dropFirst().drop { $0 == " " })
      if expression.isEmpty { throw .malformed("Nothing after `*`. Write an address: *0x1000") }
      if expression.hasPrefix("0x"), let value = Hex.number(expression.dropFirst(2).utf8) {
        return .address(Address(value))
      }
      return .expression(expression)
    }
    if first == "+" || first == "-" {
      guard let count = Int(trimmed), abs(count) <= 1 << 24 else {
        throw .malformed("`\(trimmed)` is no line offset. Write +N or -N.")
      }
      return .offset(count)
    }
    if let line = Int(trimmed) { return .line(file: nil, try lineNumber(line, trimmed)) }
    if let colon = trimmed.lastIndex(of: ":"),
      let line = Int(trimmed[trimmed.index(after: colon)...]),
      colon > trimmed.startIndex
    {
      return .line(file: String(trimmed[..<colon]), try lineNumber(line, trimmed))
    }
    return .function(trimmed)
  }

  private static func lineNumber(_ line: Int, _ text: String) throws(SessionError) -> Int {
    guard (1...(1 << 24)).contains(line) else {
      throw .malformed("`\(text)` is no line. Lines count from 1.")
    }
    return line
  }
}

extension Session {
  /// All addresses a place means for a breakpoint: after prologues, inlined instances included.
  public func addresses(of location: LocationSpecification) throws(SessionError) -> [Address] {
    switch location {
    case .here: return [try currentFrame().frame.pc]
    case .address(let address): return [address]
    case .expression(let text): return [try evaluate(text).asAddress]
    case .function(let name): return try addresses(ofFunction: name)
    case .line(let file, let line):
      if let file { return try lineAddresses(file, line) }
      return try lineAddresses(try defaultFile(), line)
    case .offset(let count):
      guard let place = try currentFrame().location, let file = place.file, place.line > 0 else {
        throw .malformed("No default line: the selected frame has no source. Write FILE:LINE.")
      }
      return try lineAddresses(file, max(1, place.line + count))
    }
  }

  /// The one address that text means: a location, or else an expression's value.
  public func resolve(_ text: String) throws(SessionError) -> Address {
    let location = try LocationSpecification.parse(text)
    switch location {
    case .function(let name):
      if let function = symbols?.functions(named: name).first { return function.start }
      if let data = symbols?.data(named: name) { return data.address }
      return try evaluate(text).asAddress
    case .line(nil, _):
      // A bare number is an address here: `x 4096`, a jump in the memory screen.
      return try evaluate(text).asAddress
    default:
      let all = try addresses(of: location)
      guard let first = all.first else { throw .noSymbol(text) }
      return first
    }
  }

  private func addresses(ofFunction name: String) throws(SessionError) -> [Address] {
    guard let symbols else { throw .noSymbolFile }
    var found: Set<Address> = []
    for function in symbols.functions(named: name) {
      found.insert(symbols.breakpointAddress(of: function))
    }
    found.formUnion(symbols.inlinedInstances(named: name))
    if found.isEmpty {
      if symbols.data(named: name) != nil {
        throw .malformed("\"\(name)\" is not a function. To stop when it changes: watch \(name)")
      }
      throw .noSymbol(name)
    }
    return found.sorted()
  }

  private func lineAddresses(_ file: String, _ line: Int) throws(SessionError) -> [Address] {
    guard let symbols else { throw .noSymbolFile }
    guard let found = symbols.locations(file: file, line: line), !found.addresses.isEmpty else {
      throw .noLine(file: file, line: line)
    }
    // A line that begins a function means the place after its prologue, as in gdb.
    return Set(
      found.addresses.map { address in
        guard let function = symbols.function(at: address), function.start == address else {
          return address
        }
        return symbols.breakpointAddress(of: function)
      }
    ).sorted()
  }

  /// The file that a line without a file is in: the selected frame's, else that of `main`.
  public func defaultFile() throws(SessionError) -> String {
    if let file = try? currentFrame().location?.file { return file }
    guard let symbols else { throw .noSymbolFile }
    if let main = symbols.functions(named: "main").first,
      let file = symbols.frames(at: symbols.breakpointAddress(of: main)).first?.file
    {
      return file
    }
    throw .malformed("No default source file yet. Write FILE:LINE; `info sources` lists files.")
  }

  /// A place in words: `main`, `file:12`, `*0x1000`.
  func text(of location: LocationSpecification) -> String {
    switch location {
    case .function(let name): name
    case .line(let file, let line):
      "\((file ?? (try? defaultFile())).map(Self.baseName) ?? "?"):\(line)"
    case .address(let address): "*\(address.hex)"
    case .expression(let text): "*\(text)"
    case .offset(let count): count < 0 ? "\(count)" : "+\(count)"
    case .here: "*" + ((try? currentFrame().frame.pc.hex) ?? "$pc")
    }
  }

  /// The last component of a path.
  static func baseName(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// `main+4` for an address that a symbol covers, else an empty text.
  public func symbolic(_ address: Address) -> String {
    guard let (name, offset) = symbols?.symbol(covering: address) else { return "" }
    return offset == 0 ? name : "\(name)+\(offset)"
  }
}
