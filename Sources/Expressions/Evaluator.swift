internal import Bytes

/// Walks an expression's tree. Its depth is bounded by the parser.
struct Evaluator<Context: ExpressionContext> {
  let context: Context

  /// gdb's `max-value-size`.
  private static var maximumSize: Int { 65536 }

  /// The value of a node. Without `reads` the outermost memory access is left out: place and type
  /// are right, the bits are zero.
  func value(_ node: Node, reads: Bool = true) throws(ExpressionError) -> Value {
    switch node {
    case .constant(let value): return value
    case .name(let name): return try named(name, reads: reads)
    case .dollar(let name): return dollar(name)
    case .history(let reference): return try remembered(reference)
    case .unary(let operation, let operand): return try unary(operation, operand, reads: reads)
    case .binary(let operation, let left, let right):
      return try binary(operation, left, right, reads: reads)
    case .conditional(let condition, let yes, let no):
      return try value(try truth(condition) ? yes : no, reads: reads)
    case .assignment(let target, let operation, let source):
      return try assign(target, operation, source)
    case .increment(let target, let step, let isPrefix):
      let old = try scalar(target)
      let new = try Arithmetic.binary(.add, old, Value(UInt64(bitPattern: Int64(step)), as: .int))
      let stored = try store(new, in: old)
      return isPrefix ? stored : Value(old.bits, as: old.type)
    case .cast(let type, let operand): return try cast(operand, to: type)
    case .typed(let type, let operand):
      return try read(type, at: try scalar(operand).asAddress, reads: reads)
    case .sizeOf(let operand):
      return Value(UInt64(clamping: try value(operand, reads: false).size), as: .int)
    case .index(let base, let index):
      let sum = try Arithmetic.binary(.add, try pointer(base), try scalar(index))
      return try contents(sum, reads: reads)
    }
  }

  private func truth(_ node: Node) throws(ExpressionError) -> Bool { try scalar(node).isTrue }

  /// A value that arithmetic can use: not absent, no symbol of unknown type; arrays and code decay
  /// to pointers.
  private func scalar(_ node: Node) throws(ExpressionError) -> Value {
    let result = try value(node)
    if let absence = result.absence {
      throw .operand(
        absence == "<optimized out>" ? "value has been optimized out" : "value is \(absence)")
    }
    switch result.type {
    case .data:
      guard case .name(let name) = node else { throw .unknownType(result.asAddress.hex) }
      throw .unknownType(name)
    case .array(let element, _) where result.address != nil:
      return Value(pointer: result.asAddress, to: element)
    case .code: return Value(pointer: result.asAddress, to: .code)
    default: return result
    }
  }

  /// What a subscript applies to: a pointer, or an array that is one by now.
  private func pointer(_ node: Node) throws(ExpressionError) -> Value {
    let base = try scalar(node)
    guard base.type.pointee != nil else {
      throw .operand("cannot subscript something of type `\(base.type.name)'")
    }
    return base
  }

  private func named(_ name: String, reads: Bool) throws(ExpressionError) -> Value {
    if let variable = context.variable(name) { return variable }
    guard let symbol = context.symbol(name) else { throw .noSymbol(name) }
    let type = symbol.type ?? .data(size: symbol.size)
    return try read(type, at: symbol.address, reads: reads)
  }

  /// A register, then a convenience variable, then a linkage name such as `$s4main4beatyyF`.
  private func dollar(_ name: String) -> Value {
    if let value = context.register(name) ?? context.convenience(name) { return value }
    if let symbol = context.symbol("$" + name) {
      return Value(
        symbol.address.value, as: symbol.type ?? .data(size: symbol.size),
        at: .memory(symbol.address))
    }
    var unset = Value.void
    unset.place = .convenience(name)
    return unset
  }

  private func remembered(_ reference: HistoryReference) throws(ExpressionError) -> Value {
    if let value = context.history(reference) { return value }
    if case .number(let number) = reference { throw .noHistory(number) }
    throw .operand("History is empty or has fewer values than that.")
  }

