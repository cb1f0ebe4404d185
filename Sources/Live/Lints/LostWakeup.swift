internal import Readings

extension Lints {
  /// A core that halts though there is something to do: what is ready, or a timer that is due.
  static func lostWakeup(_ view: LintView) -> [Finding] {
    let now = view.now
    guard now.running == nil else { return [] }
    return ready(view, now) + overdue(view, now)
  }

  private static func ready(_ view: LintView, _ now: Moment) -> [Finding] {
    guard let waits = now.number("loop.waits"), let stretch = view.stretch(500_000),
      let before = stretch.before.number("loop.waits"), waits > before, stretch.seconds >= 0.3
    else { return [] }
    let halts = "the core halted \(waits - before) times meanwhile"
    var findings = now.fibers.filter { fiber in
      fiber.isReady
        && stretch.before.fibers.contains {
          $0.number == fiber.number && $0.isReady && $0.since == fiber.since
        }
    }.map { fiber in
      Finding(
        .lostWakeup, fiber.name, "fiber \(fiber.name) is ready and does not run; \(halts)",
        "who makes it ready has to wake the loop: look at its stack", at: .stacks)
    }
    let tasks = now.ready.count { $0 > 0 && stretch.before.ready.contains($0) }
    if tasks > 0 {
      findings.append(
        Finding(
          .lostWakeup, "", "\(tasks) tasks are ready and do not run; \(halts)",
          "who enqueues them has to wake the loop", at: .stacks))
    }
    return findings
  }

  /// The loop's own clock stands still while the core halts, so the host's counts.
  private static func overdue(_ view: LintView, _ now: Moment) -> [Finding] {
    guard let turns = now.number("loop.turns"), let time = now.time, let deadline = now.deadline,
      let since = view.first(while: {
        $0.number("loop.turns") == turns && $0.running == nil && $0.deadline == deadline
      })
    else { return [] }
    let halted = UInt64(max(0, now.taken - since.taken)) * 1000
    let wanted = deadline > time ? deadline - time : 0
    guard halted > wanted, halted - wanted >= 1_000_000_000 else { return [] }
    return [
      Finding(
        .lostWakeup, "timers", "a timer is due since \(words(halted - wanted)) and the core halts",
        "its interrupt did not come: who else uses the timer, or is the guest stopped?", at: .stacks
      )
    ]
  }
}
