// Work with a time limit, as structured concurrency has it: the limit cancels the work and waits
// for its end, so nothing runs on behind the caller's back. The same in images and in ordinary
// Swift.

#if canImport(_Concurrency)
internal import _Concurrency

/// Runs `work` as a child task and cancels it when `limit` has passed.
///
/// Cancellation asks and does not force: this returns when the work has ended. Cancelling the
/// caller cancels the work too. Rethrows what `work` throws in time.
///
/// - Returns: What `work` returned, or nil if the limit came first.
public func withTimeout<Value: Sendable, Failure>(
  _ limit: Duration, _ work: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value? {
  let outcome = await withTaskGroup(of: Outcome<Value, Failure>.self) { group in
    group.addTask {
      do throws(Failure) { return .value(try await work()) } catch { return .failure(error) }
    }
    group.addTask {
      try? await Task.sleep(for: limit)
      return .limit
    }
    // The first to end decides; leaving the group waits for the other.
    let first = await group.next() ?? .limit
    group.cancelAll()
    guard case .limit = first, Task.isCancelled else { return first }
    // The caller was cancelled, which ended the wait for the limit: the work's answer counts.
    return await group.next() ?? .limit
  }
  switch outcome {
  case .value(let value): return value
  case .failure(let failure): throw failure
  case .limit: return nil
  }
}

/// How a piece of work with a limit ended.
private enum Outcome<Value: Sendable, Failure: Error>: Sendable {
  case value(Value)
  case failure(Failure)
  case limit
}
#endif
