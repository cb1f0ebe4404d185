internal import Bytes
internal import Inspect

/// A place where a motion wants the target to stop on its own account.
struct Landing: Equatable {
  var address: Address
  /// The stack pointer has to be at least this: tells an outer activation from a deeper one.
  var minimumStackPointer: UInt64 = 0
}

/// The motion under way, as the session drives it.
struct MotionRun {
  var landings: [Landing] = []
}
