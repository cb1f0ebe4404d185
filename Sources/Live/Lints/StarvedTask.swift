internal import Readings

extension Lints {
  /// What could run, and does not get to it, because the loop always has something else to do.
  static func starvedTask(_ view: LintView) -> [Finding] {
    let now = view.now
    guard let time = now.time, let waits = now.number("loop.waits"),
      let turns = now.number("loop.turns"),
      let stretch = view.stretch(1_000_000), stretch.seconds >= 0.5,
      // A loop that halts starves nobody, and one that does not turn is blocked.
      stretch.before.number("loop.waits") == waits, stretch.before.number("loop.turns") != turns
    else { return [] }
    func late(_ since: UInt64) -> UInt64? {
      since > 0 && time > since && time - since >= 1_000_000_000 ? time - since : nil
    }
    var findings = now.fibers.filter(\.isReady).compactMap { fiber in
      late(fiber.since).map { wait in
        Finding(
          .starvedTask, fiber.name, "fiber \(fiber.name) is ready since \(words(wait))",
          "handlers of higher priority take all the time: see Events", at: .handler(""))
      }
    }
    let tasks = now.ready.compactMap(late)
    if let longest = tasks.max() {
      findings.append(
        Finding(
          .starvedTask, "", "\(tasks.count) tasks are ready since up to \(words(longest))",
          "handlers of higher priority take all the time: see Events", at: .handler("")))
    }
    return findings
  }
}
