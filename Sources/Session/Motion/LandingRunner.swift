internal import Symbols

/// `finish`, `until LOCATION` and `advance LOCATION`: runs to one of some places.
struct LandingRunner {
  let landings: [Landing]
  /// Whether arriving means that a function returned.
  var isFinish = false
  /// The inlined frame that is to be left as well, once its physical frame goes on.
  var leaving: SourceLocation?

  /// The thread stands at one of the places; `nil` if the inlined frame is still to be left.
  func arrived(_ facts: some MotionFacts) -> MotionEffect? {
    if let leaving, facts.chain.contains(where: { $0.isSameActivation(as: leaving) }) {
      return nil
    }
    return isFinish && leaving == nil ? .returned : .arrived(hidden: facts.hidden)
  }
}

extension SourceLocation {
  /// Whether both are in the same inlined call or the same function.
  func isSameActivation(as other: SourceLocation) -> Bool {
    linkageName == other.linkageName && functionStart == other.functionStart
  }
}
