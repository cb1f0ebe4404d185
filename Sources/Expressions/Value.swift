public import Bytes

/// The result of an expression: bits of a type, and where they live.
public struct Value: Equatable, Sendable {
  /// What the bits mean.
  public var type: ValueType
  /// The value's low 64 bits, extended to 64 by the type's signedness; a float's own encoding
  /// (of 4 or 8 bytes).
  public var bits: UInt64
  /// All bytes, little-endian, of a value wider than 8 bytes or of an array; otherwise empty.
  public var wide: [UInt8]
  /// Where it lives, so that it can be assigned to; `nil` for a computed value.
  public var place: Place?
  /// Why there is no value, as gdb prints it (`<optimized out>`); `nil` if there is one.
  public var absence: String?

  /// How `print` shows it without a format, where its type says more than `type` can.
  public var described: String?

  /// Something an assignment can change.
  public enum Place: Hashable, Sendable {
    case memory(Address)
    /// A register of the selected frame, without its `$`.
    case register(String)
    /// A convenience variable, without its `$`.
    case convenience(String)
  }

  /// Creates a value of at most 8 bytes; bits beyond the type's size are replaced by its extension.
  public init(_ bits: UInt64, as type: ValueType, at place: Place? = nil) {
    self.type = type
    self.bits = type.isFloat ? bits : Self.extend(bits, type)
    self.wide = []
    self.place = place
  }

  /// Creates a value from its bytes in memory, little-endian; missing ones are zero.
  public init(bytes: [UInt8], as type: ValueType, at place: Place? = nil) {
    var bits: UInt64 = 0
    for byte in bytes.prefix(min(8, type.size)).reversed() { bits = bits << 8 | UInt64(byte) }
    self.init(bits, as: type, at: place)
    if type.size > 8 || Self.isAggregate(type) { wide = bytes }
  }

  /// Creates a `double`.
  public init(_ number: Double) {
    self.init(number.bitPattern, as: .double)
  }

  /// Creates an `int`, as comparisons give.
  public init(_ truth: Bool) {
    self.init(truth ? 1 : 0, as: .int)
  }

  /// Creates the address of something of a type.
  public init(pointer: Address, to type: ValueType) {
    self.init(pointer.value, as: .pointer(to: type))
  }

  /// Creates what stands for a variable that has no value here: `<optimized out>`.
  public static func absent(_ why: String, type: ValueType = .long) -> Value {
    var value = Value(0, as: type)
    value.absence = why
    return value
  }

  /// What an unset convenience variable has.
  public static let void = Value(0, as: .void)

  /// Bytes the value occupies.
  public var size: Int { type.size }
  /// Whether it is sign-extended when it is widened.
  public var isSigned: Bool { type.isSigned }

  /// Where in memory it lives; for code, where that begins. `nil` if it is not in memory.
  public var address: Address? {
    if case .memory(let address) = place { address } else { nil }
  }

  /// The value as a number, if its type is a floating-point one.
  public var float: Double? {
    guard case .float(let size) = type else { return nil }
    switch size {
    case 4: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case 8: return Double(bitPattern: bits)
    default: return X87.number(wide)
    }
  }

  /// The value as a signed number, truncating a float toward zero.
  public var signed: Int64 {
    if let float { return Int64(exactly: float.rounded(.towardZero)) ?? 0 }
    return Int64(bitPattern: bits)
  }

  /// The value as an address: a pointer's or integer's bits, code's or an array's own address.
  public var asAddress: Address {
    switch type {
    case .code, .array, .data: address ?? Address(bits)
    default: Address(float == nil ? bits : UInt64(bitPattern: signed))
    }
  }

  /// Whether a condition counts it as true.
  public var isTrue: Bool {
    if let float { return float != 0 }
    if !wide.isEmpty { return wide.contains { $0 != 0 } }
    return bits != 0
  }

  /// The bytes as they would stand in memory, little-endian, `size` of them.
  public var bytes: [UInt8] {
    if !wide.isEmpty { return wide }
    var bytes: [UInt8] = []
    var rest = bits
    for _ in 0..<min(8, size) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    return bytes
  }

  private static func isAggregate(_ type: ValueType) -> Bool {
    switch type {
    case .array, .vector: true
    default: false
    }
  }

  static func extend(_ bits: UInt64, _ type: ValueType) -> UInt64 {
    if case .boolean = type { return bits & 0xff }
    guard type.size < 8, type != .void else { return bits }
    if case .code = type { return bits }
    let shift = UInt64(64 - type.size * 8)
    let high = bits << shift
    return type.isSigned
      ? UInt64(bitPattern: Int64(bitPattern: high) >> Int64(shift)) : high >> shift
  }
}

/// The x87 extended format: 64 bits of significand with its leading bit, 15 of exponent, a sign.
enum X87 {
  /// Returns the nearest `Double` to 10 little-endian bytes; 0 if there are fewer.
  static func number(_ bytes: [UInt8]) -> Double {
    guard bytes.count >= 10 else { return 0 }
    var significand: UInt64 = 0
    for byte in bytes[0..<8].reversed() { significand = significand << 8 | UInt64(byte) }
    let top = UInt16(bytes[9]) << 8 | UInt16(bytes[8])
    let sign = top & 0x8000 == 0 ? 1.0 : -1.0
    let exponent = Int(top & 0x7fff)
    if exponent == 0x7fff {
      return significand << 1 == 0 ? sign * Double.infinity : Double.nan
    }
    if significand == 0 { return sign * 0 }
    return sign * Double(sign: .plus, exponent: exponent - 16383 - 63, significand: 1)
      * Double(significand)
  }
}
