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
  /// Where its own profiler is of no use: that it can be stopped for samples, and how that goes.
  public var pauses: PausedSampling?
  /// What the link lost on the way; nil where there is none.
  public var losses: LiveLosses?
  /// The last minutes; whoever shows the screens keeps it.
  public var history = LiveHistory()
  /// What looks wrong now, gravest first.
  public var findings: [Finding] = []
  /// What is known of the whole of a recording; nil for an instance that is there, or dead.
  public var recorded: RecordedSpan?
  private var lintedAt = 0

  /// The source that can be read while the target stands, and only then.
  public static let stub = "stub"

  /// Knows nothing yet.
  public init() {}

  /// Takes what the reading thread has found, and keeps its own history. `isStanding` says that the
  /// target is stopped: then nothing happens in it, and no time goes by.
  public mutating func take(_ new: Live, isStanding: Bool) {
    if new.recorded != nil {
      self = new
      return
    }
    let (history, findings, lintedAt) = (history, findings, lintedAt)
    self = new
    self.history = history
    self.findings = findings
    self.lintedAt = lintedAt
    // A stub tells of stops alone: each is a moment, and time went by between them.
    let isStanding = isStanding && new.source != Self.stub
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
  public var isStale: Bool { !note.isEmpty || (recorded == nil && ageMilliseconds > 2000) }
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

/// What is known of a recording beside what the instance told.
public struct RecordedSpan: Equatable, Sendable {
  /// What was recorded, as it was called.
  public var name: String
  /// Seconds since 1970 at which it began.
  public var begin: Int
  /// Microseconds that it takes.
  public var duration: Int
  /// The instance's state at the moment that is looked at, as `ps` told it; empty if nobody knew.
  public var status = ""
  /// What is missing of it, in words; empty if nothing is.
  public var note = ""

  /// Creates a span.
  public init(name: String, begin: Int, duration: Int) {
    self.name = name
    self.begin = begin
    self.duration = duration
  }

  /// The date and time of a moment, in microseconds since the beginning: `2026-11-30 14:05:10 UTC`.
  public func date(at taken: Int) -> String {
    let seconds = begin + taken / 1_000_000
    // The civil calendar, counted from the first of March (Hinnant, chrono-Compatible Low-Level Date
    // Algorithms, civil_from_days).
    let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400 + 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let day = days - era * 146_097
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = [
      "\(year + era * 400 + (month >= 10 ? 1 : 0))", two(month < 10 ? month + 3 : month - 9),
      two(dayOfYear - (153 * month + 2) / 5 + 1),
    ]
    let time = ((seconds % 86_400) + 86_400) % 86_400
    return date.joined(separator: "-")
      + " \(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) UTC"
  }
}
