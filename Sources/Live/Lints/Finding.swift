// What looks wrong with an instance: each lint is a function from its last minutes to findings, in a
// file of its own. A finding says what was seen, not what it must mean, and where to look next.

/// A kind of trouble that is looked for.
public enum Lint: String, CaseIterable, Sendable {
  case blockedLoop = "blocked-loop"
  case starvedTask = "starved-task"
  case lostWakeup = "lost-wake-up"
  case neverReady = "never-ready"
  case timerDrift = "timer-drift"
  case heapGrowth = "heap-growth"
  case stackNearlyUsed = "stack-nearly-used"
  case interruptStorm = "interrupt-storm"
  case logFlood = "log-flood"

  /// As a person calls it.
  public var title: String {
    switch self {
    case .blockedLoop: "blocked loop"
    case .starvedTask: "starved task"
    case .lostWakeup: "lost wake-up"
    case .neverReady: "task never ready"
    case .timerDrift: "timer drift"
    case .heapGrowth: "heap growth"
    case .stackNearlyUsed: "stack nearly used up"
    case .interruptStorm: "interrupt storm"
    case .logFlood: "log flood"
    }
  }
}

/// Where the evidence of a finding is.
public enum EvidencePlace: Sendable, Equatable {
  /// The event handler of this name.
  case handler(String)
  /// The heap, or a fiber's stack.
  case memory
  case log
  /// Where things stand: the stacks of threads, fibers and tasks.
  case stacks
  /// Counters of this prefix.
  case counters(String)
}

/// Something that looks wrong.
public struct Finding: Sendable, Equatable {
  public var lint: Lint
  /// The handler, fiber or counter meant, as the target calls it; may be empty.
  public var subject: String
  /// What was seen, with numbers.
  public var evidence: String
  /// What to look at next, or to try.
  public var advice: String
  public var place: EvidencePlace

  init(
    _ lint: Lint, _ subject: String = "", _ evidence: String, _ advice: String,
    at place: EvidencePlace
  ) {
    self.lint = lint
    self.subject = String(subject.prefix(128))
    self.evidence = evidence
    self.advice = advice
    self.place = place
  }
}

/// From where on something is trouble. The defaults are meant for a person who looks now and then.
public struct LintLimits: Sendable {
  /// Nanoseconds from which on a run is long.
  public var run: UInt64 = 100_000_000
  /// Microseconds that a fiber may wait without being woken.
  public var patience = 30_000_000
  /// Microseconds that the heap has to grow without a pause.
  public var growth = 20_000_000
  /// Runs a second of one handler.
  public var storm = 20_000.0
  /// Log records a second.
  public var flood = 50.0

  /// The usual limits.
  public init() {}
}

/// What a lint looks at.
public struct LintView: Sendable {
  public let history: LiveHistory
  public let limits: LintLimits
  /// The place of the present moment.
  let place: Int
  /// The present moment.
  var now: Moment { history.moments[place] }

  /// What happened in at most so many microseconds up to now.
  func stretch(_ span: Int) -> Stretch? { history.stretch(to: place, over: span) }

  /// Since when, at most so far back, `isSo` holds of all moments, now included.
  func first(while isSo: (Moment) -> Bool) -> Moment? {
    var first: Moment?
    for index in stride(from: place, through: 0, by: -1) {
      guard isSo(history.moments[index]) else { break }
      first = history.moments[index]
      if history.moments[index].isAfterGap { break }
    }
    return first
  }
}

/// All lints.
public enum Lints {
  /// Returns what looks wrong at a place of the history, by default its end.
  ///
  /// Costs some microseconds a handler and fiber and a look at each moment that is kept.
  public static func findings(
    _ history: LiveHistory, _ limits: LintLimits = LintLimits(), at place: Int? = nil
  ) -> [Finding] {
    guard !history.moments.isEmpty else { return [] }
    let last = history.moments.count - 1
    let view = LintView(history: history, limits: limits, place: min(max(place ?? last, 0), last))
    return [
      blockedLoop, starvedTask, lostWakeup, neverReady, timerDrift, heapGrowth, stackNearlyUsed,
      interruptStorm, logFlood,
    ].flatMap { $0(view) }
  }

  /// A duration of nanoseconds in words.
  static func words(_ nanoseconds: UInt64) -> String {
    switch nanoseconds {
    case ..<10_000: "\(nanoseconds) ns"
    case ..<10_000_000: "\(nanoseconds / 1000) us"
    case ..<10_000_000_000: "\(nanoseconds / 1_000_000) ms"
    default: "\(nanoseconds / 1_000_000_000) s"
    }
  }

  /// A rate in words.
  static func words(perSecond rate: Double) -> String {
    "\(UInt64(min(max(rate, 0), 1e15))) a second"
  }
}
