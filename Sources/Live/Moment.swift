// One moment of an instance's life, as the history keeps it: numbers without their names, and what
// did not change shared with the moment before, so that minutes of them fit into little memory.

public import Readings
public import Telemetry

/// The names that go with a moment's numbers. Moments share it while the names stay.
public final class Names: Sendable {
  /// One counter or gauge.
  public struct Entry: Sendable, Equatable {
    public var name: String
    public var kind: EntryKind
    public var unit: Unit
    /// Whether its values are signed, as two's complement.
    public var isSigned: Bool
  }

  /// In the order of the root block.
  public let entries: [Entry]
  private let places: [String: Int]

  init(_ entries: [Entry]) {
    self.entries = entries
    places = Dictionary(
      entries.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The place of the first value of this name.
  public func place(of name: String) -> Int? { places[name] }
}

/// A fiber as it was at one moment.
public struct FiberReading: Sendable, Equatable {
  public var name: String
  public var number: UInt64
  /// Whether it could run; else it waits, or runs.
  public var isReady: Bool
  /// When it was last set aside, in nanoseconds since boot; 0 for never.
  public var since: UInt64
  /// Bytes of its stack that are free below where it stands; nil while that is not known.
  public var margin: UInt64?
  public var stackSize: UInt64

  /// Creates a fiber's state.
  public init(
    name: String, number: UInt64, isReady: Bool, since: UInt64, margin: UInt64?, stackSize: UInt64
  ) {
    self.name = name
    self.number = number
    self.isReady = isReady
    self.since = since
    self.margin = margin
    self.stackSize = stackSize
  }

  init?(_ row: ReadingRow) {
    guard let number = row["number"]?.number else { return nil }
    self.number = number
    name = row["name"]?.text ?? ""
    isReady = row["state"]?.number == 1
    since = row["since"]?.number ?? 0
    stackSize = row["stackSize"]?.number ?? 0
    if let pointer = row["stackPointer"]?.number, let start = row["stack"]?.number,
      pointer >= start, pointer - start <= stackSize
    {
      margin = pointer - start
    }
  }
}

/// What an instance told of itself at one moment.
public struct Moment: Sendable {
  /// Microseconds of the host's monotonic clock.
  public var taken = 0
  /// Nanoseconds since boot, as far as known.
  public var time: UInt64?
  public var names: Names
  /// The counters and gauges, in the order of `names`; the bits where signed.
  public var values: [UInt64] = []
  public var handlers: [HandlerReading] = []
  public var classes: [ClassReading] = []
  public var fibers: [FiberReading] = []
  /// The connections of its network.
  public var connections: [ConnectionReading] = []
  /// When the tasks that are ready became so, in nanoseconds since boot.
  public var ready: [UInt64] = []
  /// When the next timer is due, in nanoseconds since boot.
  public var deadline: UInt64?
  public var heapCapacity: UInt64 = 0
  /// Whether nobody looked before it, or the instance stood still: no rate leads across.
  public var isAfterGap = false

  /// The value of a counter or gauge; nil if there is none of this name.
  public func number(_ name: String) -> UInt64? {
    guard let place = names.place(of: name), values.indices.contains(place) else { return nil }
    return values[place]
  }

  /// The handler that runs; nil for none.
  public var running: Int? {
    guard let number = number("core.0.handler"), number > 0, number <= UInt64(handlers.count)
    else { return nil }
    return Int(number) - 1
  }

  /// Bytes that it takes, about, beyond what it shares with `earlier`.
  func bytes(beyond earlier: Moment?) -> Int {
    var bytes = 256 + 8 * values.count + handlers.count * 200 + 24 * classes.count
    bytes += 72 * fibers.count + 8 * ready.count
    if earlier?.connections != connections { bytes += 200 * connections.count }
    for (place, handler) in handlers.enumerated() {
      let before = earlier.flatMap {
        $0.handlers.indices.contains(place) ? $0.handlers[place] : nil
      }
      if before?.runs != handler.runs {
        bytes += 4 * (handler.delay.counts.count + handler.run.counts.count)
      }
    }
    return bytes
  }
}

extension Moment {
  /// The most that is kept of each kind, whatever a target claims to have.
  static let most = (values: 2048, handlers: 128, fibers: 512, connections: 64)

  /// A reading as a moment; shares with `earlier` what did not change.
  public init(_ reading: Reading, after earlier: Moment?) {
    taken = reading.taken
    time = reading.time
    var entries: [Names.Entry] = []
    for entry in reading.entries where entry.kind == .counter || entry.kind == .gauge {
      guard entries.count < Self.most.values, case .cell(let cell) = entry.value,
        let number = cell.number
      else { continue }
      var isSigned = false
      if case .signed = cell { isSigned = true }
      entries.append(
        Names.Entry(
          name: String(entry.name.prefix(256)), kind: entry.kind, unit: entry.unit,
          isSigned: isSigned))
      values.append(number)
    }
    if let names = earlier?.names, names.entries == entries {
      self.names = names
    } else {
      names = Names(entries)
    }
    handlers = Array(reading.handlers.prefix(Self.most.handlers))
    if let before = earlier?.handlers {
      for place in handlers.indices
      where place < before.count && handlers[place] == before[place] {
        handlers[place] = before[place]
      }
    }
    classes = reading.classes
    fibers = reading.rows("fibers").prefix(Self.most.fibers).compactMap { FiberReading($0) }
    ready = reading.rows("async.ready").prefix(Self.most.fibers).map { $0["since"]?.number ?? 0 }
    connections = Array(reading.connections.prefix(Self.most.connections))
    if let earlier {
      if connections == earlier.connections { connections = earlier.connections }
      if classes == earlier.classes { classes = earlier.classes }
      if fibers == earlier.fibers { fibers = earlier.fibers }
      if ready == earlier.ready { ready = earlier.ready }
    }
    deadline = reading.rows("timers.next").first?["deadline"]?.number
    heapCapacity = reading.heapCapacity
  }
}
