// Handlers: named pieces of code that the event loop runs to completion when they are marked.

internal import Machine

/// Names a handler of one event loop.
public struct HandlerID: Hashable, Sendable {
  /// The handler's bit in the loop's ready set, 0 to 63.
  public let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// Which of several ready handlers runs first; see `EventLoop` for the rules.
public enum Priority: UInt8, Sendable {
  /// Before all others, and between any two of them.
  case high
  /// In order of registration.
  case normal
  /// When nothing else is ready.
  case low
}

/// How long something took, over all the times it happened. Nanoseconds.
public struct DurationStatistics: Sendable {
  /// Half of all took no longer, to within 1/16.
  public let p50: UInt64
  /// 99 of 100 took no longer, to within 1/16.
  public let p99: UInt64
  /// The longest, exactly.
  public let maximum: UInt64
  /// All of them together.
  public let total: UInt64

  init(_ histogram: borrowing Histogram) {
    p50 = histogram.quantile(perMille: 500)
    p99 = histogram.quantile(perMille: 990)
    maximum = histogram.maximum
    total = histogram.total
  }
}

/// What the loop knows of one handler.
public struct HandlerStatistics: Sendable {
  /// The name given at registration.
  public let name: StaticString
  /// The rank given at registration.
  public let priority: Priority
  /// How often it has run. Of "timers" and "async": how many timers and jobs have.
  public let runs: UInt64
  /// From the mark to the start. Of a handler with a line: from when the loop took the line,
  /// at the end of the handler that the interrupt came into, or of the halt. Of "timers": from
  /// the deadline. Of "async": from when the job became ready.
  public let delay: DurationStatistics
  /// From the start to the end.
  public let run: DurationStatistics
  /// The bytes that the two histograms take.
  public let bytes: Int

  init(_ handler: Handler) {
    name = handler.name
    priority = handler.priority
    runs = handler.runs
    delay = DurationStatistics(handler.delays)
    run = DurationStatistics(handler.spans)
    bytes = handler.delays.bytes &+ handler.spans.bytes
  }
}

/// A handler as the loop keeps it.
final class Handler {
  // Variables, and never changed: so that they have an address to publish.
  var name: StaticString
  var priority: Priority
  /// Whether the body is a series of small things that are timed one by one, by itself.
  let timesItself: Bool
  let body: () -> Void
  /// Its place in the loop's table.
  var number: UInt8 = 0
  /// When it became ready.
  var readySince: UInt64 = 0
  var runs: UInt64 = 0
  var delays = Histogram()
  var spans = Histogram()

  init(
    _ name: StaticString, priority: Priority, timesItself: Bool, body: @escaping () -> Void
  ) {
    self.name = name
    self.priority = priority
    self.timesItself = timesItself
    self.body = body
  }

  /// Notes one run.
  @inline(__always)
  func ran(readySince mark: UInt64, from start: UInt64, to end: UInt64) {
    runs &+= 1
    delays.record(start > mark ? start &- mark : 0)
    spans.record(end &- start)  // of one clock, which never goes back
  }
}

/// The handlers of a loop by number, and the numbers by interrupt line. Never shrinks.
struct HandlerTable: ~Copyable {
  // Safety: room for `EventLoop.handlerLimit` handlers, of which the first `count` are
  // initialised and owned; of numbers for 64 lines all are.
  let handlers: UnsafeMutablePointer<Unmanaged<Handler>>
  private let routes: UnsafeMutablePointer<UInt8>
  var count = 0

  init() {
    handlers = .allocate(capacity: EventLoop.handlerLimit)
    routes = .allocate(capacity: 64)
    routes.initialize(repeating: .max, count: 64)
  }

  deinit {
    for number in 0..<count { handlers[number].release() }
    handlers.deallocate()
    routes.deallocate()
  }

  /// Adds a handler; the caller has looked at the limit.
  mutating func append(_ handler: Handler, line: Line?) -> UInt8 {
    (handlers + count).initialize(to: .passRetained(handler))
    let number = UInt8(count)
    count &+= 1
    if let line { routes[Int(line.rawValue)] = number }
    return number
  }

  /// The handler with this number, which must be below `count`.
  @inline(__always)
  subscript(number: Int) -> Unmanaged<Handler> { handlers[number] }

  /// The number of the handler that serves `line`; nil for none.
  @inline(__always)
  func handler(of line: Line) -> UInt8? {
    let number = routes[Int(line.rawValue)]
    return number == .max ? nil : number
  }
}
