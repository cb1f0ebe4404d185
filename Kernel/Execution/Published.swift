// What the event loop tells of itself (Kernel/Publishing). Published are its own words, where they
// are; nothing is counted for it that is not counted anyway.

internal import Publishing
internal import Telemetry

extension EventLoop {
  /// Publishes the loop's counters, and begins to record long runs.
  func publish() {
    Publish.counter("loop.turns", at: publishedPlace(of: &turns))
    Publish.counter("loop.waits", at: publishedPlace(of: &waits))
    Publish.gauge("loop.moment", .instant, at: publishedPlace(of: &moment), type: .instant)
    trace.start()
  }

  /// Publishes the table of handlers, now that there is one to tell offsets by.
  func publish(_ first: Handler) {
    let start = UnsafeRawPointer(Unmanaged.passUnretained(first).toOpaque())
    func offset(_ address: UnsafeRawPointer) -> Int { address - start }
    Publish.table(
      "handlers", at: handlers.handlers, count: publishedPlace(of: &handlers.count),
      capacity: EventLoop.handlerLimit, stride: 8, flags: .rowsArePointers,
      [
        .text("name", at: offset(publishedPlace(of: &first.name))),
        .enumeration(
          "priority", at: offset(publishedPlace(of: &first.priority)), width: 1,
          ["high", "normal", "low"]),
        PublishedField("runs", at: offset(publishedPlace(of: &first.runs))),
        .histogram("delay", at: offset(publishedPlace(of: &first.delays))),
        .histogram("run", at: offset(publishedPlace(of: &first.spans))),
      ])
  }
}

extension Timers {
  /// Publishes the timers' counters, and the deadlines at the top of the heap: the earliest is the
  /// first, the others among them are in no order.
  func publish() {
    Publish.counter("timers.runs", at: publishedPlace(of: &runs))
    Publish.counter("timers.missed", at: publishedPlace(of: &queue.missed))
    Publish.gauge("timers.armed", at: publishedPlace(of: &queue.count))
    Publish.table(
      "timers.next", at: publishedPlace(of: &queue.nodes), count: publishedPlace(of: &queue.count),
      capacity: 16,
      stride: MemoryLayout<TimerQueue.Node>.stride, flags: .isIndirect,
      [PublishedField("deadline", .instant, .instant, at: 0)])
  }
}
