// Stacks as flame graph programs take them (B. Gregg, FlameGraph): outermost first, semicolons
// between, a blank, the count. An inlined function ends in `_[i]`, which those programs colour.

internal import Profiling
internal import TerminalText

enum Collapsed {
  /// One line for all stacks of the same functions, most samples first. All idle time is one frame.
  static func text(of profile: ExportedProfile) -> String {
    var sums: [String: UInt64] = [:]
    for stack in profile.stacks {
      let frames = stack.activity == .idle ? [.idle] : stack.frames
      sums[frames.reversed().map(name).joined(separator: ";"), default: 0] &+= stack.count
    }
    return sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .reduce(into: "") { $0 += "\($1.key) \($1.value)\n" }
  }

  private static func name(_ frame: ProfileFrame) -> String {
    let name = Sanitizer.visible(frame.function)
    return (name.contains(";") ? String(name.map { $0 == ";" ? ":" : $0 }) : name)
      + (frame.isInlined ? "_[i]" : "")
  }
}
