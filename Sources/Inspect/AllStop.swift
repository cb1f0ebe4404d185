// Whether threads stand, and what a target is whose threads all stop together: most are.

/// Whether a thread stands, and with whom.
public enum Stance: Sendable {
  case runs
  /// The others may run.
  case alone
  /// It stands because everything does.
  case together
}

extension Inspectable {
  public var isNonStop: Bool { false }

  public func setNonStop(_ isWanted: Bool) throws(InspectError) {
    if isWanted {
      throw .unsupported("only our agent lets threads stop one by one; this is \(profile.kind)")
    }
  }

  public func stance(of thread: ThreadID) -> Stance { standsWhole ? .together : .runs }

  public var standsWhole: Bool {
    if case .stopped = state { return true }
    return false
  }

  public func focus(on thread: ThreadID) -> Bool { true }

  public func interrupt(thread: ThreadID?) throws(InspectError) { try interrupt() }
}
