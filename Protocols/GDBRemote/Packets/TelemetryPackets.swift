// What is asked of a target that describes itself: Protocols/Telemetry/SPEC.md, part 2.

internal import Bytes

extension Request {
  /// Asks for `hertz` frames of telemetry a second, beginning with a snapshot; 0 ends them.
  public static func telemetry(hertz: Int) -> Request {
    Request(text: "QPorthole.Telemetry:hz=\(hertz)", needs: .telemetry)
  }

  /// Asks for `rate` samples a second of the profiler; 0 ends them.
  public static func profile(rate: Int) -> Request {
    Request(text: "QPorthole.Profile:rate=\(rate)", needs: .telemetry)
  }

  /// Asks that runs of handlers be recorded from so many nanoseconds on; 0 is all.
  public static func trace(least: UInt64) -> Request {
    Request(text: "QPorthole.Trace:least=\(least)", needs: .telemetry)
  }

  /// Asks where the root block is.
  public static var telemetryRoot: Request { Request(text: "qPorthole.Root", needs: .telemetry) }
}

extension Answer {
  /// An address alone, in hexadecimal; nil for any other answer.
  public var address: UInt64? {
    guard !payload.isEmpty, payload.count <= 16 else { return nil }
    return Hex.number(payload[...])
  }
}
