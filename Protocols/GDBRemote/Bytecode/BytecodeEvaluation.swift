// Evaluates agent bytecode (gdb's manual, appendix F) against a stopped target. What comes from the
// client is hostile: nothing here traps, and depth, steps and memory read have bounds. Nothing is
// allocated: the stack is part of the value, and the buffers are the caller's.

internal import Bytes

/// One evaluation of one expression.
public struct BytecodeEvaluation {
  /// The most values on the stack.
  public static let mostValues = 64
  /// The most operations of one evaluation.
  public static let mostSteps = 4_096
  /// The most bytes of memory that one evaluation reads.
  public static let mostBytes = 4_096

  private let code: ArraySlice<UInt8>
  private var next: Int
  private var values = [64 of UInt64](repeating: 0)
  private var count = 0
  private var steps = 0
  private var bytesRead = 0
  /// Where in the caller's buffer its text begins.
  private let textStart: Int

  private init(_ code: ArraySlice<UInt8>, _ textStart: Int) {
    self.code = code
    self.textStart = textStart
    next = code.startIndex
  }

  /// Evaluates `code` in the context of `thread` of a target that is stopped, little-endian.
  ///
  /// - Parameters:
  ///   - code: the bytes of the expression.
  ///   - thread: the thread whose registers it means.
  ///   - target: the target.
  ///   - scratch: a buffer, used and left with anything.
  ///   - text: what the expression prints is appended here, at most 1,024 bytes.
  /// - Throws: why there is no value.
  /// - Returns: the topmost value at the end, 0 without any.
  public static func value<T: StubTarget>(
    of code: ArraySlice<UInt8>, in thread: UInt64, _ target: T, scratch: inout [UInt8],
    text: inout [UInt8]
  ) throws(BytecodeFailure) -> UInt64 {
    var evaluation = BytecodeEvaluation(code, text.count)
    while true {
      guard evaluation.steps < mostSteps else { throw .bounds }
      evaluation.steps += 1
      guard let operation = BytecodeOperation(rawValue: try evaluation.operand()) else {
        throw .unknown
      }
      switch operation {
      case .end: return evaluation.count > 0 ? evaluation.values[evaluation.count - 1] : 0
      case .load8: try evaluation.load(1, target, &scratch)
      case .load16: try evaluation.load(2, target, &scratch)
      case .load32: try evaluation.load(4, target, &scratch)
      case .load64: try evaluation.load(8, target, &scratch)
      case .register: try evaluation.loadRegister(thread, target, &scratch)
      case .print: try evaluation.print(target, &scratch, &text)
      default: try evaluation.perform(operation)
      }
    }
  }

  // MARK: The stack

  @inline(never)
  mutating func pop() throws(BytecodeFailure) -> UInt64 {
    guard count > 0 else { throw .stack }
    count -= 1
    return values[count]
  }

  @inline(never)
  private mutating func push(_ value: UInt64) throws(BytecodeFailure) {
    guard count < Self.mostValues else { throw .stack }
    values[count] = value
    count += 1
  }

  // MARK: The code

  @inline(never)
  private mutating func operand() throws(BytecodeFailure) -> UInt8 {
    guard next < code.endIndex else { throw .truncated }
    defer { next += 1 }
    return code[next]
  }

  @inline(never)
  private mutating func operand(bytes: Int) throws(BytecodeFailure) -> UInt64 {
    var value: UInt64 = 0
    for _ in 0..<bytes { value = value << 8 | UInt64(try operand()) }
    return value
  }

  @inline(never)
  private mutating func jump(to offset: UInt64) throws(BytecodeFailure) {
    guard offset < UInt64(code.count) else { throw .truncated }
    next = code.startIndex + Int(offset)
  }

  /// Those operations that need nothing but the stack.
  @inline(never)
  private mutating func perform(_ operation: BytecodeOperation) throws(BytecodeFailure) {
    switch operation {
    case .push8: try push(operand(bytes: 1))
    case .push16: try push(operand(bytes: 2))
    case .push32: try push(operand(bytes: 4))
    case .push64: try push(operand(bytes: 8))
    case .jump: try jump(to: operand(bytes: 2))
    case .jumpIf:
      let offset = try operand(bytes: 2)
      if try pop() != 0 { try jump(to: offset) }
    case .not: try push(pop() == 0 ? 1 : 0)
    case .complement: try push(~pop())
    case .extend, .zeroExtend:
      let bits = try operand()
      let value = try pop()
      guard bits > 0 else { throw .unknown }
      let shift = UInt64(64) &- UInt64(min(bits, 64))
      let high = value << shift
      let signed = UInt64(bitPattern: Int64(bitPattern: high) >> Int64(shift))
      try push(operation == .extend ? signed : high >> shift)
    case .drop: _ = try pop()
    case .duplicate: try push(pick(0))
    case .pick: try push(pick(operand()))
    case .swap:
      let (b, a) = (try pop(), try pop())
      try push(b)
      try push(a)
    case .rotate:
      let (c, b, a) = (try pop(), try pop(), try pop())
      try push(c)
      try push(a)
      try push(b)
    default:
      let (b, a) = (try pop(), try pop())
      try push(Self.combined(operation, a, b))
    }
  }

