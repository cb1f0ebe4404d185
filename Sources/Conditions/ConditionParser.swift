// The grammar, by recursive descent:
//
//   condition  = both { ("or" | "||") both }
//   both       = single { ("and" | "&&") single }
//   single     = ("not" | "!") single | "(" condition ")" | comparison
//   comparison = measure operator number | "state" ("==" | "!=") word | "log" "~" text
//   measure    = name | function "(" name ")"

extension Condition {
  /// Reads a condition. Fails with words that say what was expected where.
  public init(parsing text: String) throws(ConditionError) {
    var parser = try ConditionParser(text)
    self = try parser.condition()
    guard parser.token == .end else {
      throw ConditionError("something is left over behind the condition: write and, or between")
    }
  }
}

struct ConditionParser {
  private var lexer: ConditionLexer
  private(set) var token: ConditionLexer.Token = .end
  private var depth = 0

  init(_ text: String) throws(ConditionError) {
    lexer = ConditionLexer(text)
    try advance()
  }

  private mutating func advance() throws(ConditionError) { token = try lexer.next() }

  private mutating func take(_ words: String...) throws(ConditionError) -> Bool {
    let isHere = words.contains { token == .word($0) || token == .symbol($0) }
    if isHere { try advance() }
    return isHere
  }

  mutating func condition() throws(ConditionError) -> Condition {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { throw ConditionError("too many brackets inside one another") }
    var parts = [try both()]
    while try take("or", "||") { parts.append(try both()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func both() throws(ConditionError) -> Condition {
    var parts = [try single()]
    while try take("and", "&&") { parts.append(try single()) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func single() throws(ConditionError) -> Condition {
    if try take("not", "!") {
      depth += 1
      defer { depth -= 1 }
      guard depth < 100 else { throw ConditionError("too many negations") }
      return .not(try single())
    }
    guard try take("(") else { return try comparison() }
    let inner = try condition()
    guard try take(")") else { throw ConditionError("a closing bracket is missing") }
    return inner
  }

  private mutating func comparison() throws(ConditionError) -> Condition {
    guard case .word(let first) = token else {
      throw ConditionError("a condition begins with a name, such as loop.turns > 100")
    }
    try advance()
    if first == "state" { return try state() }
    if first == "log", token == .symbol("~") {
      try advance()
      guard case .text(let text) = token, !text.isEmpty else {
        throw ConditionError("log ~ wants a text in quotes")
      }
      try advance()
      return .log(text)
    }
    let measure = try measure(first)
    guard case .symbol(let sign) = token,
      let comparison = Comparison(rawValue: sign) ?? (sign == "=" ? .equal : nil)
    else {
      throw ConditionError("after \(measure.text) comes one of < <= > >= == != and a number")
    }
    try advance()
    guard case .number(let quantity) = token else {
      throw ConditionError("\(measure.text) is compared with a number, such as 100, 2ms or 4MiB")
    }
    try advance()
    return .compare(measure, comparison, quantity)
  }

  private mutating func state() throws(ConditionError) -> Condition {
    let isEqual = try take("==", "=")
    if !isEqual {
      let isDifferent = try take("!=")
      if !isDifferent { throw ConditionError("after state comes == or !=") }
    }
    let states = ["running", "stopped", "panicked", "halted", "hung"]
    guard case .word(let name) = token, states.contains(name) else {
      throw ConditionError("state is one of \(states.joined(separator: ", "))")
    }
    try advance()
    return .state(name, isEqual: isEqual)
  }

  private mutating func measure(_ first: String) throws(ConditionError) -> Measure {
    guard token == .symbol("(") else { return Measure(function: .value, name: first, text: first) }
    guard let function = Self.function(first) else {
      throw ConditionError(
        "\(first) is no function; there are rate, p50, p99, p99.9, max, mean, count")
    }
    try advance()
    guard case .word(let name) = token else {
      throw ConditionError("\(first)( wants a name")
    }
    try advance()
    guard try take(")") else { throw ConditionError("a closing bracket is missing") }
    return Measure(function: function, name: name, text: "\(first)(\(name))")
  }

  private static func function(_ name: String) -> Measure.Function? {
    switch name {
    case "rate": return .rate
    case "max": return .maximum
    case "mean": return .mean
    case "count": return .count
    default:
      guard name.first == "p", let percent = Double(name.dropFirst()), percent >= 0, percent <= 100
      else { return nil }
      return .quantile(perMille: Int((percent * 10).rounded()))
    }
  }
}
