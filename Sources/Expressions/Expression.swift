/// One parsed expression in gdb's C-like grammar.
///
/// It can be kept and evaluated again, as breakpoint conditions are.
public struct Expression: Sendable {
  /// What was parsed.
  public let text: String
  let root: Node

  /// Parses a whole text of at most 4,096 bytes and 256 operators.
  public static func parse(_ text: String) throws(ExpressionError) -> Expression {
    guard text.utf8.count <= 4096 else { throw .tooComplex }
    var parser = try Parser(Array(text.utf8))
    return Expression(text: text, root: try parser.whole())
  }

  /// Parses a text that may be a type alone, as `sizeof`, `whatis` and `watch -l` take it.
  public static func parseType(_ text: String) -> ValueType? {
    guard text.utf8.count <= 4096, var parser = try? Parser(Array(text.utf8)) else { return nil }
    return try? parser.wholeType()
  }

  /// Evaluates the expression, reading memory only where its value needs it.
  public func evaluate(in context: some ExpressionContext) throws(ExpressionError) -> Value {
    try Evaluator(context: context).value(root)
  }

  /// Evaluates it as `evaluate` does, but leaves the outermost value unread: its type and place
  /// are right and its bits are zero. For `watch`, `x` and `&`.
  public func locate(in context: some ExpressionContext) throws(ExpressionError) -> Value {
    try Evaluator(context: context).value(root, reads: false)
  }
}
