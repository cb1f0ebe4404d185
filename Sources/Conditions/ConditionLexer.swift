// The words of a condition.

struct ConditionLexer {
  enum Token: Equatable {
    /// A name, dotted; parts of it may stand in quotes.
    case word(String)
    case number(Quantity)
    case text(String)
    case symbol(String)
    case end
  }

  private let characters: [Character]
  private(set) var offset = 0

  init(_ text: String) { characters = Array(text.prefix(4096)) }

  private static let symbols = [
    "<=", ">=", "==", "!=", "&&", "||", "<", ">", "=", "!", "~", "(", ")",
  ]

  mutating func next() throws(ConditionError) -> Token {
    while offset < characters.count, characters[offset].isWhitespace { offset += 1 }
    guard offset < characters.count else { return .end }
    let first = characters[offset]
    if first == "\"" || first == "'" { return .text(try quoted()) }
    if first.isASCII, first.isNumber || first == "-" { return try number() }
    if Self.isNamePart(first) { return .word(try name()) }
    let two = String(characters[offset..<min(offset + 2, characters.count)])
    guard let symbol = Self.symbols.first(where: { two.hasPrefix($0) }) else {
      throw ConditionError("'\(first)' has no meaning in a condition")
    }
    offset += symbol.count
    return .symbol(symbol)
  }

  private static func isNamePart(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber) || "._-#$".contains(character)
  }

  private mutating func quoted() throws(ConditionError) -> String {
    let quote = characters[offset]
    guard let end = characters[(offset + 1)...].firstIndex(of: quote) else {
      throw ConditionError("the text that begins with \(quote) has no end")
    }
    defer { offset = end + 1 }
    return String(characters[(offset + 1)..<end])
  }

  private mutating func name() throws(ConditionError) -> String {
    var name = ""
    while offset < characters.count {
      if Self.isNamePart(characters[offset]) {
        name.append(characters[offset])
        offset += 1
      } else if characters[offset] == "\"", name.hasSuffix(".") {
        name += try quoted()
      } else {
        break
      }
    }
    return name
  }

  /// Units by name: what one is in nanoseconds, bytes or numbers.
  private static let units: [String: (Double, Quantity.Dimension)] = [
    "": (1, .plain), "ns": (1, .time), "us": (1e3, .time), "ms": (1e6, .time), "s": (1e9, .time),
    "min": (60e9, .time), "h": (3600e9, .time), "B": (1, .bytes), "kB": (1e3, .bytes),
    "MB": (1e6, .bytes), "GB": (1e9, .bytes), "KiB": (1024, .bytes), "MiB": (1_048_576, .bytes),
    "GiB": (1_073_741_824, .bytes), "k": (1e3, .plain), "M": (1e6, .plain),
  ]

  private mutating func number() throws(ConditionError) -> Token {
    var digits = ""
    while offset < characters.count, "0123456789._-".contains(characters[offset]) {
      if characters[offset] != "_" { digits.append(characters[offset]) }
      offset += 1
    }
    var unit = ""
    while offset < characters.count, characters[offset].isASCII, characters[offset].isLetter {
      unit.append(characters[offset])
      offset += 1
    }
    guard let value = Double(digits), value.isFinite else {
      throw ConditionError("\(digits) is no number")
    }
    guard let (factor, dimension) = Self.units[unit] else {
      throw ConditionError(
        "\(unit) is no unit; there are ns us ms s min h, B kB MB GB KiB MiB GiB, k M")
    }
    return .number(Quantity(value: value * factor, dimension: dimension))
  }
}

extension Quantity {
  /// A time as it is written in a condition, `5s` or `200ms`, in microseconds.
  public static func microseconds(_ text: String) throws(ConditionError) -> Int {
    var lexer = ConditionLexer(text)
    guard case .number(let quantity) = try lexer.next(), quantity.dimension == .time,
      try lexer.next() == .end, quantity.value >= 0, quantity.value < 1e15
    else { throw ConditionError("\(text) is no time; write 5s or 200ms") }
    return Int(quantity.value / 1000)
  }
}
