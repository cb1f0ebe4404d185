// What the dashboard knows of an instance that tells of itself: the latest reading and the one
// before. The reading thread makes it, the screens draw it; all of it is values.

public import Profiling
public import Readings

/// An instance's own account at one moment, for the screens.
///
/// Text in it came from the target and is NOT yet sanitized; the canvas does that.
public struct Live: Sendable {
  /// Counts up with every reading; two of one number are the same.
  public var generation = 0
  /// Where it comes from: `memory`, `agent`; empty while there is no reading.
  public var source = ""
  /// Why there is no reading, or none any more; empty while there is.
  public var note = ""
  public var reading: Reading?
  /// The reading before it, which rates are counted from.
  public var earlier: Reading?
  /// Milliseconds since the reading was taken.
  public var ageMilliseconds = 0
  /// The profile that is being watched; nil while none is.
  public var profile: ProfileRecord?
  /// What there is to say of the profiler: why it does not run, who started it; else empty.
  public var profileNote = ""
  /// What the link lost on the way; nil where there is none.
  public var losses: LiveLosses?
  /// The last minutes; whoever shows the screens keeps it.
  public var history = LiveHistory()
  /// What looks wrong now, gravest first.
  public var findings: [Finding] = []
  private var lintedAt = 0

  /// Knows nothing yet.
  public init() {}

  /// Takes what the reading thread has found, and keeps its own history. `isStanding` says that the
  /// target is stopped: then nothing happens in it, and no time goes by.
  public mutating func take(_ new: Live, isStanding: Bool) {
    let (history, findings, lintedAt) = (history, findings, lintedAt)
    self = new
    self.history = history
    self.findings = findings
    self.lintedAt = lintedAt
    if isStanding || !new.note.isEmpty { self.history.paused() }
    guard let reading = new.reading, new.note.isEmpty else { return }
    if isStanding, !self.history.moments.isEmpty { return }
    self.history.add(reading)
    if let last = self.history.moments.last, last.taken - self.lintedAt >= 500_000 {
      self.lintedAt = last.taken
      self.findings = Lints.findings(self.history)
    }
  }

  /// Whether the values are too old to be taken for the present ones.
  public var isStale: Bool { !note.isEmpty || ageMilliseconds > 2000 }
}

extension Live: Equatable {
  public static func == (one: Live, other: Live) -> Bool {
    one.generation == other.generation && one.note == other.note
      && one.ageMilliseconds == other.ageMilliseconds
  }
}

/// What a link has lost since it was opened.
public struct LiveLosses: Equatable, Sendable {
  /// Frames that never came, and those that came damaged.
  public var lost: UInt64
  public var damaged: UInt64
  /// Rounds that the instance left out because the link was busy.
  public var skipped: UInt64
  /// Words that it had no room to remember.
  public var unkept: UInt64

  /// Creates what was counted.
  public init(lost: UInt64, damaged: UInt64, skipped: UInt64, unkept: UInt64) {
    self.lost = lost
    self.damaged = damaged
    self.skipped = skipped
    self.unkept = unkept
  }

  /// All of them.
  public var total: UInt64 { lost &+ damaged &+ skipped &+ unkept }
}
