internal import Readings
internal import Telemetry

extension Lints {
  /// A handler that keeps the loop: one that has not come back, and those that ran for long.
  static func blockedLoop(_ view: LintView) -> [Finding] {
    var findings: [Finding] = []
    let now = view.now
    if let place = now.running, let turns = now.number("loop.turns") {
      let runs = now.handlers[place].runs
      let since = view.first {
        $0.running == place && $0.number("loop.turns") == turns && $0.handlers[place].runs == runs
      }
      let span = since.map { now.taken - $0.taken } ?? 0
      if span >= 1_000_000 {
        let name = now.handlers[place].name
        findings.append(
          Finding(
            .blockedLoop, name,
            "\(name) runs since \(span / 1_000_000) s or more; nothing else can",
            "the stacks say where it is", at: .stacks))
      }
    }
    guard let stretch = view.stretch(60_000_000) else { return findings }
    for place in now.handlers.indices {
      guard let handler = stretch.handler(place), handler.runs > 0 else { continue }
      var long: UInt64 = 0
      for (index, count) in handler.run.counts.enumerated()
      where HistogramValue.lowest(of: handler.run.first + index) >= view.limits.run {
        long &+= UInt64(count)
      }
      guard long > 0 else { continue }
      findings.append(
        Finding(
          .blockedLoop, handler.name,
          "\(long) of \(handler.runs) runs of \(handler.name) took \(words(view.limits.run)) or more, "
            + "the longest \(words(handler.run.highest))",
          "everything else waited; profile it, and cut it into parts or give it to a task",
          at: .handler(handler.name)))
    }
    return findings
  }
}
