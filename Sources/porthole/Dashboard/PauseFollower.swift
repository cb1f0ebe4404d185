// Follows samples that are taken by stopping the target (PauseTaker): says when that is of use, counts
// the stacks, gives them names. Part of the reading thread.

internal import Launcher
internal import Live
internal import Profiling
internal import Readings
internal import Symbols

/// Follows samples of one target that does not sample itself.
struct PauseFollower {
  private let queue: StackQueue
  private let instance: Instance?
  private var tally = StackTally()
  private var tables = ProfileTables()
  private var recorder: ProfileRecorder?
  private var walker: StackWalker?
  /// The samples that its own profiler had, and since when these have not become more.
  private var seen: UInt64?
  private var since = Moment.microseconds
  private var asked = Deadline(milliseconds: 0)

  /// Microseconds without a new sample after which a profiler may be dead, and milliseconds until it is
  /// looked after again.
  private static let silence = 1_500_000
  private static let patience = 3000

  /// `instance` is what is sampled, if it is one.
  init(_ queue: StackQueue, _ instance: Instance?) {
    (self.queue, self.instance) = (queue, instance)
  }

  /// Puts into `live` what came of `rate` samples a second.
  mutating func follow(rate: Int, _ live: inout Live, symbols: () -> SymbolFile?) {
    if walker == nil {
      let found = symbols()
      walker = StackWalker(symbols: found, memory: instance.flatMap { RAMFile($0) })
      recorder = ProfileRecorder(FrameNames(found))
    }
    let batch = queue.takeAll()
    tally.missed(batch.missed)
    if let walker {
      for taken in batch.stacks {
        tally.took(taken.stack.counter, walker.callers(of: taken.stack), isIdle: taken.isIdle)
      }
    }
    tables.take(tally.profile(rate: UInt64(rate)))
    recorder?.add(tables, taken: Moment.microseconds)
    live.profile = recorder?.record
    live.pauses?.rate = rate
    live.pauses?.pauses = batch.pauses
    live.pauses?.note = batch.note
  }

  /// Says why its own profiler, at `rate` with so many samples so far, is no use: in words, or nil where
  /// nothing is known of that.
  mutating func ailment(rate: Int, samples: UInt64?) -> String? {
    let now = Moment.microseconds
    if samples != seen || rate == 0 {
      (seen, since) = (samples, now)
      return nil
    }
    guard now - since > Self.silence, asked.isOver, let instance else { return nil }
    asked = Deadline(milliseconds: Self.patience)
    return switch instance.diagnose().status {
    case .hung: "it hangs, and its profiler with it"
    case .halted: "it has halted with interrupts off, and its profiler with it"
    case .running, .stopped, .panicked: nil
    }
  }
}
