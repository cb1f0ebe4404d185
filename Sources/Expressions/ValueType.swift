// The few types an expression can have. They follow C as gdb evaluates it for x86-64 and AArch64
// Linux: `int` has 4 bytes, `long` and pointers have 8, plain `char` is signed.

/// The type of a value: how many bytes it has and what they mean.
public indirect enum ValueType: Hashable, Sendable {
  /// No value at all: an unset convenience variable, `(void) 0`.
  case void
  /// An integer of 1, 2, 4, 8 or 16 bytes, printed as a number.
  case integer(size: Int, isSigned: Bool)
  /// One byte that is printed as a number and a character.
  case character(isSigned: Bool)
  /// One byte, printed as `true` or `false`.
  case boolean
  /// IEEE 754 of 4 or 8 bytes, or the x87 format in 10 or 16.
  case float(size: Int)
  /// An address of something of a type.
  case pointer(to: ValueType)
  /// Equal elements in a row: `*pointer@4`, a string literal.
  case array(of: ValueType, count: Int)
  /// Machine code: what a function's name stands for.
  case code
  /// A symbol without type information, of a number of bytes.
  case data(size: Int)
  /// A vector register of a number of bytes, shown in all its readings.
  case vector(size: Int)
  /// A flags register: named bits, in a number of bytes.
  case flags(size: Int)

  /// `int`, C's default.
  public static let int = ValueType.integer(size: 4, isSigned: true)
  /// `long`, 8 bytes.
  public static let long = ValueType.integer(size: 8, isSigned: true)
  /// `unsigned long`, 8 bytes.
  public static let unsignedLong = ValueType.integer(size: 8, isSigned: false)
  /// `double`, 8 bytes.
  public static let double = ValueType.float(size: 8)

  /// The number of bytes a value of this type has; 1 for `void` and code, as in gdb.
  public var size: Int {
    switch self {
    case .void, .code, .character, .boolean: 1
    case .integer(let size, _), .float(let size), .data(let size), .vector(let size),
      .flags(let size):
      size
    case .pointer: 8
    case .array(let element, let count):
      element.size.multipliedReportingOverflow(by: count).overflow
        ? Int.max : element.size &* count
    }
  }

  /// Whether a value of this type is sign-extended when it is widened.
  public var isSigned: Bool {
    switch self {
    case .integer(_, let isSigned), .character(let isSigned): isSigned
    case .float: true
    default: false
    }
  }

  /// Whether arithmetic treats it as an integer.
  public var isIntegral: Bool {
    switch self {
    case .integer, .character, .boolean, .flags: true
    default: false
    }
  }

  /// Whether it is a floating-point type.
  public var isFloat: Bool {
    if case .float = self { true } else { false }
  }

  /// What a pointer points at; `nil` for any other type.
  public var pointee: ValueType? {
    if case .pointer(let pointee) = self { pointee } else { nil }
  }

  /// The type's name as gdb prints it in `(int *) 0x404028`.
  public var name: String { prefix + suffix }

  private var prefix: String {
    switch self {
    case .void: "void"
    case .integer(let size, let isSigned): Self.integerName(size, isSigned)
    case .character(let isSigned): isSigned ? "char" : "unsigned char"
    case .boolean: "bool"
    case .float(let size): size == 4 ? "float" : size == 8 ? "double" : "long double"
    case .code: "void ("
    case .data: "<data variable>"
    case .vector(let size): "vec\(size &* 8)"
    case .flags: "i386_eflags"
    case .array(let element, _): element.prefix
    case .pointer(let pointee):
      switch pointee {
      case .pointer: pointee.prefix + "*"
      case .array: pointee.prefix + " (*"
      case .code: "void (*"
      default: pointee.prefix + " *"
      }
    }
  }

  private var suffix: String {
    switch self {
    case .array(let element, let count): " [\(count)]" + element.suffix
    case .code: ")"
    case .pointer(.code): ")()"
    case .pointer(.pointer(to: let pointee)): ValueType.pointer(to: pointee).suffix
    case .pointer(.array(let element, let count)): ") [\(count)]" + element.suffix
    default: ""
    }
  }

  private static func integerName(_ size: Int, _ isSigned: Bool) -> String {
    let name =
      switch size {
      case 1: "char"
      case 2: "short"
      case 4: "int"
      case 8: "long"
      default: "__int128"
      }
    return isSigned ? name : "unsigned " + name
  }
}
