// The operations of gdb's agent expressions (gdb's manual, appendix F.2 "Bytecode Descriptions";
// the numbers are those of gdb's ax.def): a stack machine for what a breakpoint's condition or a
// log point needs.

/// An operation of agent bytecode, by its number. Those that only tracepoints have a use for, and
/// those on floating-point numbers, which gdb never sends, are not here.
public enum BytecodeOperation: UInt8, Sendable {
  // On the two topmost values, b on top: a OP b.
  case add = 0x02
  case subtract, multiply, divideSigned, divideUnsigned, remainderSigned, remainderUnsigned
  case shiftLeft, shiftRightSigned, shiftRightUnsigned
  case not = 0x0e
  case and, or, exclusiveOr, complement
  case equal, lessSigned, lessUnsigned
  /// Sign-extends from so many bits, a byte.
  case extend
  /// Replaces an address by what stands there.
  case load8, load16, load32, load64
  /// Jumps to an offset, two bytes, most significant first, if what it pops is not 0.
  case jumpIf = 0x20
  case jump
  /// Pushes what follows, most significant byte first.
  case push8, push16, push32, push64
  /// Pushes a register, named by two bytes.
  case register
  /// Ends the evaluation; its value is the topmost.
  case end
  case duplicate, drop
  /// Keeps so many bits, a byte.
  case zeroExtend
  case swap
  /// Pushes a copy of the value that is so many, a byte, below the topmost.
  case pick = 0x32
  /// Turns a b c, c on top, into c a b.
  case rotate
  /// Pops a function and a channel, which mean nothing here, and so many values, a byte, and prints
  /// them by a format: its length with its closing 0 in two bytes, and the bytes.
  case print
}

/// Why an evaluation has no value.
public enum BytecodeFailure: Error, Equatable, Sendable {
  /// The code ends before its end, or jumps out of itself.
  case truncated
  /// An operation that is not known here.
  case unknown
  /// More values are taken than there are, or kept than there is room for.
  case stack
  case divisionByZero
  /// A register that does not exist or has no value now, or is no number.
  case register
  /// Memory that is not there.
  case unreadable
  /// More steps, or more memory, than an evaluation is given.
  case bounds
  /// A format that `print` does not know.
  case format

  /// What a user is told.
  public var words: String {
    switch self {
    case .truncated: return "its code is cut"
    case .unknown: return "its code has an unknown operation"
    case .stack: return "its code has lost count of its values"
    case .divisionByZero: return "division by zero"
    case .register: return "a register has no value here"
    case .unreadable: return "memory cannot be read"
    case .bounds: return "it takes too long"
    case .format: return "its format is not known here"
    }
  }
}
