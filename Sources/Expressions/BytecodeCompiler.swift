// From an expression's tree to agent bytecode, by the rules that `Evaluator` and `Arithmetic` have for
// values: a value on the stack has 64 bits, extended as its type says.

internal import Bytes
internal import GDBRemote

/// Writes the code of one expression, or of several one after another. Its depth is bounded by the
/// parser.
struct BytecodeCompiler<Context: CompilationContext> {
  let context: Context
  private(set) var code: [UInt8] = []

  init(context: Context) { self.context = context }

  /// The code with its end.
  mutating func finished() throws(CompilationError) -> [UInt8] {
    emit(.end)
    guard code.count <= Expression.mostCode else {
      throw CompilationError("it takes more than \(Expression.mostCode) bytes of code")
    }
    return code
  }

  /// Prints what was pushed, by a format without its closing 0.
  mutating func print(_ format: [UInt8], arguments: Int) {
    // gdb's function and channel mean nothing here.
    push(0)
    push(0)
    emit(.print)
    code.append(UInt8(truncatingIfNeeded: arguments))
    append(UInt64(format.count + 1), bytes: 2)
    code += format + [0]
  }

  // MARK: Values

  /// Leaves a node's value on the stack and returns its type; arrays and code decay to pointers.
  mutating func value(_ node: Node) throws(CompilationError) -> ValueType {
    guard code.count <= Expression.mostCode else { return .int }  // `finished` refuses it
    switch node {
    case .constant(let value):
      guard Self.isScalar(value.type), value.absence == nil else {
        throw CompilationError("a constant of type `\(value.type.name)'")
      }
      push(value.bits)
      return value.type
    case .name(let name): return try named(name)
    case .dollar(let name):
      guard let place = context.register(name) else {
        throw CompilationError("$\(name) is the debugger's own")
      }
      return try load(place, name: "$" + name)
    case .unary(let operation, let operand): return try unary(operation, operand)
    case .binary(let operation, let left, let right): return try binary(operation, left, right)
    case .conditional(let condition, let yes, let no):
      _ = try value(condition)
      let toYes = jump(.jumpIf)
      let other = try value(no)
      let toEnd = jump(.jump)
      land(toYes)
      let type = try value(yes)
      land(toEnd)
      guard type == other else { throw CompilationError("the sides of `?:' differ in type") }
      return type
    case .cast(let type, let operand): return try cast(operand, to: type)
    case .typed, .index: return try load(try place(node))
    case .sizeOf(let operand):
      var other = BytecodeCompiler(context: context)
      let type: ValueType
      if let place = try? other.place(operand) {
        type = place
      } else {
        type = try other.value(operand)
      }
      push(UInt64(clamping: type.size))
      return .int
    case .assignment, .increment: throw CompilationError("it changes something")
    case .history: throw CompilationError("the value history is the debugger's own")
    }
  }

  private mutating func named(_ name: String) throws(CompilationError) -> ValueType {
    if let variable = context.variable(name) { return try load(variable, name: name) }
    guard let symbol = context.symbol(name) else {
      throw CompilationError("there is no \"\(name)\" at that place")
    }
    guard let type = symbol.type else { throw CompilationError("the type of \(name) is unknown") }
    push(symbol.address.value)
    return try load(type)
  }

  private mutating func unary(
    _ operation: UnaryOperator, _ operand: Node
  ) throws(CompilationError) -> ValueType {
    switch operation {
    case .contents: return try load(try place(.unary(.contents, operand)))
    case .address: return .pointer(to: try place(operand))
    case .not:
      _ = try value(operand)
      emit(.not)
      return .int
    case .plus, .minus, .complement:
      if operation == .minus { push(0) }
      let type = try value(operand)
      guard type.isIntegral else { throw CompilationError("its operand is no integer") }
      if operation == .minus { emit(.subtract) }
      if operation == .complement { emit(.complement) }
      return extended(to: Arithmetic.promoted(type))
    }
  }

  private mutating func cast(
    _ operand: Node, to type: ValueType
  ) throws(CompilationError) -> ValueType {
    guard Self.isScalar(type) else { throw CompilationError("a cast to `\(type.name)'") }
    if case .name(let name) = operand, context.variable(name) == nil,
      let symbol = context.symbol(name), symbol.type == nil
    {
      guard type.pointee == nil || symbol.size == type.size else {
        throw CompilationError("the type of \(name) is unknown")
      }
      push(symbol.address.value)
      return try load(type)
    }
    _ = try value(operand)
    guard type != .boolean else {
      truth()
      return type
    }
    return extended(to: type)
  }

