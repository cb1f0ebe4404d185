// An instance's profile as it grows (Kernel/Profiler/SPEC.md). Its rows never change once they are
// there, so each is read once; what is read again and again are counts and the newest samples. So a
// screen can follow a profile ten times a second at next to no cost, where a whole reading of the
// tables would have cost milliseconds.

public import Telemetry

/// Whose samples were: the newest of an instance, from the ring in its memory.
public struct ProfileSample: Hashable, Sendable {
  /// The number of its spot, from 1; 0 for none.
  public var spot: UInt32
  /// The event handler's number plus one; 0 for none.
  public var handler: UInt8
  /// The fiber's and the task's numbers; 0 for none.
  public var fiber: UInt32
  public var task: UInt32

  /// Creates a sample.
  public init(spot: UInt32, handler: UInt8 = 0, fiber: UInt32 = 0, task: UInt32 = 0) {
    self.spot = spot
    self.handler = handler
    self.fiber = fiber
    self.task = task
  }
}

/// When and in whose run a sample was taken.
public struct TimedSample: Equatable, Sendable {
  /// Nanoseconds since boot.
  public var time: UInt64
  /// The number of its spot, from 1; 0 for none.
  public var spot: UInt32
  /// The event handler's number plus one; 0 for none.
  public var handler: UInt8

  /// Creates a sample.
  public init(time: UInt64, spot: UInt32, handler: UInt8) {
    self.time = time
    self.spot = spot
    self.handler = handler
  }
}

/// Everything read of an instance's profile so far.
public struct ProfileTables: Sendable {
  /// Where a sample was taken: row n - 1 is spot n. `count` is that of the latest look.
  public private(set) var spots: [ProfileReading.Spot] = []
  /// The counters and gauges `profile.*` by the rest of their names.
  public private(set) var counters: [String: UInt64] = [:]
  /// The samples that came since the look before; nil where they are not to be had.
  public private(set) var samples: [ProfileSample]?
  /// The same with their times, as far as the instance tells how its clock goes.
  public private(set) var timed: [TimedSample] = []
  /// Samples that were overwritten before anybody looked.
  public private(set) var missedSamples: UInt64 = 0
  /// How many times the instance has begun anew, so that rows are others.
  public private(set) var generation = 0

  private var stacks: [ProfileReading.Stack] = []
  private var latestSample: UInt64?
  private var places: Places?

  /// The most rows that are taken, and the most samples at one look.
  static let most = (rows: UInt64(1 << 16), samples: UInt64(1 << 14))

  /// Tables of nothing.
  public init() {}

  /// Samples a second that are asked for; nil if the instance has no profiler.
  public var rate: UInt64? { counters["rate"] }

  /// Looks at what is new; false if there is no profile.
  ///
  /// Cost: some microseconds, and fractions of one for each spot and each new sample.
  @discardableResult
  public mutating func look(at root: UInt64, in memory: some TelemetryMemory) -> Bool {
    guard let root = Root(at: root, in: memory) else { return false }
    if places?.generation != root.generation { places = Places(root, in: memory) }
    guard let places else {
      counters = [:]
      return false
    }
    counters = places.numbers.reduce(into: [:]) { $0[$1.name] = $1.entry.value(in: memory) }
    let latest = Self.latest(places.spots, memory)
    if latest < UInt64(spots.count) { beginAnew() }
    readStacks(places, memory)
    readSpots(places, upTo: latest, memory)
    guard let counts = places.counts.base(in: memory) else { return false }
    for index in spots.indices {
      if let count = memory.word(at: counts &+ UInt64(index) &* 8) { spots[index].count = count }
    }
    readSamples(TickClock(of: root, in: memory), memory)
    return true
  }

  /// Takes a profile that was read otherwise, with spots numbered from 1 without a hole, and the
  /// samples that came since the one before, where they are known.
  public mutating func take(
    _ profile: ProfileReading, samples new: [ProfileSample]? = nil, timed: [TimedSample] = []
  ) {
    if profile.spots.count < spots.count { beginAnew() }
    spots = profile.spots
    counters = profile.counters
    counters["rate"] = profile.rate
    samples = new
    self.timed = timed
  }

  private mutating func beginAnew() {
    spots = []
    stacks = []
    latestSample = nil
    missedSamples = 0
    generation += 1
  }

  /// How many rows there are: these rings never come round.
  private static func latest(_ ring: Entry, _ memory: some TelemetryMemory) -> UInt64 {
    min(ring.count(in: memory) ?? 0, UInt64(ring.capacity), most.rows)
  }

  private mutating func readStacks(_ places: Places, _ memory: some TelemetryMemory) {
    let latest = Self.latest(places.stacks, memory)
    while UInt64(stacks.count) < latest,
      let row = places.stacks.record(UInt64(stacks.count) + 1, in: memory),
      let stack = places.stack(at: row, in: memory)
    {
      stacks.append(stack)
    }
  }

