// Variables of the symbol reader as values of expressions, and as text.

internal import Bytes
public import Expressions
public import Symbols

/// How variables become values and text.
public enum Variables {
  /// Returns a variable as an expression's value; absent where it has none here.
  public static func value(_ variable: Variable) -> Value {
    var value = plainValue(variable)
    value.described = variable.tree.map { text($0) }
    return value
  }

  private static func plainValue(_ variable: Variable) -> Value {
    switch variable.value {
    case .scalar(let kind, let bits, let size):
      return Value(bits, as: type(of: kind, size: size, named: variable.typeName))
    case .bytes(let bytes, let address):
      return Value(
        bytes: bytes, as: .array(of: .integer(size: 1, isSigned: false), count: bytes.count),
        at: address.map { .memory($0) })
    case .optimizedOut: return .absent("<optimized out>")
    case .unavailable(let why): return .absent("<\(why)>")
    }
  }

  /// Returns the type of a scalar of `size` bytes; `name` tells what a pointer points to.
  public static func type(of kind: ScalarKind, size: Int, named name: String) -> ValueType {
    switch kind {
    case .signed, .enumeration: .integer(size: size, isSigned: true)
    case .unsigned: .integer(size: size, isSigned: false)
    case .boolean: size == 1 ? .boolean : .integer(size: size, isSigned: false)
    case .character:
      size == 1
        ? .character(isSigned: !(name.hasPrefix("unsigned") || name.hasPrefix("uint")))
        : .integer(size: size, isSigned: false)
    case .float: .float(size: size)
    case .pointer: pointer(named: name)
    }
  }

  /// A pointer to what its name says, as far as expressions know that type.
  private static func pointer(named name: String) -> ValueType {
    if name.hasSuffix("*"), let type = Expression.parseType(name), case .pointer = type {
      return type
    }
    return .pointer(to: .void)
  }

  /// Returns a value as `info locals` and a frame's arguments show it: `-3`, `true`, `0x1000`.
  public static func text(_ variable: Variable) -> String {
    if let tree = variable.tree { return text(tree) }
    return switch variable.value {
    case .scalar(let kind, let bits, let size): scalar(kind, bits, size)
    case .bytes(let bytes, _): aggregate(bytes)
    case .optimizedOut: "<optimized out>"
    case .unavailable(let why): "<\(why)>"
    }
  }

  /// Returns a Swift value as Swift would write it: `(x: 1, y: 2)`, `.red`, `nil`, `"text"`.
  static func text(_ tree: ValueTree) -> String {
    switch tree {
    case .scalar(let kind, let bits, let size): return scalar(kind, bits, size)
    case .enumeration(let name): return "." + name
    case .absent: return "nil"
    case .text(let bytes, let isCut):
      return String(decoding: bytes, as: UTF8.self).debugDescription + (isCut ? "..." : "")
    case .array(let elements, let count):
      let rest = count - UInt64(min(elements.count, Int(clamping: count)))
      let shown = elements.map { text($0) } + (rest > 0 ? ["... \(rest) more"] : [])
      return "[" + shown.joined(separator: ", ") + "]"
    case .bytes(let bytes): return bytes.isEmpty ? "..." : aggregate(bytes)
    case .structure(let fields):
      let parts = fields.map { field in
        field.name.isEmpty || field.name == "..."
          ? text(field.value)
          : "\(field.name): \(text(field.value))"
      }
      return "(" + parts.joined(separator: ", ") + ")"
    }
  }

  private static func scalar(_ kind: ScalarKind, _ bits: UInt64, _ size: Int) -> String {
    switch kind {
    case .signed, .enumeration: "\(Int64(bitPattern: bits))"
    case .unsigned: "\(bits)"
    case .boolean: bits & 0xff == 0 ? "false" : bits & 0xff == 1 ? "true" : "\(bits & 0xff)"
    case .character: character(bits, size)
    case .float:
      size == 4
        ? "\(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))"
        : "\(Double(bitPattern: bits))"
    case .pointer: "0x" + Hex.digits(of: bits)
    }
  }

  private static func character(_ bits: UInt64, _ size: Int) -> String {
    // Extended as the type's signedness says when it was read.
    let number = Int64(bitPattern: bits)
    guard (0x20...0x7e).contains(number), let byte = UInt8(exactly: number) else {
      return "\(number)"
    }
    return "\(number) '\(Character(Unicode.Scalar(byte)))'"
  }

  /// Bytes of a type that is not taken apart: the first 16 in hexadecimal.
  private static func aggregate(_ bytes: [UInt8]) -> String {
    let shown = bytes.prefix(16).map { Hex.digits(of: UInt64($0), width: 2) }
    return "{" + shown.joined(separator: " ") + (bytes.count > 16 ? " ...}" : "}")
  }
}

extension Session {
  /// The arguments of a frame as `name=value, name=value`.
  func argumentText(_ frame: LogicalFrame) -> String {
    variables(of: frame).filter(\.isArgument)
      .map { "\($0.name)=\(Variables.text($0))" }.joined(separator: ", ")
  }
}
