// What is asked of a target that describes itself: Protocols/Telemetry/SPEC.md, part 2.

internal import Bytes

extension Request {
  private init(telemetry text: String) {
    self.init(text: text, needs: .telemetry)
    isHeardWhileRunning = true
  }

  /// Asks for `hertz` frames of telemetry a second, beginning with a snapshot; 0 ends them.
  public static func telemetry(hertz: Int) -> Request {
    Request(telemetry: "QPorthole.Telemetry:hz=\(hertz)")
  }

  /// Asks for `rate` samples a second of the profiler; 0 ends them.
  public static func profile(rate: Int) -> Request {
    Request(telemetry: "QPorthole.Profile:rate=\(rate)")
  }

  /// Asks that runs of handlers be recorded from so many nanoseconds on; 0 is all.
  public static func trace(least: UInt64) -> Request {
    Request(telemetry: "QPorthole.Trace:least=\(least)")
  }

  /// Asks where the root block is.
  public static var telemetryRoot: Request { Request(telemetry: "qPorthole.Root") }
}

extension Answer {
  /// An address alone, in hexadecimal; nil for any other answer.
  public var address: UInt64? {
    guard !payload.isEmpty, payload.count <= 16 else { return nil }
    return Hex.number(payload[...])
  }
}