  private mutating func readSpots(
    _ places: Places, upTo latest: UInt64, _ memory: some TelemetryMemory
  ) {
    while UInt64(spots.count) < latest {
      let number = UInt64(spots.count) + 1
      // Over a link a spot may be there before its callers are: the next look takes it.
      guard let row = places.spots.record(number, in: memory),
        let address = memory.number(at: row &+ places.address), address != 0,
        let stack = memory.number(at: row &+ places.stack, width: 4),
        let activity = memory.number(at: row &+ places.activity, width: 4),
        stack <= UInt64(stacks.count)
      else { return }
      spots.append(
        ProfileReading.Spot(
          number: number, address: address,
          activity: activity == 1 ? "idle" : activity == 2 ? "waiting" : "running", count: 0,
          stack: stack == 0 ? ProfileReading.Stack(isUnknown: true) : stacks[Int(stack) - 1]))
    }
  }

  private mutating func readSamples(_ clock: TickClock?, _ memory: some TelemetryMemory) {
    samples = nil
    timed = []
    guard let place = counters["samples.address"], let capacity = counters["samples.capacity"],
      let latest = counters["samples.latest"], capacity > 0, capacity <= 1 << 20, place & 7 == 0
    else { return }
    defer { latestSample = latest }
    var new: [ProfileSample] = []
    if let before = latestSample, latest > before {
      let window = min(capacity, Self.most.samples)
      let first = latest - before > window ? latest - window + 1 : before + 1
      missedSamples &+= first - before - 1
      for number in first...latest {
        let slot = place &+ number % capacity &* 32
        guard let found = memory.word(at: slot) else { return }
        guard found == number, let ticks = memory.word(at: slot &+ 8),
          let spot = memory.word(at: slot &+ 16),
          let task = memory.word(at: slot &+ 24), memory.word(at: slot) == number
        else {
          missedSamples &+= 1
          continue
        }
        new.append(
          ProfileSample(
            spot: UInt32(truncatingIfNeeded: spot),
            handler: UInt8(truncatingIfNeeded: task &>> 32),
            fiber: UInt32(truncatingIfNeeded: spot &>> 32),
            task: UInt32(truncatingIfNeeded: task)))
        guard let clock, let last = new.last else { continue }
        timed.append(
          TimedSample(
            time: clock.nanoseconds(at: ticks), spot: last.spot, handler: last.handler))
      }
    } else if memory.word(at: place) == nil {
      return
    }
    samples = new
  }
}

/// Where an instance keeps its profile: found by name once for each generation of the root block.
private struct Places: Sendable {
  var generation: UInt64
  var stacks: Entry
  var spots: Entry
  var counts: Entry
  var numbers: [(name: String, entry: Entry)] = []
  /// Offsets in a row of spots, then in one of stacks.
  var address: UInt64
  var stack: UInt64
  var activity: UInt64
  private var flags: UInt64
  private var gap: UInt64
  private var awaiting: UInt64
  private var callers: Field

  init?(_ root: Root, in memory: some TelemetryMemory) {
    var tables: [String: Entry] = [:]
    for index in 0..<root.entryCount {
      guard let entry = root.entry(at: index, in: memory), let bytes = entry.name(in: memory),
        bytes.starts(with: Array("profile.".utf8))
      else { continue }
      let name = String(decoding: bytes.dropFirst(8), as: UTF8.self)
      switch entry.kind {
      case .counter, .gauge: numbers.append((name, entry))
      case .ring, .table: tables[name] = entry
      default: break
      }
    }
    func field(_ name: String, _ entry: Entry) -> Field? {
      (0..<entry.fieldCount).lazy.compactMap { root.field(at: $0, of: entry, in: memory) }
        .first { $0.name(in: memory) == Array(name.utf8) }
    }
    guard let stacks = tables["stacks"], let spots = tables["spots"],
      let counts = tables["counts"], counts.stride == 8,
      let address = field("address", spots), let stack = field("stack", spots),
      let activity = field("activity", spots), let flags = field("flags", stacks),
      let gap = field("gap", stacks), let awaiting = field("awaiting", stacks),
      let callers = field("callers", stacks), callers.type == .addresses
    else { return nil }
    generation = root.generation
    (self.stacks, self.spots, self.counts) = (stacks, spots, counts)
    (self.address, self.stack, self.activity) = (address.offset, stack.offset, activity.offset)
    (self.flags, self.gap, self.awaiting) = (flags.offset, gap.offset, awaiting.offset)
    self.callers = callers
  }

  func stack(at row: UInt64, in memory: some TelemetryMemory) -> ProfileReading.Stack? {
    guard let flags = memory.number(at: row &+ flags, width: 1),
      let gap = memory.number(at: row &+ gap, width: 1),
      let awaiting = memory.number(at: row &+ awaiting, width: 1),
      case .addresses(let addresses)? = callers.cell(at: row, in: memory)
    else { return nil }
    return ProfileReading.Stack(
      callers: addresses, flags: flags, gap: Int(gap), awaiting: Int(awaiting))
  }
}
