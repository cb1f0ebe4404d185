// Copied stacks on their way from the session's thread, which alone may stop the target, to the reading
// thread, which finds out who called in them.

internal import Profiling
internal import Synchronization

/// Stacks that nobody has looked at yet; bounded.
final class StackQueue: Sendable {
  /// What has come since the last time.
  struct Batch: Sendable {
    var stacks: [PausedStack] = []
    /// Samples that were due and not taken.
    var missed: UInt64 = 0
    /// How long the target stood still for all samples so far.
    var pauses: PauseSummary?
    /// What is in the way of sampling; empty if nothing is.
    var note = ""
  }

  private let batch = Mutex(Batch())

  /// The most stacks that wait.
  private static let most = 1024

  /// Hands over what was taken at one stop.
  func took(_ stacks: [PausedStack], missed: UInt64, pauses: PauseSummary) {
    batch.withLock { batch in
      batch.missed &+= missed
      batch.pauses = pauses
      batch.note = ""
      if batch.stacks.count + stacks.count > Self.most {
        batch.missed &+= 1
      } else {
        batch.stacks += stacks
      }
    }
  }

  /// Says that samples could not be taken, and why.
  func failed(_ note: String, missed: UInt64) {
    batch.withLock { batch in
      batch.note = note
      batch.missed &+= missed
    }
  }

  /// Takes all there is; what does not pass away stays.
  func takeAll() -> Batch {
    batch.withLock { batch in
      let taken = batch
      batch.stacks = []
      batch.missed = 0
      return taken
    }
  }
}
