// Expressions that a target evaluates by itself, as agent bytecode: what they may name, and why one
// cannot be had in that form. The bytecode is that of gdb's manual, appendix F.

/// What names mean where a target will evaluate an expression: always at the same instruction, so a
/// variable has a place there instead of a value.
///
/// Every call answers `nil` for a name it does not know. None may trap on any text.
public protocol CompilationContext {
  /// A register, without its `$`.
  func register(_ name: String) -> CompiledPlace?

  /// An argument or local variable in scope at that instruction.
  func variable(_ name: String) -> CompiledPlace?

  /// A function or global of the symbol file.
  func symbol(_ name: String) -> ExpressionSymbol?
}

/// Where the target finds a value, and what it is.
public struct CompiledPlace: Equatable, Sendable {
  /// A place that bytecode can name.
  public enum Place: Equatable, Sendable {
    /// In memory, at a register's value (by its number in `p` packets) plus an offset.
    case memory(register: Int?, offset: UInt64)
    /// In a register, from this bit on.
    case register(Int, shift: Int)
    /// Nowhere: it is this.
    case constant(UInt64)
    /// Not where bytecode gets at it; the text says why.
    case nowhere(String)
  }
  public var type: ValueType
  public var place: Place

  /// Creates a place of something of a type.
  public init(type: ValueType, place: Place) {
    self.type = type
    self.place = place
  }
}

/// What a log point prints, as bytecode leaves it on the stack.
public struct PrintedArgument: Equatable, Sendable {
  /// Its type, where an array has become a pointer.
  public var type: ValueType
  /// The bytes of the array that it points at; `nil` if it is none.
  public var arraySize: Int?

  /// Creates an argument.
  public init(type: ValueType, arraySize: Int? = nil) {
    self.type = type
    self.arraySize = arraySize
  }
}

/// Why an expression cannot be evaluated by the target; the text says what in it.
public struct CompilationError: Error, Equatable, Sendable {
  public let message: String

  /// Creates an error that says why.
  public init(_ message: String) { self.message = message }
}

extension Expression {
  /// The most bytes of an expression's code: a packet carries them as two digits each, beside those
  /// of its neighbours.
  public static let mostCode = 400

  /// Returns agent bytecode that leaves the expression's value, as a condition does.
  ///
  /// Its value is that of `evaluate`, with two exceptions that the target reports as a failure: memory
  /// that cannot be read and a division by zero.
  public func compiled(
    in context: some CompilationContext
  ) throws(CompilationError) -> [UInt8] {
    var compiler = BytecodeCompiler(context: context)
    _ = try compiler.value(root)
    return try compiler.finished()
  }

  /// Returns agent bytecode that prints: C's `printf` of a format, whose escapes are undone already,
  /// and of expressions, each with its type.
  ///
  /// `write` is told what is printed, and writes the format out of that.
  public static func compiledPrint(
    _ arguments: [Expression], in context: some CompilationContext,
    format write: ([PrintedArgument]) throws(CompilationError) -> [UInt8]
  ) throws(CompilationError) -> [UInt8] {
    var compiler = BytecodeCompiler(context: context)
    var printed: [PrintedArgument] = []
    // The first argument is taken first, so it is pushed last.
    for argument in arguments.reversed() {
      let size = try compiler.arraySize(argument.root)
      printed.append(PrintedArgument(type: try compiler.value(argument.root), arraySize: size))
    }
    printed.reverse()
    let format = try write(printed)
    guard arguments.count <= 32, format.count < 1024, !format.contains(0) else {
      throw CompilationError("the format is too long")
    }
    compiler.print(format, arguments: arguments.count)
    return try compiler.finished()
  }
}