  func read(
    _ type: ValueType, at address: Address, reads: Bool
  ) throws(ExpressionError) -> Value {
    switch type {
    case .code, .data: return Value(address.value, as: type, at: .memory(address))
    case .void: throw .operand("Attempt to dereference a generic pointer.")
    default: break
    }
    guard type.size <= Self.maximumSize else {
      throw .operand("value requires \(type.size) bytes, which is more than max-value-size")
    }
    if !reads { return Value(bytes: [], as: type, at: .memory(address)) }
    guard let bytes = context.readMemory(address, type.size), bytes.count == type.size else {
      throw .unreadable(address)
    }
    return Value(bytes: bytes, as: type, at: .memory(address))
  }

  private func contents(_ pointer: Value, reads: Bool) throws(ExpressionError) -> Value {
    if let pointee = pointer.type.pointee {
      return try read(pointee, at: pointer.asAddress, reads: reads)
    }
    guard pointer.type.isIntegral else {
      throw .operand("Attempt to take contents of a non-pointer value.")
    }
    return try read(.long, at: pointer.asAddress, reads: reads)
  }

  private func unary(
    _ operation: UnaryOperator, _ operand: Node, reads: Bool
  ) throws(ExpressionError) -> Value {
    switch operation {
    case .contents: return try contents(try scalar(operand), reads: reads)
    case .address:
      let target = try value(operand, reads: false)
      guard let address = target.address else {
        throw .operand("Attempt to take address of value not located in memory.")
      }
      return Value(pointer: address, to: target.type)
    case .plus: return try Arithmetic.plus(try scalar(operand))
    case .minus: return try Arithmetic.negated(try scalar(operand))
    case .complement: return try Arithmetic.complement(try scalar(operand))
    case .not: return Value(!(try truth(operand)))
    }
  }

  private func binary(
    _ operation: BinaryOperator, _ left: Node, _ right: Node, reads: Bool
  ) throws(ExpressionError) -> Value {
    switch operation {
    case .comma:
      _ = try value(left)
      return try value(right, reads: reads)
    case .and: return Value(try truth(left) ? try truth(right) : false)
    case .or: return Value(try truth(left) ? true : try truth(right))
    case .repeated:
      let first = try value(left, reads: false)
      guard let address = first.address else {
        throw .operand("Only values in memory can be extended with '@'.")
      }
      let count = try scalar(right).signed
      guard count > 0, count <= Int64(Self.maximumSize) else {
        throw .operand("Invalid number \(count) of repetitions.")
      }
      if case .data = first.type { return try unknown(left) }
      return try read(.array(of: first.type, count: Int(count)), at: address, reads: reads)
    default: return try Arithmetic.binary(operation, try scalar(left), try scalar(right))
    }
  }

  private func unknown(_ node: Node) throws(ExpressionError) -> Value {
    if case .name(let name) = node { throw .unknownType(name) }
    throw .operand("Its type is unknown; cast it to its declared type")
  }

  private func cast(_ operand: Node, to type: ValueType) throws(ExpressionError) -> Value {
    let source = try value(operand)
    if case .data = source.type, type.pointee == nil || source.size == type.size,
      let address = source.address
    {
      return try read(type, at: address, reads: true)
    }
    return try Arithmetic.convert(try scalar(operand), to: type)
  }

  private func assign(
    _ target: Node, _ operation: BinaryOperator?, _ source: Node
  ) throws(ExpressionError) -> Value {
    let place = try value(target, reads: operation != nil)
    var new = try scalar(source)
    if let operation { new = try Arithmetic.binary(operation, place, new) }
    return try store(new, in: place)
  }

  private func store(_ value: Value, in target: Value) throws(ExpressionError) -> Value {
    if let absence = target.absence { throw .operand("Cannot assign: the value is \(absence).") }
    guard let place = target.place, target.type != .code else {
      throw .operand("Left operand of assignment is not an lvalue.")
    }
    var converted = value
    if case .convenience = place {
      converted.place = nil
    } else if case .data = target.type {
      throw .operand("Its type is unknown; assign to {type} address.")
    } else {
      converted = try Arithmetic.convert(value, to: target.type)
    }
    converted.place = nil
    try context.assign(converted, to: place)
    converted.place = place
    return converted
  }
}
