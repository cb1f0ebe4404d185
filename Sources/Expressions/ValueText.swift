// Values as gdb 13's `print` shows them, with and without a format letter.

public import Bytes

/// Values as text. Nothing here is sanitized: strings and symbol names come as they are.
public enum ValueText {
  /// Returns a value as `print` shows it after `$1 = `.
  public static func text(
    _ value: Value, format: ValueFormat? = nil, support: ValueSupport = .none
  ) -> String {
    if let absence = value.absence { return absence }
    if let described = value.described, format == nil { return described }
    switch value.type {
    case .void: return "void"
    case .array(let element, let count):
      return array(value, element, count, format: format, support: support)
    case .vector: return vector(value, format: format, support: support)
    case .pointer, .code, .data:
      if format == nil || format == .string || format == .raw {
        return natural(value, support: support)
      }
    default:
      if format == nil || format == .string || format == .raw {
        return natural(value, support: support)
      }
    }
    return scalar(value, format: format ?? .raw, support: support)
  }

  /// Returns a scalar in the given format; `isPadded` as `x` does: hex and binary to full width.
  public static func scalar(
    _ value: Value, format: ValueFormat, support: ValueSupport, isPadded: Bool = false
  ) -> String {
    if value.size > 8 { return wide(value, format: format) }
    let raw = value.type == .code ? value.asAddress.value : value.bits
    let size = value.type == .code ? 8 : value.size
    let unsigned = Value(raw, as: .integer(size: size, isSigned: false)).bits
    switch format {
    case .hex: return "0x" + Hex.digits(of: unsigned, width: isPadded ? size * 2 : 1)
    case .padded: return "0x" + Hex.digits(of: unsigned, width: size * 2)
    case .decimal:
      let signed = Value(raw, as: .integer(size: size, isSigned: true)).bits
      return String(Int64(bitPattern: signed))
    case .unsigned: return String(unsigned)
    case .octal: return (unsigned == 0 ? "" : "0") + String(unsigned, radix: 8)
    case .binary:
      let digits = String(unsigned, radix: 2)
      guard isPadded else { return digits }
      return String(repeating: "0", count: max(0, size * 8 - digits.count)) + digits
    case .address:
      return support.text(of: Address(value.type.isFloat ? UInt64(bitPattern: value.signed) : raw))
    case .character:
      let number = value.type.isFloat ? UInt64(bitPattern: value.signed) : raw
      let isSigned = value.isSigned || value.type.isFloat
      return character(UInt8(truncatingIfNeeded: number), isSigned: isSigned)
    case .float:
      if value.type.isFloat { return natural(value, support: support) }
      if size < 4 { return value.isSigned ? String(value.signed) : String(unsigned) }
      return natural(Value(unsigned, as: .float(size: size)), support: support)
    case .string, .instruction, .raw: return natural(value, support: support)
    }
  }

  private static func wide(_ value: Value, format: ValueFormat) -> String {
    if let number = value.float, format == .float || format == .raw {
      return DecimalText.general(number, digits: 17, payload: 0)
    }
    let digits = Hex.encode(value.bytes.reversed())
    if format == .padded { return "0x" + digits }
    let short = digits.drop { $0 == "0" }
    return "0x" + (short.isEmpty ? "0" : short)
  }

  private static func character(_ byte: UInt8, isSigned: Bool) -> String {
    let number = isSigned ? Int(Int8(bitPattern: byte)) : Int(byte)
    return "\(number) \(QuotedText.character(byte))"
  }

  private static func natural(_ value: Value, support: ValueSupport) -> String {
    switch value.type {
    case .integer(let size, let isSigned):
      if size > 8 { return wide(value, format: .hex) }
      return isSigned ? String(value.signed) : String(value.bits)
    case .character(let isSigned):
      return character(UInt8(truncatingIfNeeded: value.bits), isSigned: isSigned)
    case .boolean: return value.bits == 0 ? "false" : value.bits == 1 ? "true" : "\(value.bits)"
    case .float(let size):
      let payload = size == 4 ? value.bits & 0x7f_ffff : value.bits & (1 << 52 - 1)
      return DecimalText.general(
        value.float ?? 0, digits: size == 4 ? 9 : 17, payload: payload)
    case .pointer(let pointee): return pointer(value, to: pointee, support: support)
    case .code: return "{code} " + support.text(of: value.asAddress)
    case .data: return "<unknown type> at " + support.text(of: value.asAddress)
    case .flags: return FlagsText.text(value.bits)
    case .void, .array, .vector: return text(value, support: support)
    }
  }

