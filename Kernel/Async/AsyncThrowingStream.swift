// A stream that may end with an error. Ordinary Swift's can be made with untyped errors only, and
// those Embedded Swift has not: this one, in images and in ordinary Swift alike, has the error's
// type. Its members are those of the standard library's; of these, `init(unfolding:)` and the
// comparison of sources are left out.

#if canImport(_Concurrency)
internal import Synchronization
public import _Concurrency

/// A sequence of elements that come when they come, and in the end perhaps an error.
///
/// Elements wait in an `AsyncStream`; the error stands beside it and is thrown once, after them.
public struct AsyncThrowingStream<Element, Failure: Error>: AsyncSequence {
  public typealias BufferingPolicy = AsyncStream<Element>.Continuation.BufferingPolicy

  private let elements: AsyncStream<Element>
  private let ending: StreamEnding<Failure>

  /// A stream that `build` gets the source of.
  public init(
    _ elementType: Element.Type = Element.self,
    bufferingPolicy limit: BufferingPolicy = .unbounded, _ build: (Continuation) -> Void
  ) {
    let continuation: Continuation
    (self, continuation) = Self.makeStream(bufferingPolicy: limit)
    build(continuation)
  }

  /// A stream and its source.
  public static func makeStream(
    of elementType: Element.Type = Element.self, throwing failureType: Failure.Type = Failure.self,
    bufferingPolicy limit: BufferingPolicy = .unbounded
  ) -> (stream: AsyncThrowingStream, continuation: Continuation) {
    let (elements, source) = AsyncStream.makeStream(of: Element.self, bufferingPolicy: limit)
    let ending = StreamEnding<Failure>()
    return (
      AsyncThrowingStream(elements: elements, ending: ending),
      Continuation(source: source, ending: ending)
    )
  }

  private init(elements: AsyncStream<Element>, ending: StreamEnding<Failure>) {
    self.elements = elements
    self.ending = ending
  }

  public func makeAsyncIterator() -> Iterator {
    Iterator(elements: elements.makeAsyncIterator(), ending: ending)
  }

  /// Takes the stream's elements.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate var elements: AsyncStream<Element>.Iterator
    fileprivate let ending: StreamEnding<Failure>

    /// The next element, once there is one; nil after the last, or when the task is cancelled.
    /// Throws what the source finished with, once.
    public mutating func next() async throws(Failure) -> Element? {
      try await next(isolation: nil)
    }

    /// The same, without leaving the caller's actor.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(Failure) -> Element? {
      if let element = await elements.next(isolation: actor) { return element }
      if let failure = ending.take() { throw failure }
      return nil
    }
  }

  /// The source of a stream; copies are the same source.
  public struct Continuation: Sendable {
    public typealias BufferingPolicy = AsyncThrowingStream.BufferingPolicy
    public typealias YieldResult = AsyncStream<Element>.Continuation.YieldResult

    fileprivate let source: AsyncStream<Element>.Continuation
    fileprivate let ending: StreamEnding<Failure>

    /// Hands an element over; says what became of it.
    @discardableResult
    public func yield(_ element: sending Element) -> YieldResult { source.yield(element) }

    /// Hands over the element, or ends the stream with the error.
    @discardableResult
    public func yield(with result: sending Result<Element, Failure>) -> YieldResult {
      switch result {
      case .success(let element): return source.yield(element)
      case .failure(let error):
        finish(throwing: error)
        return .terminated
      }
    }

    /// Hands over the element of a stream of mere news.
    @discardableResult
    public func yield() -> YieldResult where Element == Void { source.yield(()) }

    /// Ends the stream after the elements that wait, with an error or without. Only the first end
    /// counts.
    public func finish(throwing error: Failure? = nil) {
      ending.set(error)
      source.finish()
    }

    /// Why a stream has no more elements to come.
    public enum Termination: Sendable {
      /// Its source finished it, with an error or without.
      case finished(Failure?)
      /// The task that reads it was cancelled, or nobody can read it any more.
      case cancelled
    }

    /// Called once when the stream ends; nil at first.
    public var onTermination: (@Sendable (Termination) -> Void)? {
      get {
        guard let handler = source.onTermination else { return nil }
        return { termination in
          if case .cancelled = termination { handler(.cancelled) } else { handler(.finished) }
        }
      }
      nonmutating set {
        guard let handler = newValue else { return source.onTermination = nil }
        let ending = ending
        source.onTermination = { termination in
          switch termination {
          case .finished: handler(.finished(ending.error))
          case .cancelled: handler(.cancelled)
          @unknown default: handler(.finished(ending.error))
          }
        }
      }
    }
  }
}

extension AsyncThrowingStream: Sendable where Element: Sendable {}

/// How a stream ends. The first who ends it decides: its source, or a reader that was cancelled.
// Safety: `failure` is written once, by whoever took `state` from open to deciding, and read after
// that one had left it behind.
private final class StreamEnding<Failure: Error>: @unchecked Sendable {
  private let state = Atomic<UInt8>(EndingState.open.rawValue)
  private var failure: Failure?

  /// The error that the source finished with; nil if it did without, or did not.
  var error: Failure? {
    switch EndingState(rawValue: state.load(ordering: .acquiring)) {
    case .decided, .thrown: failure
    default: nil
    }
  }

  func set(_ error: Failure?) {
    guard move(from: .open, to: .deciding) else { return }
    failure = error
    state.store(EndingState.decided.rawValue, ordering: .releasing)
  }

  /// The same, for the first who asks.
  func take() -> Failure? {
    if move(from: .decided, to: .thrown) { return failure }
    _ = move(from: .open, to: .cancelled)
    return nil
  }

  private func move(from old: EndingState, to new: EndingState) -> Bool {
    state.compareExchange(
      expected: old.rawValue, desired: new.rawValue, ordering: .acquiringAndReleasing
    ).exchanged
  }
}

private enum EndingState: UInt8 { case open, deciding, decided, thrown, cancelled }
#endif
