// Where the two styles meet: a task may wait for a fiber, and a fiber for a task. Neither ever
// runs on the other's stack, nor blocks the loop: the fiber ends by resuming the task, the task
// by a channel that has room. (`@_alwaysEmitIntoClient`: of a generic async function the compiler otherwise
// leaves a stump in every image, used or not.)

#if canImport(_Concurrency)
public import Blocking
public import _Concurrency

extension Fiber {
  /// Runs `body` on a fiber of its own and returns its value: blocking code, called from a task.
  ///
  /// The task is suspended meanwhile. Cancelling it does not end the fiber; a body that can be
  /// told to stop waits for a `Gate` that the task's cancellation handler opens.
  @_alwaysEmitIntoClient
  public static func run<Value, Failure: Error>(
    _ name: StaticString = "run", stackSize: Int = defaultStackSize,
    _ body: @escaping () throws(Failure) -> sending Value
  ) async throws(Failure) -> sending Value {
    let work = Unchecked(body)
    let result = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<Unchecked<Result<Value, Failure>>, Never>) in
      spawn(name, stackSize: stackSize) {
        let body = work.value
        let result: Result<Value, Failure>
        do throws(Failure) { result = .success(try body()) } catch { result = .failure(error) }
        continuation.resume(returning: Unchecked(result))
      }
    }
    return try result.value.get()
  }

  /// Runs `operation` as a task and returns its value: async code, called from a fiber, which is
  /// blocked meanwhile while the loop goes on.
  ///
  /// Panics outside a fiber; in a task that is what `await` is for.
  @_alwaysEmitIntoClient
  public static func wait<Value>(
    _ operation: @escaping () async -> sending Value
  ) -> sending Value {
    let answer = Unchecked(Channel<Unchecked<Value>>(capacity: 1))
    let work = Unchecked(operation)
    Task { _ = answer.value.trySend(Unchecked(await work.value())) }
    // The channel has room for one value, gets one, and is never closed.
    return answer.value.receive().unsafelyUnwrapped.value
  }
}

/// Carries a value between fiber and task.
// Safety: both run on the one core of the loop, and never at the same time.
@usableFromInline
struct Unchecked<Value>: @unchecked Sendable {
  // Safety: as above.
  @usableFromInline nonisolated(unsafe) let value: Value
  @_alwaysEmitIntoClient init(_ value: Value) { self.value = value }
}
#endif