  /// How many bytes an array has that `value` makes a pointer of; nil for anything else.
  func arraySize(_ node: Node) throws(CompilationError) -> Int? {
    switch node {
    case .binary(.comma, _, let right): return try arraySize(right)
    case .conditional(_, let yes, let no):
      // Once each: they may be conditional in turn, and so on.
      let size = try arraySize(yes)
      guard try arraySize(no) == size else {
        throw CompilationError("the sides of `?:' differ in size")
      }
      return size
    default:
      var other = BytecodeCompiler(context: context)
      guard let type = try? other.place(node), case .array = type else { return nil }
      return type.size
    }
  }

  // MARK: Places

  /// Leaves the address of something in memory on the stack and returns its type.
  private mutating func place(_ node: Node) throws(CompilationError) -> ValueType {
    switch node {
    case .name(let name):
      if let variable = context.variable(name) {
        guard case .memory(let register, let offset) = variable.place else {
          throw CompilationError("\(name) is not in memory there")
        }
        push(register: register, plus: offset)
        return variable.type
      }
      guard let symbol = context.symbol(name) else {
        throw CompilationError("there is no \"\(name)\" at that place")
      }
      guard let type = symbol.type else { throw CompilationError("the type of \(name) is unknown") }
      push(symbol.address.value)
      return type
    case .unary(.contents, let operand):
      let type = try value(operand)
      if let pointee = type.pointee { return pointee }
      guard type.isIntegral else { throw CompilationError("its operand is no pointer") }
      return .long
    case .typed(let type, let operand):
      _ = try value(operand)
      return type
    case .index(let base, let index):
      guard let pointee = try value(base).pointee else {
        throw CompilationError("what is indexed is no pointer")
      }
      guard try value(index).isIntegral else { throw CompilationError("the index is no integer") }
      scale(by: pointee.size)
      emit(.add)
      return pointee
    default: throw CompilationError("something of it is not in memory")
    }
  }

  /// Replaces an address by what stands there.
  private mutating func load(_ type: ValueType) throws(CompilationError) -> ValueType {
    switch type {
    case .array(let element, _): return .pointer(to: element)
    case .code: return .pointer(to: .code)
    default: break
    }
    guard Self.isScalar(type) else { throw CompilationError("a value of type `\(type.name)'") }
    switch type.size {
    case 1: emit(.load8)
    case 2: emit(.load16)
    case 4: emit(.load32)
    default: emit(.load64)
    }
    return type.isSigned ? extended(to: type) : type
  }

  private mutating func load(
    _ place: CompiledPlace, name: String
  ) throws(CompilationError) -> ValueType {
    switch place.place {
    case .memory(let register, let offset):
      push(register: register, plus: offset)
      return try load(place.type)
    case .nowhere(let why): throw CompilationError("\(name): \(why)")
    case .register(let number, let shift):
      guard Self.isScalar(place.type) else {
        throw CompilationError("\(name) is of type `\(place.type.name)'")
      }
      push(register: number, plus: 0)
      if shift > 0 {
        push(UInt64(shift))
        emit(.shiftRightUnsigned)
      }
      return extended(to: place.type)
    case .constant(let bits):
      guard Self.isScalar(place.type) else {
        throw CompilationError("\(name) is of type `\(place.type.name)'")
      }
      push(Value(bits, as: place.type).bits)
      return place.type
    }
  }

  // MARK: Two operands

  private mutating func binary(
    _ operation: BinaryOperator, _ left: Node, _ right: Node
  ) throws(CompilationError) -> ValueType {
    switch operation {
    case .comma:
      _ = try value(left)
      emit(.drop)
      return try value(right)
    case .and, .or:
      _ = try value(left)
      if operation == .and { emit(.not) }
      let short = jump(.jumpIf)
      _ = try value(right)
      truth()
      let end = jump(.jump)
      land(short)
      push(operation == .and ? 0 : 1)
      land(end)
      return .int
    case .repeated: throw CompilationError("an array")
    default:
      let types = (try value(left), try value(right))
      if types.0.pointee != nil || types.1.pointee != nil {
        return try pointers(operation, types.0, types.1)
      }
      return try integers(operation, types.0, types.1)
    }
  }

  private mutating func integers(
    _ operation: BinaryOperator, _ left: ValueType, _ right: ValueType
  ) throws(CompilationError) -> ValueType {
    guard left.isIntegral, right.isIntegral else { throw CompilationError("no integers") }
    if operation == .shiftLeft || operation == .shiftRight {
      let type = Arithmetic.promoted(left)
      emit(
        operation == .shiftLeft
          ? .shiftLeft : type.isSigned ? .shiftRightSigned : .shiftRightUnsigned)
      return extended(to: type)
    }
    let type = Arithmetic.common(left, right)
    // Extended already, but for a negative one that C takes for unsigned.
    if type.size == 4, !type.isSigned {
      if left.isSigned {
        emit(.swap)
        _ = extended(to: type)
        emit(.swap)
      }
      if right.isSigned { _ = extended(to: type) }
    }
    return try combine(operation, type)
  }

