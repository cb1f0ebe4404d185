/// A precedence parser over the lexer's tokens, bounded in depth and in size.
struct Parser {
  private var lexer: Lexer
  private var token: Token
  private var nodes = 0
  private var depth = 0

  init(_ text: [UInt8]) throws(ExpressionError) {
    lexer = Lexer(text)
    token = try lexer.next()
  }

  mutating func whole() throws(ExpressionError) -> Node {
    let node = try expression(0)
    guard token.kind == .end else { throw syntaxError }
    return node
  }

  mutating func wholeType() throws(ExpressionError) -> ValueType {
    guard startsType, let type = try type(), token.kind == .end else { throw syntaxError }
    return type
  }

  private var syntaxError: ExpressionError { .syntax(near: lexer.rest(from: token.start)) }

  private mutating func advance() throws(ExpressionError) { token = try lexer.next() }

  private func at(_ mark: String) -> Bool { token.kind == .mark(mark) }

  private mutating func expect(_ mark: String) throws(ExpressionError) {
    guard at(mark) else { throw syntaxError }
    try advance()
  }

  private mutating func made(_ node: Node) throws(ExpressionError) -> Node {
    nodes += 1
    guard nodes <= 256 else { throw .tooComplex }
    return node
  }

  private var startsType: Bool {
    if case .name(let word) = token.kind { TypeNames.begins(word) } else { false }
  }

  /// Everything that binds at least as tightly as `minimum`.
  private mutating func expression(_ minimum: Int) throws(ExpressionError) -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 64 else { throw .tooComplex }
    var left = try unary()
    while case .mark(let mark) = token.kind {
      if mark == "?", minimum <= 3 {
        try advance()
        let yes = try expression(2)
        try expect(":")
        left = try made(.conditional(left, yes, try expression(3)))
      } else if mark == "=", minimum <= 2 {
        try advance()
        left = try made(.assignment(left, nil, try expression(2)))
      } else if minimum <= 2, mark.count > 1, mark.hasSuffix("="),
        let operation = BinaryOperator(rawValue: String(mark.dropLast())),
        operation.precedence >= 6, BinaryOperator(rawValue: mark) == nil
      {
        try advance()
        left = try made(.assignment(left, operation, try expression(2)))
      } else if let operation = BinaryOperator(rawValue: mark), operation.precedence >= minimum {
        try advance()
        left = try made(.binary(operation, left, try expression(operation.precedence + 1)))
      } else {
        break
      }
    }
    return left
  }

  private mutating func unary() throws(ExpressionError) -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 64 else { throw .tooComplex }
    if case .name("sizeof") = token.kind { return try sizeOf() }
    guard case .mark(let mark) = token.kind else { return try postfix() }
    let operation: UnaryOperator
    switch mark {
    case "+": operation = .plus
    case "-": operation = .minus
    case "!": operation = .not
    case "~": operation = .complement
    case "*": operation = .contents
    case "&": operation = .address
    case "++", "--":
      try advance()
      return try made(.increment(try unary(), by: mark == "++" ? 1 : -1, isPrefix: true))
    case "&&": throw syntaxError
    case "{":
      try advance()
      guard startsType, let type = try type() else { throw syntaxError }
      try expect("}")
      return try made(.typed(type, try unary()))
    default: return try postfix()
    }
    try advance()
    return try made(.unary(operation, try unary()))
  }

  private mutating func sizeOf() throws(ExpressionError) -> Node {
    try advance()
    guard at("(") else { return try made(.sizeOf(try unary())) }
    try advance()
    if startsType, let type = try type() {
      try expect(")")
      return .constant(Value(UInt64(clamping: type.size), as: .int))
    }
    let node = try expression(0)
    try expect(")")
    return try made(.sizeOf(node))
  }

  private mutating func postfix() throws(ExpressionError) -> Node {
    var node = try primary()
    while case .mark(let mark) = token.kind {
      switch mark {
      case "[":
        try advance()
        let index = try expression(0)
        try expect("]")
        node = try made(.index(node, index))
      case "++", "--":
        try advance()
        node = try made(.increment(node, by: mark == "++" ? 1 : -1, isPrefix: false))
      default: return node
      }
    }
    return node
  }

  private mutating func primary() throws(ExpressionError) -> Node {
    let kind = token.kind
    switch kind {
    case .number(let value):
      try advance()
      return try made(.constant(value))
    case .string(let bytes):
      try advance()
      let type = ValueType.array(of: .character(isSigned: true), count: bytes.count + 1)
      return try made(.constant(Value(bytes: bytes + [0], as: type)))
    case .name(let name):
      if TypeNames.begins(name) { throw .operand("`\(name)' is a type: use it in a (cast).") }
      try advance()
      return try made(.name(name))
    case .quoted(let name):
      try advance()
      return try made(.name(name))
    case .dollar(let name):
      try advance()
      return try made(Self.dollar(name))
    case .mark("("):
      try advance()
      if startsType, let type = try type() {
        try expect(")")
        return try made(.cast(type, try unary()))
      }
      let node = try expression(0)
      try expect(")")
      return node
    default: throw syntaxError
    }
  }

  /// Words, stars and `(*)()`: `unsigned char **`, `void (*)()`.
  private mutating func type() throws(ExpressionError) -> ValueType? {
    var words: [String] = []
    while case .name(let word) = token.kind, TypeNames.begins(word) {
      words.append(word)
      try advance()
    }
    guard var type = TypeNames.type(words) else { return nil }
    while at("*") {
      type = .pointer(to: type)
      nodes += 1
      guard nodes <= 256 else { throw .tooComplex }
      try advance()
    }
    if at("(") {
      for mark in ["(", "*", ")", "("] { try expect(mark) }
      if case .name("void") = token.kind { try advance() }
      try expect(")")
      return .pointer(to: .code)
    }
    while at("[") {
      try advance()
      guard case .number(let count) = token.kind, count.bits <= 65536 else { throw syntaxError }
      try advance()
      try expect("]")
      type = .array(of: type, count: Int(count.bits))
    }
    return type
  }

  private static func dollar(_ name: String) -> Node {
    if name.isEmpty { return .history(.back(0)) }
    if name == "$" { return .history(.back(1)) }
    if name.utf8.first == UInt8(ascii: "$"), let count = Int(name.dropFirst()) {
      return .history(.back(count))
    }
    if let number = Int(name) {
      return number == 0 ? .history(.back(0)) : .history(.number(number))
    }
    return .dollar(name)
  }
}
