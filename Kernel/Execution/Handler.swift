// Handlers: named pieces of code that the event loop runs to completion when they are marked.

/// Names a handler of one event loop.
public struct HandlerID: Hashable, Sendable {
  /// The handler's bit in the loop's ready set, 0 to 63.
  public let rawValue: UInt8
}

/// What the loop knows of one handler.
public struct HandlerStatistics: Sendable {
  /// The name given at registration.
  public let name: StaticString
  /// How often it has run.
  public let runs: UInt64
}

/// A handler as the loop keeps it.
struct Handler {
  let name: StaticString
  let body: () -> Void
  var runs: UInt64 = 0

  init(name: StaticString, body: @escaping () -> Void) {
    self.name = name
    self.body = body
  }
}
