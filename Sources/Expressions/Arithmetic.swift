/// gdb's arithmetic: C's promotions, wrapping instead of undefined results.
enum Arithmetic {
  private static let notANumber = ExpressionError.operand(
    "Argument to arithmetic operation not a number or boolean.")

  static func binary(
    _ operation: BinaryOperator, _ left: Value, _ right: Value
  ) throws(ExpressionError) -> Value {
    if left.type.pointee != nil || right.type.pointee != nil {
      return try pointers(operation, left, right)
    }
    if left.type.isFloat || right.type.isFloat { return try floats(operation, left, right) }
    guard left.type.isIntegral, right.type.isIntegral else { throw notANumber }
    if operation == .shiftLeft || operation == .shiftRight {
      return shift(operation, left, right)
    }
    let type = common(left.type, right.type)
    return try integers(operation, convertInteger(left, type), convertInteger(right, type), type)
  }

  /// C's integer promotion: at least `int`.
  static func promoted(_ type: ValueType) -> ValueType {
    type.size < 4 ? .int : .integer(size: type.size, isSigned: type.isSigned)
  }

  /// C's usual arithmetic conversions.
  static func common(_ left: ValueType, _ right: ValueType) -> ValueType {
    let (left, right) = (promoted(left), promoted(right))
    if left.size != right.size { return left.size > right.size ? left : right }
    return .integer(size: left.size, isSigned: left.isSigned && right.isSigned)
  }

  private static func convertInteger(_ value: Value, _ type: ValueType) -> UInt64 {
    Value(value.bits, as: type).bits
  }

  private static func integers(
    _ operation: BinaryOperator, _ left: UInt64, _ right: UInt64, _ type: ValueType
  ) throws(ExpressionError) -> Value {
    let isSigned = type.isSigned
    let (a, b) = (Int64(bitPattern: left), Int64(bitPattern: right))
    switch operation {
    case .add: return Value(left &+ right, as: type)
    case .subtract: return Value(left &- right, as: type)
    case .multiply: return Value(left &* right, as: type)
    case .divide, .remainder:
      guard right != 0 else { throw .operand("Division by zero") }
      let isQuotient = operation == .divide
      if isSigned {
        let (result, _) =
          isQuotient
          ? a.dividedReportingOverflow(by: b) : a.remainderReportingOverflow(dividingBy: b)
        return Value(UInt64(bitPattern: result), as: type)
      }
      return Value(isQuotient ? left / right : left % right, as: type)
    case .bitAnd: return Value(left & right, as: type)
    case .bitOr: return Value(left | right, as: type)
    case .bitXor: return Value(left ^ right, as: type)
    case .equal: return Value(left == right)
    case .notEqual: return Value(left != right)
    case .less: return Value(isSigned ? a < b : left < right)
    case .greater: return Value(isSigned ? a > b : left > right)
    case .lessOrEqual: return Value(isSigned ? a <= b : left <= right)
    case .greaterOrEqual: return Value(isSigned ? a >= b : left >= right)
    default: throw notANumber
    }
  }

  /// The left operand's own type decides; shifting by its width or more gives 0 (or the sign).
  private static func shift(_ operation: BinaryOperator, _ left: Value, _ right: Value) -> Value {
    let type = promoted(left.type)
    let bits = convertInteger(left, type)
    let count = right.type.isSigned ? right.signed : Int64(clamping: right.bits)
    let isTooFar = count < 0 || count >= Int64(type.size * 8)
    if operation == .shiftLeft { return Value(isTooFar ? 0 : bits << UInt64(count), as: type) }
    guard type.isSigned else { return Value(isTooFar ? 0 : bits >> UInt64(count), as: type) }
    let number = Int64(bitPattern: bits)
    return Value(UInt64(bitPattern: number >> (isTooFar ? 63 : count)), as: type)
  }

  private static func number(_ value: Value) throws(ExpressionError) -> Double {
    if let float = value.float { return float }
    guard value.type.isIntegral else { throw notANumber }
    return value.isSigned ? Double(value.signed) : Double(value.bits)
  }