  private mutating func combine(
    _ operation: BinaryOperator, _ type: ValueType
  ) throws(CompilationError) -> ValueType {
    let isSigned = type.isSigned
    switch operation {
    case .add: emit(.add)
    case .subtract: emit(.subtract)
    case .multiply: emit(.multiply)
    case .divide: emit(isSigned ? .divideSigned : .divideUnsigned)
    case .remainder: emit(isSigned ? .remainderSigned : .remainderUnsigned)
    case .bitAnd: emit(.and)
    case .bitOr: emit(.or)
    case .bitXor: emit(.exclusiveOr)
    default:
      let less = isSigned ? BytecodeOperation.lessSigned : .lessUnsigned
      switch operation {
      case .equal: emit(.equal)
      case .notEqual: emit(.equal, .not)
      case .less: emit(less)
      case .greater: emit(.swap, less)
      case .lessOrEqual: emit(.swap, less, .not)
      case .greaterOrEqual: emit(less, .not)
      default: throw CompilationError("the operator \(operation.rawValue)")
      }
      return .int
    }
    return extended(to: type)
  }

  private mutating func pointers(
    _ operation: BinaryOperator, _ left: ValueType, _ right: ValueType
  ) throws(CompilationError) -> ValueType {
    switch operation {
    case .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual:
      return try combine(operation, .unsignedLong)
    case .add, .subtract:
      if let pointee = left.pointee, right.pointee != nil, operation == .subtract {
        emit(.subtract)
        push(UInt64(clamping: max(1, pointee.size)))
        emit(.divideSigned)
        return .long
      }
      guard left.pointee != nil || operation == .add, left.pointee == nil || right.pointee == nil
      else { throw CompilationError("arithmetic on pointers") }
      if left.pointee == nil { emit(.swap) }
      let (base, count) = left.pointee == nil ? (right, left) : (left, right)
      guard count.isIntegral else { throw CompilationError("no integer is added to a pointer") }
      scale(by: base.pointee?.size ?? 1)
      emit(operation == .add ? .add : .subtract)
      return base
    default:
      return try integers(
        operation, left.pointee == nil ? left : .long, right.pointee == nil ? right : .long)
    }
  }

  // MARK: Code

  /// What fits one value of the stack.
  private static func isScalar(_ type: ValueType) -> Bool {
    switch type {
    case .integer(let size, _), .flags(let size): size == 1 || size == 2 || size == 4 || size == 8
    case .character, .boolean, .pointer: true
    default: false
    }
  }

  private mutating func emit(_ operations: BytecodeOperation...) {
    for operation in operations { code.append(operation.rawValue) }
  }

  private mutating func append(_ value: UInt64, bytes: Int) {
    for index in (0..<bytes).reversed() {
      code.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8)))
    }
  }

  private mutating func push(_ value: UInt64) {
    switch value {
    case ..<0x100: emit(.push8)
    case ..<0x1_0000: emit(.push16)
    case ..<0x1_0000_0000: emit(.push32)
    default: emit(.push64)
    }
    append(value, bytes: value < 0x100 ? 1 : value < 0x1_0000 ? 2 : value < 1 << 32 ? 4 : 8)
  }

  private mutating func push(register: Int?, plus offset: UInt64) {
    guard let register else { return push(offset) }
    emit(.register)
    append(UInt64(clamping: register), bytes: 2)
    guard offset != 0 else { return }
    // What lies below is subtracted, which takes fewer bytes.
    let isBelow = offset >> 63 != 0
    push(isBelow ? 0 &- offset : offset)
    emit(isBelow ? .subtract : .add)
  }

  private mutating func scale(by size: Int) {
    guard size != 1 else { return }
    push(UInt64(clamping: size))
    emit(.multiply)
  }

  /// Makes 0 or 1 of a value.
  private mutating func truth() { emit(.not, .not) }

  /// Cuts a value to a type's size and extends it again.
  private mutating func extended(to type: ValueType) -> ValueType {
    if type.size < 8 {
      emit(type.isSigned ? .extend : .zeroExtend)
      code.append(UInt8(truncatingIfNeeded: type.size * 8))
    }
    return type
  }

  /// A jump whose end is not known yet: where its offset stands.
  private mutating func jump(_ operation: BytecodeOperation) -> Int {
    emit(operation)
    append(0, bytes: 2)
    return code.count - 2
  }

  /// Lets a jump end here.
  private mutating func land(_ place: Int) {
    code[place] = UInt8(truncatingIfNeeded: code.count >> 8)
    code[place + 1] = UInt8(truncatingIfNeeded: code.count)
  }
}
