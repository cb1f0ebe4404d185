// The levels as functions: `Log.warning("...")`.

extension Log {
  /// Logs a failure.
  public static func error(_ text: StaticString) { write(.error, text) }
  /// Logs a failure.
  @_disfavoredOverload public static func error(_ text: String) { write(.error, text) }

  /// Logs that something is wrong.
  public static func warning(_ text: StaticString) { write(.warning, text) }
  /// Logs that something is wrong.
  @_disfavoredOverload public static func warning(_ text: String) { write(.warning, text) }

  /// Logs what an operator wants to know.
  public static func notice(_ text: StaticString) { write(.notice, text) }
  /// Logs what an operator wants to know.
  @_disfavoredOverload public static func notice(_ text: String) { write(.notice, text) }

  /// Logs what explains something later.
  public static func info(_ text: StaticString) { write(.info, text) }
  /// Logs what explains something later.
  @_disfavoredOverload public static func info(_ text: String) { write(.info, text) }

  /// Logs what a developer wants to know.
  public static func debug(_ text: StaticString) { write(.debug, text) }
  /// Logs what a developer wants to know.
  @_disfavoredOverload public static func debug(_ text: String) { write(.debug, text) }
}