  private static func pointer(
    _ value: Value, to pointee: ValueType, support: ValueSupport
  ) -> String {
    var text = support.text(of: value.asAddress)
    guard case .character(let isSigned) = pointee else { return "(\(value.type.name)) " + text }
    if value.bits != 0 {
      text += " " + string(at: value.asAddress, support: support).text
    }
    return isSigned ? text : "(\(value.type.name)) " + text
  }

  /// Returns the zero-terminated string at an address in quotes, and the bytes it takes.
  public static func string(
    at address: Address, support: ValueSupport
  ) -> (text: String, count: Int) {
    guard let (bytes, isTerminated) = QuotedText.read(at: address, support.readMemory) else {
      return ("<error: Cannot access memory at address \(address.hex)>", 0)
    }
    let text = QuotedText.string(bytes[...], isElided: !isTerminated)
    return (text, bytes.count + (isTerminated ? 1 : 0))
  }

  private static func array(
    _ value: Value, _ element: ValueType, _ count: Int, format: ValueFormat?,
    support: ValueSupport
  ) -> String {
    let isText =
      switch element {
      case .character: format == nil || format == .string
      default: element.size == 1 && format == .string
      }
    if isText {
      var bytes = value.wide[...]
      if bytes.count <= QuotedText.limit || bytes.last == 0, bytes.last == 0 { bytes.removeLast() }
      return QuotedText.string(bytes, isElided: false)
    }
    var elements: [String] = []
    let size = element.size
    for index in 0..<count {
      let start = index * size
      guard start + size <= value.wide.count else { break }
      let part = Value(bytes: Array(value.wide[start..<(start + size)]), as: element)
      elements.append(text(part, format: format, support: support))
    }
    return "{" + folded(elements) + "}"
  }

  /// Elements with commas, runs longer than gdb's threshold folded, at most 200 of them.
  static func folded(_ elements: [String]) -> String {
    var parts: [String] = []
    var index = 0
    var shown = 0
    while index < elements.count, shown < QuotedText.limit {
      var next = index + 1
      while next < elements.count, elements[next] == elements[index] { next += 1 }
      if next - index > QuotedText.threshold {
        parts.append("\(elements[index]) <repeats \(next - index) times>")
        shown += QuotedText.threshold
      } else {
        next = index + 1
        parts.append(elements[index])
        shown += 1
      }
      index = next
    }
    return parts.joined(separator: ", ") + (index < elements.count ? "..." : "")
  }

  /// All readings of a vector register, as gdb's union of them.
  private static func vector(
    _ value: Value, format: ValueFormat?, support: ValueSupport
  ) -> String {
    let readings: [(String, ValueType)] = [
      ("float", .float(size: 4)), ("double", .double),
      ("int8", .integer(size: 1, isSigned: true)), ("int16", .integer(size: 2, isSigned: true)),
      ("int32", .int), ("int64", .long),
    ]
    var parts: [String] = []
    for (name, type) in readings {
      let count = value.size / type.size
      let reading = Value(bytes: value.wide, as: .array(of: type, count: count))
      let shown = text(reading, format: format, support: support)
      parts.append("v\(count)_\(name) = \(shown)")
    }
    if value.size == 16 {
      let number = value.wide.prefix(16).reversed().reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
      let isPlain = format == nil || format == .unsigned || format == .decimal
      parts.append("uint128 = " + (isPlain ? String(number) : wide(value, format: .hex)))
    }
    return "{" + parts.joined(separator: ", ") + "}"
  }
}

/// The x86 flags register by its bits' names.
public enum FlagsText {
  private static let names: [(bit: UInt64, name: String)] = [
    (0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"),
    (11, "OF"), (14, "NT"), (16, "RF"), (17, "VM"), (18, "AC"), (19, "VIF"), (20, "VIP"),
    (21, "ID"),
  ]

  /// Returns `[ PF ZF IF ]`.
  public static func text(_ bits: UInt64) -> String {
    let set = names.filter { bits >> $0.bit & 1 == 1 }.map(\.name)
    return "[ " + set.map { $0 + " " }.joined() + "]"
  }
}
