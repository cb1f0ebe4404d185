// What the history tells of a span of time: rates, shares, quantiles, and rows of them for the small
// graphs on the screens.

public import Readings
public import Telemetry

/// Two moments, and what happened between them.
public struct Stretch: Sendable {
  public let now: Moment
  public let before: Moment

  /// What happened between two moments.
  public init(from before: Moment, to now: Moment) {
    self.before = before
    self.now = now
  }

  /// What happened since the instance began, up to a moment; nil where its time is not known.
  public init?(sinceBootTo now: Moment) {
    guard let time = now.time else { return nil }
    var before = now
    before.time = 0
    before.taken = now.taken - Int(clamping: time / 1000)
    before.values = now.values.map { _ in 0 }
    before.handlers = now.handlers.map {
      HandlerReading(
        name: $0.name, priority: $0.priority, runs: 0, delay: HistogramValue(),
        run: HistogramValue())
    }
    self.init(from: before, to: now)
  }

  /// Seconds of the host between them, above 0.
  public var seconds: Double { max(Double(now.taken - before.taken) / 1e6, 1e-6) }

  /// Seconds of the instance between them; nil where that cannot be told. They stand still while its
  /// loop does.
  public var ownSeconds: Double? {
    guard let now = now.time, let before = before.time, now > before else { return nil }
    return Double(now - before) / 1e9
  }

  /// How much a value grew; nil where it is not the same one, or fell.
  public func growth(at place: Int) -> UInt64? {
    guard now.values.indices.contains(place), before.values.indices.contains(place),
      now.names === before.names
        || before.names.entries[place].name == now.names.entries[place].name,
      now.values[place] >= before.values[place]
    else { return nil }
    return now.values[place] - before.values[place]
  }

  /// How much the value of this name grew.
  public func growth(_ name: String) -> UInt64? {
    now.names.place(of: name).flatMap { growth(at: $0) }
  }

  /// How much a value grew a second.
  public func rate(at place: Int) -> Double? { growth(at: place).map { Double($0) / seconds } }

  /// How much the value of this name grew a second.
  public func rate(_ name: String) -> Double? { growth(name).map { Double($0) / seconds } }

  /// What a handler did; nil where it is not the same one.
  public func handler(_ place: Int) -> HandlerReading? {
    guard now.handlers.indices.contains(place) else { return nil }
    let handler = now.handlers[place]
    guard before.handlers.indices.contains(place), before.handlers[place].name == handler.name,
      before.handlers[place].runs <= handler.runs
    else { return nil }
    return handler.since(before.handlers[place])
  }

  /// The share of the time that handlers ran, 0 to 1.
  public var load: Double? {
    var total: UInt64 = 0
    for place in now.handlers.indices {
      guard before.handlers.indices.contains(place) else { continue }
      let (new, old) = (now.handlers[place].run.total, before.handlers[place].run.total)
      if new >= old { total &+= new - old }
    }
    return min(Double(total) / 1e9 / max(seconds, ownSeconds ?? 0), 1)
  }

  /// How long events waited, all handlers together; the maximum is of the time since boot.
  public var delay: HistogramValue {
    now.handlers.indices.compactMap { handler($0)?.delay }
      .reduce(HistogramValue()) { $0.adding($1) }
  }
}

extension HistogramValue {
  /// The counts of both.
  public func adding(_ other: HistogramValue) -> HistogramValue {
    if count == 0 { return other }
    if other.count == 0 { return self }
    let start = min(first, other.first)
    let end = max(first + counts.count, other.first + other.counts.count)
    var sum = [UInt32](repeating: 0, count: max(0, end - start))
    for (place, count) in counts.enumerated() { sum[first - start + place] &+= count }
    for (place, count) in other.counts.enumerated() { sum[other.first - start + place] &+= count }
    return HistogramValue(
      first: start, counts: sum, maximum: max(maximum, other.maximum), total: total &+ other.total)
  }

  /// The largest value, to within a sixteenth, by the counts alone: what `since` leaves a maximum for.
  public var highest: UInt64 {
    guard let last = counts.lastIndex(where: { $0 > 0 }) else { return 0 }
    let bucket = first + last
    let next = bucket >= 495 ? UInt64.max : Self.lowest(of: bucket + 1) - 1
    return min(next, maximum)
  }
}

extension LiveHistory {
  /// What happened in the `span` microseconds up to the moment at `place`.
  public func stretch(to place: Int, over span: Int = 1_000_000) -> Stretch? {
    earlier(than: place, by: span).map { Stretch(from: moments[$0], to: moments[place]) }
  }

  /// `count` values, `step` microseconds apart, the last one up to the moment at `place`; nil where
  /// nothing is known.
  public func series(
    to place: Int, count: Int, step: Int = 1_000_000, _ value: (Stretch) -> Double?
  ) -> [Double?] {
    guard moments.indices.contains(place), count > 0 else { return [] }
    var values = [Double?](repeating: nil, count: count)
    var end = place
    for index in stride(from: count - 1, through: 0, by: -1) {
      let limit = moments[end].taken - step
      var start = end
      var isBroken = false
      while start > 0, moments[start].taken > limit {
        if moments[start].isAfterGap { isBroken = true }
        start -= 1
      }
      guard start < end else { break }
      if !isBroken { values[index] = value(Stretch(from: moments[start], to: moments[end])) }
      end = start
    }
    return values
  }
}
