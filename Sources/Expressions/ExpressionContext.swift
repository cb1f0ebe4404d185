public import Bytes

/// What the names in an expression stand for: a selected frame, a target, remembered values.
///
/// Every call answers `nil` for a name it does not know. None may trap on any text.
public protocol ExpressionContext {
  /// The register of the selected frame, without its `$`: `rax`, `eax`, `pc`, `sp`, `fp`, `xmm0`.
  ///
  /// Its `place` is `.register` with the name that `assign` understands. `pc` has type pointer to
  /// code, `sp` and `fp` pointer to void.
  func register(_ name: String) -> Value?

  /// An argument or local variable in scope; `Value.absent` if it has no value here.
  func variable(_ name: String) -> Value?

  /// A function or global of the symbol file.
  func symbol(_ name: String) -> ExpressionSymbol?

  /// Exactly `count` bytes (at most 65,536), or `nil` if any of them cannot be read.
  func readMemory(_ address: Address, _ count: Int) -> [UInt8]?

  /// A convenience variable, without its `$`.
  func convenience(_ name: String) -> Value?

  /// A value of the history.
  func history(_ reference: HistoryReference) -> Value?

  /// Changes what a place holds; the value has the place's size already.
  func assign(_ value: Value, to place: Value.Place) throws(ExpressionError)
}

/// What a symbol's name stands for in an expression.
public struct ExpressionSymbol: Equatable, Sendable {
  public var address: Address
  /// Its size in bytes; 0 if unknown.
  public var size: Int
  /// Its type; `.code` for a function, `nil` for data of unknown type.
  public var type: ValueType?

  /// Creates a symbol's meaning.
  public init(address: Address, size: Int, type: ValueType?) {
    self.address = address
    self.size = size
    self.type = type
  }
}

/// Which value of the history an expression means.
public enum HistoryReference: Hashable, Sendable {
  /// `$5`
  case number(Int)
  /// `$` is 0, `$$` is 1, `$$3` is 3 values before the last.
  case back(Int)
}

/// Why an expression has no value; the message is gdb's where gdb has one.
public enum ExpressionError: Error, Equatable, Sendable {
  /// The text is not an expression; `near` is what follows the error.
  case syntax(near: String)
  /// A literal that is no number: `0x`, `12q`.
  case invalidNumber(String)
  /// No register, variable or symbol of that name.
  case noSymbol(String)
  /// A symbol without type information, used as a value.
  case unknownType(String)
  /// Memory that cannot be read or written.
  case unreadable(Address)
  /// No such entry in the value history.
  case noHistory(Int)
  /// An operand of the wrong kind; the text is the whole message.
  case operand(String)
  /// Longer or deeper than is evaluated: 4,096 characters, 256 operators.
  case tooComplex

  /// One line for a person.
  public var message: String {
    switch self {
    case .syntax(let near): "A syntax error in expression, near `\(near)'."
    case .invalidNumber(let text): "Invalid number \"\(text)\"."
    case .noSymbol(let name): "No symbol \"\(name)\" in current context."
    case .unknownType(let name): "'\(name)' has unknown type; cast it to its declared type"
    case .unreadable(let address): "Cannot access memory at address \(address.hex)"
    case .noHistory(let number): "History has not yet reached $\(number)."
    case .operand(let text): text
    case .tooComplex: "The expression is too long: split it with $variables."
    }
  }
}
