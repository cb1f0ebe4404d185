internal import Readings

extension Lints {
  /// A log that is written over before anybody can read it, or a console that drops text.
  static func logFlood(_ view: LintView) -> [Finding] {
    var findings: [Finding] = []
    let log = view.history.log
    if let last = log.last, let time = view.now.time, time >= last.time,
      time - last.time < 2_000_000_000
    {
      let recent = log.reversed().prefix {
        $0.boot == last.boot && last.time - min(last.time, $0.time) <= 5_000_000_000
      }
      if let first = recent.last, last.number > first.number, last.time > first.time {
        let count = last.number - first.number
        let rate = Double(count) / (Double(last.time - first.time) / 1e9)
        if count >= 100, rate >= view.limits.flood {
          findings.append(
            Finding(
              .logFlood, "log", "\(words(perSecond: rate)), \(count) lines in the log of late",
              "the log's filter tells who: / in Log", at: .log))
        }
      }
    }
    if let stretch = view.stretch(10_000_000), let lost = stretch.growth("console.outputDropped"),
      lost > 0
    {
      findings.append(
        Finding(
          .logFlood, "console", "the console dropped \(lost) bytes in \(Int(stretch.seconds)) s",
          "less text, or a faster console", at: .counters("console.")))
    }
    return findings
  }
}
