internal import Bytes
internal import Inspect
internal import RemoteTarget

/// T2 and T3 in turn with another client: does one portion of work for each line of standard
/// input and prints its figure, so that a script can let both clients work alternately.
enum TurnBench {
  /// Attaches to a stub's socket and answers `trips N` (median microseconds of N round trips) and
  /// `read` (MB/s of 8 MiB) until the input ends.
  static func run(socket: String) throws {
    let target = try RemoteTarget.attach(to: Endpoint(socket), name: "bench", guarding: .none)
    defer { try? target.detach() }
    while let line = readLine() {
      let words = line.split(separator: " ")
      switch words.first {
      case "trips": print(try trips(target, Int(words.last ?? "") ?? 1))
      case "read": print(try readRate(target))
      default: print("nan")
      }
      flushOutput()
    }
  }

  /// Planting and removing a hardware breakpoint is a round trip each.
  private static func trips(_ target: RemoteTarget, _ count: Int) throws -> Double {
    let point = StopPoint(kind: .hardware, address: Address(0x1000))
    var times: [Double] = []
    times.reserveCapacity(count)
    for _ in 0..<(count + 1) / 2 {
      times.append(try timed { () throws(InspectError) in try target.insert(point) })
      times.append(try timed { () throws(InspectError) in try target.remove(point) })
    }
    return median(times)
  }

  /// 8 MiB in one call; a write before it drops the cache.
  private static func readRate(_ target: RemoteTarget) throws -> Double {
    let base = Address(0x20_0000)
    let first = try target.readMemory(at: base, count: 1)
    try target.writeMemory(first, at: base)
    var count = 0
    let time = try timed { () throws(InspectError) in
      count = try target.readMemory(at: base, count: 8 << 20).count
    }
    return Double(count) / time
  }
}
