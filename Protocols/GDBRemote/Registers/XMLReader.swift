// Reads the small XML documents that stubs send: target descriptions, memory maps, thread lists.
//
// Bounded and non-validating: elements, attributes and text; comments, declarations, CDATA and
// document types are skipped. Of entities only the five predefined ones and numbers below 128 are
// resolved, so nothing expands. Outside input: no recursion here, a limit on every count.

/// Takes a document apart into elements and text, one at a time.
struct XMLReader {
  /// What comes next in a document.
  enum Token: Equatable {
    /// `<name a="b">`; `isEmpty` if it ends in `/>`.
    case opened(name: [UInt8], attributes: [Attribute], isEmpty: Bool)
    case closed(name: [UInt8])
    /// Text between tags that is not blank.
    case text([UInt8])
    case malformed
  }

  /// One attribute of an element.
  struct Attribute: Equatable {
    var name: [UInt8]
    var value: [UInt8]
  }

  static let mostAttributes = 32
  static let longestValue = 4096

  private let input: [UInt8]
  private var position = 0

  /// Creates a reader at a document's start.
  init(_ input: [UInt8]) { self.input = input }

  /// Returns the next token, or `nil` at the document's end.
  mutating func next() -> Token? {
    while position < input.count {
      if input[position] != 0x3c {
        if let text = readText() { return .text(text) }
      } else if skips("<!--") {
        skip(past: "-->")
      } else if skips("<![CDATA[") {
        skip(past: "]]>")
      } else if skips("<?") {
        skip(past: "?>")
      } else if skips("<!") {
        skipDeclaration()
      } else if skips("</") {
        let name = readName()
        skip(past: ">")
        return name.isEmpty ? .malformed : .closed(name: name)
      } else {
        position += 1
        return readElement()
      }
    }
    return nil
  }

  private mutating func readText() -> [UInt8]? {
    let start = position
    while position < input.count, input[position] != 0x3c { position += 1 }
    let text = input[start..<position]
    guard let first = text.firstIndex(where: { !Self.isBlank($0) }),
      let last = text.lastIndex(where: { !Self.isBlank($0) })
    else { return nil }
    return Self.resolve(input[first...last])
  }

  private mutating func readElement() -> Token {
    let name = readName()
    guard !name.isEmpty else {
      position = input.count
      return .malformed
    }
    var attributes: [Attribute] = []
    while true {
      skipBlanks()
      guard position < input.count else { return .malformed }
      if skips("/>") { return .opened(name: name, attributes: attributes, isEmpty: true) }
      if skips(">") { return .opened(name: name, attributes: attributes, isEmpty: false) }
      guard attributes.count < Self.mostAttributes, let attribute = readAttribute() else {
        position = input.count
        return .malformed
      }
      attributes.append(attribute)
    }
  }

  private mutating func readAttribute() -> Attribute? {
    let name = readName()
    skipBlanks()
    guard !name.isEmpty, skips("=") else { return nil }
    skipBlanks()
    guard position < input.count, input[position] == 0x22 || input[position] == 0x27 else {
      return nil
    }
    let quote = input[position]
    position += 1
    let start = position
    while position < input.count, input[position] != quote { position += 1 }
    guard position < input.count, position - start <= Self.longestValue else { return nil }
    defer { position += 1 }
    return Attribute(name: name, value: Self.resolve(input[start..<position]))
  }

  private mutating func readName() -> [UInt8] {
    let start = position
    while position < input.count, Self.isName(input[position]), position - start < 128 {
      position += 1
    }
    return Array(input[start..<position])
  }

  /// Skips a document type, with the brackets it may hold.
  private mutating func skipDeclaration() {
    var depth = 0
    while position < input.count {
      let byte = input[position]
      position += 1
      if byte == 0x5b { depth += 1 }
      if byte == 0x5d { depth -= 1 }
      if byte == 0x3e, depth <= 0 { return }
    }
  }

  private mutating func skipBlanks() {
    while position < input.count, Self.isBlank(input[position]) { position += 1 }
  }

  private mutating func skips(_ text: String) -> Bool {
    guard input[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func skip(past text: String) {
    while position < input.count {
      if skips(text) { return }
      position += 1
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0d).contains(byte)
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x3a, 0x41...0x5a, 0x61...0x7a, 0x5f, 0x2d, 0x2e, 0x80...0xff: true
    default: false
    }
  }
}
