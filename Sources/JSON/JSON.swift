// JSON for the tool's `--json` output, the instance registry and QMP: values whose members keep
// their order, so that output is the same from run to run. The writer is in Writer.swift, the
// bounded parser in Parser.swift. RFC 8259.

/// One JSON value.
public indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A number without fraction or exponent that an `Int` holds.
  case integer(Int)
  /// A number without fraction or exponent above `Int.max`.
  case unsigned(UInt64)
  /// Any other number; not finite ones are written as `null`.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The text of a string; `nil` for anything else.
  public var string: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  /// The value of a number that an `Int` holds exactly as written; `nil` for anything else.
  public var integer: Int? {
    if case .integer(let value) = self { return value }
    return nil
  }

  /// The value of a number from zero up; `nil` for anything else.
  public var unsigned: UInt64? {
    switch self {
    case .integer(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    default: nil
    }
  }

  /// The value of `true` or `false`; `nil` for anything else.
  public var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  /// The elements of an array; `nil` for anything else.
  public var array: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }

  /// The members of an object; `nil` for anything else.
  public var object: JSONObject? {
    if case .object(let object) = self { return object }
    return nil
  }

  /// The named member of an object; `nil` for anything else.
  public subscript(name: String) -> JSONValue? { object?[name] }
}

/// A JSON object whose members keep the order in which they were set.
public struct JSONObject: Hashable, Sendable {
  /// One name and its value.
  public struct Member: Hashable, Sendable {
    public var name: String
    public var value: JSONValue

    /// Creates a member.
    public init(name: String, value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// The members in order. A name that a parsed text repeats stands here repeatedly.
  public var members: [Member] = []

  /// Creates an object without members.
  public init() {}

  /// Creates one line of the tool's output: an object that begins with `"schema":"porthole.NAME/1"`.
  public init(schema name: String) {
    members = [Member(name: "schema", value: .string("porthole.\(name)/1"))]
  }

  /// The value of a name, the last one if it is repeated. Setting replaces in place or appends;
  /// setting `nil` removes. Costs a search through the members.
  public subscript(name: String) -> JSONValue? {
    get { members.last { $0.name == name }?.value }
    set {
      guard let newValue else { return members.removeAll { $0.name == name } }
      if let index = members.lastIndex(where: { $0.name == name }) {
        members[index].value = newValue
      } else {
        members.append(Member(name: name, value: newValue))
      }
    }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = elements.map { Member(name: $0.0, value: $0.1) }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (name, value) in elements { object[name] = value }
    self = .object(object)
  }
}
