// The global actor of the main loop. Ordinary Swift has one of this name; the embedded library
// comes without, so here it is for images, with the same members. An image that names it nowhere
// has none of it.

#if hasFeature(Embedded) && canImport(_Concurrency)
internal import _Concurrency

/// The actor of code that must not run beside other code marked `@MainActor`.
///
/// All jobs of a core run on its loop, one after another, and so do these: what the actor adds is
/// that the compiler checks who touches what. A call from elsewhere costs as much as that of any
/// actor: nothing is queued while the actor is idle.
@globalActor public final actor MainActor {
  /// The actor.
  public static let shared = MainActor()

  /// Runs `body` on the actor and returns its value.
  @_alwaysEmitIntoClient
  public static func run<Value: Sendable, Failure: Error>(
    resultType: Value.Type = Value.self, body: @MainActor @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    try await body()
  }

  /// Runs `operation` at once, in code that is known to be on the main loop though the compiler
  /// cannot see it: handlers and timers of the event loop always are.
  @_alwaysEmitIntoClient
  public static func assumeIsolated<Value: Sendable, Failure: Error>(
    _ operation: @MainActor () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    typealias Unmarked = () throws(Failure) -> Value
    return try withoutActuallyEscaping(operation) { function throws(Failure) in
      // Safety: the two types differ in what the compiler checks only; one core runs one piece of
      // code at a time, and the actor's jobs are never in the middle of anything meanwhile.
      try unsafeBitCast(function, to: Unmarked.self)()
    }
  }
}
#endif
