extension Lints {
  /// A heap that grows without ever giving back: the least of each fifth of the time is above the
  /// least of the fifth before.
  static func heapGrowth(_ view: LintView) -> [Finding] {
    let now = view.now
    guard let start = view.first(while: { $0.number("heap.inUse") != nil }),
      now.taken - start.taken >= view.limits.growth
    else { return [] }
    var least = [UInt64?](repeating: nil, count: 5)
    let span = now.taken - start.taken
    for moment in view.history.moments where moment.taken >= start.taken {
      guard let value = moment.number("heap.inUse") else { continue }
      let part = min(4, (moment.taken - start.taken) * 5 / span)
      least[part] = min(least[part] ?? .max, value)
    }
    let known = least.compactMap { $0 }
    guard known.count == 5, zip(known, known.dropFirst()).allSatisfy({ $0 < $1 }) else { return [] }
    let growth = known[4] - known[0]
    guard growth >= 64 << 10, growth >= known[0] / 50 else { return [] }
    let rate = Double(growth) / (Double(span) * 0.8 / 1e6)
    return [
      Finding(
        .heapGrowth, "heap.inUse",
        "\(growth >> 10) KiB more than \(span / 1_000_000) s ago, about "
          + "\(UInt64(rate * 60) >> 10) KiB a minute, and never less",
        "Memory shows which size class grows", at: .memory)
    ]
  }
}
