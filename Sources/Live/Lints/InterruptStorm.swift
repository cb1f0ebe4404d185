internal import Readings
internal import Telemetry

extension Lints {
  /// A handler that runs without end, each time for almost nothing.
  static func interruptStorm(_ view: LintView) -> [Finding] {
    guard let stretch = view.stretch(2_000_000), stretch.seconds >= 0.8 else { return [] }
    return view.now.handlers.indices.compactMap { place in
      guard let handler = stretch.handler(place) else { return nil }
      let rate = Double(handler.runs) / max(stretch.seconds, stretch.ownSeconds ?? 0)
      guard rate >= view.limits.storm else { return nil }
      return Finding(
        .interruptStorm, handler.name,
        "\(handler.name) runs \(words(perSecond: rate)), "
          + "\(words(handler.run.total / max(handler.runs, 1))) each",
        "who signals it: an interrupt that is not acknowledged, or a handler that signals itself?",
        at: .handler(handler.name))
    }
  }
}
