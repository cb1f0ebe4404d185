internal import Bytes
internal import Inspect
internal import RemoteTarget
internal import Session
internal import Symbols

/// What a link to a stopped target takes: round trips, bulk reads, steps, a whole screen.
enum LinkBench {
  /// Attaches to a stub's socket and prints one `name value` a line.
  static func run(socket: String, symbols path: String?) throws {
    let target = try RemoteTarget.attach(
      to: Endpoint(socket), name: "bench", guarding: .none)
    defer { try? target.detach() }
    try roundTrips(target)
    try reads(target)
    try steps(target)
    if let path { try screens(target, symbols: SymbolFile(path: path)) }
  }

  /// T2: planting and removing a hardware breakpoint is a round trip each.
  private static func roundTrips(_ target: RemoteTarget) throws {
    let point = StopPoint(kind: .hardware, address: Address(0x1000))
    var trips: [Double] = []
    for _ in 0..<2000 {
      trips.append(try timed { () throws(InspectError) in try target.insert(point) })
      trips.append(try timed { () throws(InspectError) in try target.remove(point) })
    }
    print("round-trip-us", median(trips))
  }

  /// T3: 8 MiB in one call; a write before each drops the cache.
  private static func reads(_ target: RemoteTarget) throws {
    let size = 8 << 20
    let base = Address(0x20_0000)
    var rates: [Double] = []
    for _ in 0..<5 {
      let first = try target.readMemory(at: base, count: 1)
      try target.writeMemory(first, at: base)
      var count = 0
      let time = try timed { () throws(InspectError) in
        count = try target.readMemory(at: base, count: size).count
      }
      rates.append(Double(count) / time)
    }
    print("read-MB/s", median(rates))
  }

  /// T4: single instruction steps, each waited for.
  private static func steps(_ target: RemoteTarget) throws {
    let count = 500
    let time = try timed { () throws(InspectError) in
      for _ in 0..<count {
        try target.resume(.step, thread: nil)
        while try target.waitForEvent(milliseconds: 1000) == nil {}
      }
    }
    print("steps/s", Double(count) / time * 1e6)
  }

  /// T6: from a stop to a snapshot that a whole screen is drawn from.
  private static func screens(_ target: RemoteTarget, symbols: SymbolFile) throws {
    let session = Session(target: target, symbols: symbols)
    try session.refresh(Session.Interest())
    var times: [Double] = []
    var trips: [Double] = []
    for _ in 0..<50 {
      try target.resume(.step, thread: nil)
      while try target.waitForEvent(milliseconds: 1000) == nil {}
      let before = target.statistics.roundTrips
      times.append(
        try timed { () throws(InspectError) in try session.refresh(Session.Interest()) })
      trips.append(Double(target.statistics.roundTrips - before))
    }
    print("screen-us", median(times))
    print("screen-round-trips", median(trips))
  }
}
