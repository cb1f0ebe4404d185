internal import Bytes
internal import Inspect
internal import RemoteTarget
internal import Session
internal import Symbols

/// What a stopped target takes: instruction steps, and all that a whole screen needs.
enum LinkBench {
  /// Attaches to a stub's socket and prints one `name value` a line.
  static func run(socket: String, symbols path: String?) throws {
    let target = try RemoteTarget.attach(
      to: Endpoint(socket), name: "bench", guarding: .none)
    defer { try? target.detach() }
    try steps(target)
    if let path { try screens(target, symbols: SymbolFile(path: path)) }
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
