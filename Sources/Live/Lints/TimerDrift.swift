extension Lints {
  /// Periodic timers that leave periods out.
  static func timerDrift(_ view: LintView) -> [Finding] {
    guard let stretch = view.stretch(60_000_000), let missed = stretch.growth("timers.missed"),
      let runs = stretch.growth("timers.runs"), missed >= 10, missed >= (runs &+ missed) / 10
    else { return [] }
    return [
      Finding(
        .timerDrift, "timers",
        "\(missed) of \(runs &+ missed) periods were missed in \(Int(stretch.seconds)) s",
        "work takes longer than the period, or somebody keeps the loop: see the longest runs",
        at: .handler("timers"))
    ]
  }
}
