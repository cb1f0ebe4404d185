// What an interface tells of itself: what it has received and sent, and what it has dropped for
// which reason.

internal import Internet
internal import Publishing
internal import Telemetry

extension NetworkInterface {
  /// Publishes the counters where they stand in the stack.
  func publish() {
    Publish.counter("net.received.frames", at: publishedPlace(of: &stack.traffic.framesReceived))
    Publish.counter(
      "net.received.bytes", .bytes, at: publishedPlace(of: &stack.traffic.bytesReceived))
    Publish.counter("net.sent.frames", at: publishedPlace(of: &stack.traffic.framesSent))
    Publish.counter("net.sent.bytes", .bytes, at: publishedPlace(of: &stack.traffic.bytesSent))
    Publish.counter("net.tcp.cookies.sent", at: publishedPlace(of: &stack.cookieCounters.sent))
    Publish.counter(
      "net.tcp.cookies.accepted", at: publishedPlace(of: &stack.cookieCounters.accepted))
    let first = publishedPlace(of: &stack.drops.counts)
    for reason in Drop.allCases { Publish.counter(reason.name, at: first + 8 * reason.rawValue) }
  }
}
