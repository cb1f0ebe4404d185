// What a serial port tells of itself (Kernel/Publishing).

internal import Publishing
internal import Telemetry

extension UART16550 {
  /// Publishes a port that stays where it is, as the console. `output` and `input` count bytes since
  /// the start, those that wait included.
  public mutating func publishAsConsole() {
    Publish.counter("console.output", .bytes, at: publishedPlace(of: &output.tail))
    Publish.counter("console.sent", .bytes, at: publishedPlace(of: &output.head))
    Publish.counter("console.outputDropped", .bytes, at: publishedPlace(of: &output.dropped))
    Publish.counter("console.input", .bytes, at: publishedPlace(of: &input.tail))
    Publish.counter("console.inputDropped", .bytes, at: publishedPlace(of: &input.dropped))
    Publish.counter("console.overruns", at: publishedPlace(of: &overruns))
  }
}
