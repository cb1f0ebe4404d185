/// One word of an expression and where it began.
struct Token: Equatable {
  enum Kind: Equatable {
    case number(Value)
    case string([UInt8])
    /// A name, dots and `::` included: `Heartbeat.beat`.
    case name(String)
    /// A quoted name: `'a name'`.
    case quoted(String)
    /// `$name`, without the `$`; `$`, `$$`, `$5` and `$$5` too.
    case dollar(String)
    /// An operator or bracket.
    case mark(String)
    case end
  }
  var kind: Kind
  /// The byte offset in the text, for error messages.
  var start: Int
}

/// Splits an expression into tokens. Bytes above 0x7f are letters, so any UTF-8 name works.
struct Lexer {
  let text: [UInt8]
  private(set) var position = 0

  init(_ text: [UInt8]) { self.text = text }

  private static let marks: [String] = [
    "<<=", ">>=", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=",
  ]

  /// Returns what remains from a token's start, for messages.
  func rest(from start: Int) -> String {
    String(decoding: text[min(start, text.count)...].prefix(80), as: UTF8.self)
  }

  mutating func next() throws(ExpressionError) -> Token {
    while position < text.count, text[position] <= 0x20 { position += 1 }
    let start = position
    guard position < text.count else { return Token(kind: .end, start: start) }
    let byte = text[position]
    if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && Self.isDigit(peek(1))) {
      return Token(kind: .number(try number()), start: start)
    }
    if Self.isLetter(byte) { return Token(kind: .name(name()), start: start) }
    switch byte {
    case UInt8(ascii: "$"): return Token(kind: .dollar(dollar()), start: start)
    case UInt8(ascii: "'"): return Token(kind: try quoted(), start: start)
    case UInt8(ascii: "\""):
      position += 1
      return Token(kind: .string(try characters(until: byte)), start: start)
    default: break
    }
    for mark in Self.marks where text[position...].starts(with: mark.utf8) {
      position += mark.utf8.count
      return Token(kind: .mark(mark), start: start)
    }
    guard "+-*/%<>&|^~!()[]{}=,?:@".utf8.contains(byte) else {
      throw .syntax(near: rest(from: start))
    }
    position += 1
    return Token(kind: .mark(String(decoding: [byte], as: UTF8.self)), start: start)
  }

  private func peek(_ offset: Int) -> UInt8 {
    position + offset < text.count ? text[position + offset] : 0
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || (0x41...0x5a).contains(byte)
      || (0x61...0x7a).contains(byte)
  }

  private mutating func name() -> String {
    let start = position
    while position < text.count {
      let byte = text[position]
      if Self.isLetter(byte) || Self.isDigit(byte) || byte == UInt8(ascii: "$") {
        position += 1
      } else if byte == UInt8(ascii: "."), Self.isLetter(peek(1)) {
        position += 1
      } else if byte == UInt8(ascii: ":"), peek(1) == byte, Self.isLetter(peek(2)) {
        position += 2
      } else {
        break
      }
    }
    let word = String(decoding: text[start..<position], as: UTF8.self)
    if word == "sizeof" || TypeNames.begins(word) { return word }
    position = labels(from: position)
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// Where the argument labels of a Swift function's name end: `beat(count:)`, `start()`.
  private func labels(from start: Int) -> Int {
    guard start < text.count, text[start] == UInt8(ascii: "(") else { return start }
    var index = start + 1
    var isLabelled = true
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: ")") { return isLabelled ? index + 1 : start }
      isLabelled = byte == UInt8(ascii: ":")
      guard Self.isLetter(byte) || Self.isDigit(byte) || isLabelled else { return start }
      index += 1
    }
    return start
  }

  private mutating func dollar() -> String {
    position += 1
    let start = position
    if peek(0) == UInt8(ascii: "$") { position += 1 }
    while position < text.count, Self.isLetter(text[position]) || Self.isDigit(text[position]) {
      position += 1
    }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// A character (`'a'`, `'\n'`, `'\101'`) or a name in quotes, as gdb tells them apart.
  private mutating func quoted() throws(ExpressionError) -> Token.Kind {
    let start = position
    position += 1
    let content = try characters(until: UInt8(ascii: "'"))
    if content.count == 1 {
      return .number(Value(UInt64(content[0]), as: .character(isSigned: true)))
    }
    guard !content.isEmpty else { throw .operand("Empty character constant.") }
    let raw = text[(start + 1)..<(position - 1)]
    return .quoted(String(decoding: raw, as: UTF8.self))
  }

  private mutating func characters(until quote: UInt8) throws(ExpressionError) -> [UInt8] {
    let start = position
    var content: [UInt8] = []
    while position < text.count {
      let byte = text[position]
      position += 1
      if byte == quote { return content }
      if byte == UInt8(ascii: "\\"), position < text.count {
        content.append(Escape.parse(text, &position))
      } else {
        content.append(byte)
      }
    }
    throw .operand("Unterminated string in expression: \(rest(from: start - 1))")
  }

  /// An integer in C's bases and suffixes, or a decimal float.
  private mutating func number() throws(ExpressionError) -> Value {
    let start = position
    let isHex = peek(0) == UInt8(ascii: "0") && peek(1) | 0x20 == UInt8(ascii: "x")
    while position < text.count {
      let byte = text[position]
      let isExponentSign =
        !isHex && (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"))
        && position > start && text[position - 1] | 0x20 == UInt8(ascii: "e")
      guard
        Self.isDigit(byte) || Self.isLetter(byte) || byte == UInt8(ascii: ".") || isExponentSign
      else { break }
      position += 1
    }
    let word = String(decoding: text[start..<position], as: UTF8.self)
    guard let value = Literal.number(word) else {
      if word.utf8.count > 16, word.utf8.allSatisfy(Self.isDigit) {
        throw .operand("Numeric constant too large.")
      }
      throw .invalidNumber(word)
    }
    return value
  }
}
