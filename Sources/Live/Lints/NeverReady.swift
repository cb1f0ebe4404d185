internal import Readings

extension Lints {
  /// A fiber that waits for what does not come. That is how a server waits for its first client, too:
  /// a hint, no more.
  static func neverReady(_ view: LintView) -> [Finding] {
    let now = view.now
    return now.fibers.compactMap { fiber in
      guard !fiber.isReady, fiber.since > 0, fiber.margin != nil else { return nil }
      // The instance's clock stands still while all of it waits; then the host's tells more.
      let own = now.time.map { $0 > fiber.since ? ($0 - fiber.since) / 1000 : 0 } ?? 0
      let seen = view.first { $0.fibers.contains(fiber) }.map { now.taken - $0.taken } ?? 0
      let waited = max(Int(clamping: own), seen)
      guard waited >= view.limits.patience else { return nil }
      return Finding(
        .neverReady, fiber.name,
        "fiber \(fiber.name) waits since \(words(UInt64(waited) * 1000)) and nothing woke it",
        "its stack says what it waits for", at: .stacks)
    }
  }
}