  @inline(never)
  private func pick(_ depth: UInt8) throws(BytecodeFailure) -> UInt64 {
    guard Int(depth) < count else { throw .stack }
    return values[count - 1 - Int(depth)]
  }

  @inline(never)
  private static func combined(
    _ operation: BytecodeOperation, _ a: UInt64, _ b: UInt64
  ) throws(BytecodeFailure) -> UInt64 {
    let (x, y) = (Int64(bitPattern: a), Int64(bitPattern: b))
    switch operation {
    case .add: return a &+ b
    case .subtract: return a &- b
    case .multiply: return a &* b
    case .divideSigned, .divideUnsigned, .remainderSigned, .remainderUnsigned:
      guard b != 0 else { throw .divisionByZero }
      // The one quotient that overflows is left as it is: it is not worth a failure.
      switch operation {
      case .divideSigned: return UInt64(bitPattern: x.dividedReportingOverflow(by: y).partialValue)
      case .divideUnsigned: return a / b
      case .remainderSigned:
        return UInt64(bitPattern: x.remainderReportingOverflow(dividingBy: y).partialValue)
      default: return a % b
      }
    case .shiftLeft: return b < 64 ? a << b : 0
    case .shiftRightSigned: return UInt64(bitPattern: x >> Int64(min(b, 63)))
    case .shiftRightUnsigned: return b < 64 ? a >> b : 0
    case .and: return a & b
    case .or: return a | b
    case .exclusiveOr: return a ^ b
    case .equal: return a == b ? 1 : 0
    case .lessSigned: return x < y ? 1 : 0
    case .lessUnsigned: return a < b ? 1 : 0
    default: throw .unknown
    }
  }

  // MARK: The target

  @inline(never)
  private mutating func load<T: StubTarget>(
    _ size: Int, _ target: T, _ scratch: inout [UInt8]
  ) throws(BytecodeFailure) {
    try read(pop(), size, target, &scratch)
    guard scratch.count == size else { throw .unreadable }
    try push(Self.number(scratch))
  }

  @inline(never)
  private mutating func loadRegister<T: StubTarget>(
    _ thread: UInt64, _ target: T, _ scratch: inout [UInt8]
  ) throws(BytecodeFailure) {
    let number = Int(try operand(bytes: 2))
    scratch.clear()
    guard number < target.registers.sizes.count, target.registers.sizes[number] <= 8,
      target.appendRegister(number, of: thread, to: &scratch)
    else { throw .register }
    try push(Self.number(scratch))
  }

  /// Reads up to `size` bytes into `scratch`.
  mutating func read<T: StubTarget>(
    _ address: UInt64, _ size: Int, _ target: T, _ scratch: inout [UInt8]
  ) throws(BytecodeFailure) {
    bytesRead += size
    guard bytesRead <= Self.mostBytes else { throw .bounds }
    scratch.clear()
    target.appendMemory(at: Address(address), count: size, to: &scratch)
  }

  private static func number(_ bytes: [UInt8]) -> UInt64 {
    var value: UInt64 = 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return value
  }

  private mutating func print<T: StubTarget>(
    _ target: T, _ scratch: inout [UInt8], _ text: inout [UInt8]
  ) throws(BytecodeFailure) {
    let arguments = Int(try operand())
    let length = Int(try operand(bytes: 2))
    guard length > 0, code.endIndex - next >= length, code[next + length - 1] == 0 else {
      throw .format
    }
    let format = code[next..<(next + length - 1)]
    next += length
    _ = try pop()
    _ = try pop()
    let left = count - arguments
    guard left >= 0 else { throw .stack }
    var writer = BytecodeText(format, room: textStart + BytecodeText.most)
    while let argument = try writer.nextArgument(&text) {
      guard count > left else { throw .format }
      let value = try pop()
      guard argument.isText else {
        writer.append(number: value, as: argument, to: &text)
        continue
      }
      try read(value, argument.mostBytes, target, &scratch)
      writer.append(text: scratch, at: value, as: argument, to: &text)
    }
    count = left
  }
}