  private static func floats(
    _ operation: BinaryOperator, _ left: Value, _ right: Value
  ) throws(ExpressionError) -> Value {
    let (a, b) = (try number(left), try number(right))
    func typed(_ result: Double) -> Value {
      // gdb computes in the longer of the two floating-point types; integers do not count.
      let isSingle = [left, right].allSatisfy { !$0.type.isFloat || $0.size == 4 }
      return isSingle
        ? Value(UInt64(Float(result).bitPattern), as: .float(size: 4)) : Value(result)
    }
    switch operation {
    case .add: return typed(a + b)
    case .subtract: return typed(a - b)
    case .multiply: return typed(a * b)
    case .divide: return typed(a / b)
    case .equal: return Value(a == b)
    case .notEqual: return Value(a != b)
    case .less: return Value(a < b)
    case .greater: return Value(a > b)
    case .lessOrEqual: return Value(a <= b)
    case .greaterOrEqual: return Value(a >= b)
    default: throw .operand("Integer-only operation on floating point number.")
    }
  }

  private static func pointers(
    _ operation: BinaryOperator, _ left: Value, _ right: Value
  ) throws(ExpressionError) -> Value {
    guard !left.type.isFloat, !right.type.isFloat, left.type != .void, right.type != .void else {
      throw notANumber
    }
    switch operation {
    case .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual:
      return try integers(operation, left.bits, right.bits, .unsignedLong)
    case .add, .subtract:
      let isAddition = operation == .add
      if let pointee = left.type.pointee, right.type.pointee != nil, !isAddition {
        let distance = Int64(bitPattern: left.bits &- right.bits)
        return Value(UInt64(bitPattern: distance / Int64(max(1, pointee.size))), as: .long)
      }
      let (base, count) = left.type.pointee != nil ? (left, right) : (right, left)
      guard let pointee = base.type.pointee, count.type.isIntegral,
        isAddition || left.type.pointee != nil
      else { throw notANumber }
      let step = count.bits &* UInt64(clamping: pointee.size)
      return Value(isAddition ? base.bits &+ step : base.bits &- step, as: base.type)
    default:
      // gdb lets integers of a pointer's size take part in any other operator.
      return try binary(operation, integer(left), integer(right))
    }
  }

  private static func integer(_ value: Value) -> Value {
    value.type.pointee == nil ? value : Value(value.bits, as: .long)
  }

  static func plus(_ value: Value) throws(ExpressionError) -> Value {
    if value.type.isFloat { return Value(value.bits, as: value.type) }
    guard value.type.isIntegral else { throw notANumber }
    return Value(value.bits, as: promoted(value.type))
  }

  static func negated(_ value: Value) throws(ExpressionError) -> Value {
    if let float = value.float {
      // gdb subtracts from zero, so that -0.0 is 0.
      return value.size == 4
        ? Value(UInt64((0 - Float(float)).bitPattern), as: value.type) : Value(0 - float)
    }
    guard value.type.isIntegral else { throw notANumber }
    return Value(0 &- value.bits, as: promoted(value.type))
  }

  static func complement(_ value: Value) throws(ExpressionError) -> Value {
    guard value.type.isIntegral else {
      throw .operand("Argument to complement operation not an integer, boolean.")
    }
    return Value(~value.bits, as: promoted(value.type))
  }

  /// Converts as a C cast does; the result is no lvalue.
  static func convert(_ value: Value, to type: ValueType) throws(ExpressionError) -> Value {
    switch type {
    case .void: return .void
    case .float(let size):
      let number = try number(value.type.pointee == nil ? value : integer(value))
      return size == 4
        ? Value(UInt64(Float(number).bitPattern), as: type)
        : Value(number.bitPattern, as: .double)
    case .boolean: return Value(value.isTrue ? 1 : 0, as: .boolean)
    case .array, .code, .data, .vector:
      guard value.size == type.size else { throw .operand("Invalid cast.") }
      return Value(bytes: value.bytes, as: type)
    default: break
    }
    guard value.type != .void else { throw .operand("Invalid cast.") }
    if value.type.isFloat { return Value(UInt64(bitPattern: value.signed), as: type) }
    return Value(value.bits, as: type)
  }
}
