internal import Readings

extension Lints {
  /// A fiber that stands so deep in its stack that little is left below it.
  static func stackNearlyUsed(_ view: LintView) -> [Finding] {
    view.now.fibers.compactMap { fiber in
      guard let margin = fiber.margin, fiber.stackSize > 0,
        margin < max(512, fiber.stackSize / 8)
      else { return nil }
      return Finding(
        .stackNearlyUsed, fiber.name,
        "fiber \(fiber.name) has \(margin) of \(fiber.stackSize) bytes left where it waits",
        "give it a larger stackSize, or see who calls so deep", at: .memory)
    }
  }
}
