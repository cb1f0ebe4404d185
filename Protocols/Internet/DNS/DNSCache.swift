// What is known of names, for as long as those who said it allow, in a table of fixed size. That
// something is not there is known too (RFC 2308).

/// Answers by question.
public struct DNSCache {
  private struct Place {
    let question: DNSQuestion
    let result: DNSResult
    let end: Moment
    var used: UInt64
  }

  private var places: [Place] = []
  private let capacity: Int
  private var clock: UInt64 = 0

  /// A cache for as many answers.
  public init(capacity: Int = 64) { self.capacity = max(capacity, 1) }

  /// Answers there are, those included whose time is over.
  public var count: Int { places.count }

  /// What is known, with the seconds that are left; nil if nothing is.
  public mutating func find(_ question: DNSQuestion, at now: Moment) -> DNSResult? {
    guard let index = places.firstIndex(where: { $0.question == question }) else { return nil }
    guard places[index].end > now else {
      places.remove(at: index)
      return nil
    }
    clock &+= 1
    places[index].used = clock
    var result = places[index].result
    result.seconds = UInt32(
      truncatingIfNeeded: (places[index].end - now).microseconds / 1_000_000)
    return result
  }

  /// Keeps a result, if it may be kept. When there is no room the one goes that was used longest ago.
  public mutating func insert(_ question: DNSQuestion, _ result: DNSResult, at now: Moment) {
    guard result.seconds > 0 else { return }
    places.removeAll { $0.question == question || $0.end <= now }
    if places.count >= capacity,
      let oldest = places.indices.min(by: { places[$0].used < places[$1].used })
    {
      places.remove(at: oldest)
    }
    clock &+= 1
    places.append(
      Place(
        question: question, result: result, end: now + .seconds(UInt64(result.seconds)), used: clock
      ))
  }

  /// Forgets everything: the servers are others now.
  public mutating func removeAll() { places = [] }
}
