// The parser: recursive descent over bytes, bounded in size and depth. It never traps, whatever
// the bytes, and accepts exactly RFC 8259: no comments, no trailing commas, no NaN.

/// Why a text is no JSON, and where.
public struct JSONError: Error, Equatable, Sendable {
  /// The offset in bytes at which it went wrong.
  public var offset: Int
  /// What was wrong there, in words.
  public var reason: String

  /// Creates an error.
  public init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }
}

/// How much of a text the parser takes.
public struct JSONLimits: Sendable {
  /// Bytes in all.
  public var bytes = 16 << 20
  /// Arrays and objects inside one another.
  public var depth = 64

  /// Creates the default limits.
  public init() {}
}

extension JSONValue {
  /// Parses one value with nothing but white space around it.
  public static func parse(
    _ text: some Collection<UInt8>, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> JSONValue {
    guard text.count <= limits.bytes else {
      throw JSONError(offset: limits.bytes, reason: "longer than \(limits.bytes) bytes")
    }
    var parser = Parser(bytes: Array(text), depth: limits.depth)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.peek == nil else { throw parser.error("more text after the value") }
    return value
  }

  /// Parses one value from a string.
  public static func parse(
    text: String, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), limits: limits)
  }
}

struct Parser {
  let bytes: [UInt8]
  let depth: Int
  var offset = 0

  init(bytes: [UInt8], depth: Int) {
    self.bytes = bytes
    self.depth = depth
  }

  var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  func error(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      offset += 1
    }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    offset += 1
    return true
  }

  mutating func value(depth level: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = peek else { throw error("a value is missing") }
    switch byte {
    case UInt8(ascii: "{"): return .object(try object(depth: level + 1))
    case UInt8(ascii: "["): return .array(try array(depth: level + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw error("no value begins like this")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[offset...].starts(with: word.utf8) else { throw error("not a word of JSON") }
    offset += word.utf8.count
    return value
  }

  private mutating func object(depth level: Int) throws(JSONError) -> JSONObject {
    guard level <= depth else { throw error("nested deeper than \(depth)") }
    offset += 1
    var object = JSONObject()
    skipSpace()
    if take(UInt8(ascii: "}")) { return object }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
      let name = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
      object.members.append(JSONObject.Member(name: name, value: try value(depth: level)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return object }
      guard take(UInt8(ascii: ",")) else { throw error("a comma or } is missing") }
    }
  }

  private mutating func array(depth level: Int) throws(JSONError) -> [JSONValue] {
    guard level <= depth else { throw error("nested deeper than \(depth)") }
    offset += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value(depth: level))
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw error("a comma or ] is missing") }
    }
  }

  private mutating func digits() -> Int {
    let start = offset
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    return offset - start
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = offset
    _ = take(UInt8(ascii: "-"))
    let leading = peek
    let count = digits()
    guard count == 1 || (count > 1 && leading != UInt8(ascii: "0")) else {
      throw error("not a number")
    }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard digits() > 0 else { throw error("digits are missing after the point") }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() > 0 else { throw error("digits are missing in the exponent") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isWhole {
      if let value = Int(text) { return .integer(value) }
      if let value = UInt64(text) { return .unsigned(value) }
    }
    guard let value = Double(text), value.isFinite else { throw error("the number is too large") }
    return .number(value)
  }
}
