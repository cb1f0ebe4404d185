/// An expression's tree.
indirect enum Node: Sendable {
  case constant(Value)
  case name(String)
  /// `$name`, without the `$`.
  case dollar(String)
  case history(HistoryReference)
  case unary(UnaryOperator, Node)
  case binary(BinaryOperator, Node, Node)
  case conditional(Node, Node, Node)
  /// `left op= right`; a plain assignment has no operator.
  case assignment(Node, BinaryOperator?, Node)
  /// `++x`, `x--`; the value is the old one unless it is a prefix.
  case increment(Node, by: Int, isPrefix: Bool)
  case cast(ValueType, Node)
  /// `{type} address`
  case typed(ValueType, Node)
  case sizeOf(Node)
  case index(Node, Node)
}

/// Operators with one operand.
enum UnaryOperator: Sendable {
  case plus, minus, not, complement, contents, address
}

/// Operators with two operands, by their spelling.
enum BinaryOperator: String, Sendable {
  case comma = ","
  case or = "||"
  case and = "&&"
  case bitOr = "|"
  case bitXor = "^"
  case bitAnd = "&"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case greater = ">"
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case repeated = "@"
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"

  /// How tightly it binds; all of them are left-associative.
  var precedence: Int {
    switch self {
    case .comma: 1
    case .or: 4
    case .and: 5
    case .bitOr: 6
    case .bitXor: 7
    case .bitAnd: 8
    case .equal, .notEqual: 9
    case .less, .greater, .lessOrEqual, .greaterOrEqual: 10
    case .shiftLeft, .shiftRight: 11
    case .repeated: 12
    case .add, .subtract: 13
    case .multiply, .divide, .remainder: 14
    }
  }
}
