// Whether a guest that runs gets anywhere. QEMU calls everything that is not stopped running; this
// looks at the processors a few times, without stopping them.

public import Bytes
internal import Glibc
internal import JSON

/// What state an instance is in, and what that rests on.
public struct Diagnosis: Hashable, Sendable {
  public var status: InstanceStatus
  /// What was seen of a guest that gets nowhere; `nil` where QEMU itself told the status.
  public var evidence: Evidence?

  /// A status, and what was seen.
  public init(status: InstanceStatus, evidence: Evidence? = nil) {
    self.status = status
    self.evidence = evidence
  }

  /// Several looks at a running guest.
  public struct Evidence: Hashable, Sendable {
    /// How many looks, and the time from the first to the last.
    public var samples: Int
    public var milliseconds: Int
    /// How long the guest's processors ran in that time.
    public var processorMilliseconds: Int
    /// The lowest and the highest address at which the processors were.
    public var lowest: Address
    public var highest: Address
  }

  /// In words, for people; empty if there is nothing to explain.
  public var explanation: String {
    guard let evidence else { return "" }
    let place =
      evidence.lowest == evidence.highest
      ? "at \(evidence.lowest.hex)" : "between \(evidence.lowest.hex) and \(evidence.highest.hex)"
    return status == .halted
      ? "halted with interrupts off \(place): nothing can wake it"
      : "\(evidence.samples) looks in \(evidence.milliseconds) ms found it \(place) with "
        + "interrupts off"
  }
}

/// Collects samples of all processors and decides.
struct Progress {
  /// A loop's size at most: a guest that moves further is at work.
  static let widest: UInt64 = 4096
  /// Looks, and processor time in milliseconds, from which on a loop with interrupts off is no
  /// short section. Of a loop that has them off half of the time one series of looks in a thousand
  /// million would say otherwise.
  static let looks = 30
  static let spinning = 25

  private(set) var samples = 0
  private var lowest = UInt64.max
  private var highest: UInt64 = 0
  private var areAllHalted = true

  /// What one more look says.
  enum Verdict: Equatable { case advances, undecided, halted, spins }

  /// Takes a look at all processors; `processorMilliseconds` is how long they ran since the first.
  mutating func looked(_ processors: [ProcessorSample], processorMilliseconds: Int) -> Verdict {
    // One processor that takes interrupts, or one that moves, is progress.
    guard !processors.isEmpty, processors.allSatisfy({ !$0.takesInterrupts }) else {
      return .advances
    }
    samples += 1
    for processor in processors {
      lowest = min(lowest, processor.address.value)
      highest = max(highest, processor.address.value)
    }
    areAllHalted = areAllHalted && processors.allSatisfy(\.isHalted)
    guard highest - lowest <= Self.widest else { return .advances }
    if areAllHalted { return samples >= 2 ? .halted : .undecided }
    let isLong = samples >= Self.looks && processorMilliseconds >= Self.spinning
    return isLong ? .spins : .undecided
  }

  func evidence(milliseconds: Int, processorMilliseconds: Int) -> Diagnosis.Evidence {
    Diagnosis.Evidence(
      samples: samples, milliseconds: milliseconds, processorMilliseconds: processorMilliseconds,
      lowest: Address(lowest), highest: Address(highest))
  }
}

extension Instance {
  /// Asks QEMU for the guest's state and, where it runs, looks whether it gets anywhere: a guest
  /// that loops with interrupts off is `.hung`, one that halted with interrupts off `.halted`.
  ///
  /// The guest is not stopped. Costs a millisecond or two for a guest that takes interrupts, and
  /// at most about `patience` for one that does not; on a host that gives it no time a guest that
  /// loops may be called running.
  public func diagnose(milliseconds: Int = 700, patience: Int = 1000) -> Diagnosis {
    do throws(LaunchError) {
      return try withMonitor(milliseconds: milliseconds) { monitor throws(LaunchError) in
        let status = InstanceStatus(
          queryStatus: try monitor.execute("query-status", milliseconds: milliseconds))
        guard status == .running, let found = try look(monitor, patience, milliseconds) else {
          return Diagnosis(status: status)
        }
        return found
      }
    } catch {
      return Diagnosis(status: .hung)
    }
  }

  private func look(
    _ monitor: QMPConnection, _ patience: Int, _ milliseconds: Int
  ) throws(LaunchError) -> Diagnosis? {
    var progress = Progress()
    let (start, limit) = (Deadline.now, Deadline(milliseconds: patience))
    let threads = processorThreads(monitor, milliseconds)
    let ran = processorTime(threads)
    while true {
      var command = JSONObject()
      command["command-line"] = "info registers -a"
      let text = try monitor.execute(
        "human-monitor-command", command, milliseconds: milliseconds
      ).string
      let elapsed = (Deadline.now - start) / 1_000_000
      // Where the system does not tell how long a thread ran, all the time counts.
      let spent = ran.map { ran in (processorTime(threads) ?? ran) - ran } ?? elapsed
      let verdict = progress.looked(
        ProcessorSample.parse(text ?? ""), processorMilliseconds: spent)
      switch verdict {
      case .advances: return nil
      case .halted, .spins:
        return Diagnosis(
          status: verdict == .halted ? .halted : .hung,
          evidence: progress.evidence(milliseconds: elapsed, processorMilliseconds: spent))
      case .undecided:
        if limit.isOver, progress.samples > 2 { return nil }
        usleep(1500)
      }
    }
  }

  /// QEMU's threads that are the guest's processors; empty if it does not tell.
  private func processorThreads(_ monitor: QMPConnection, _ milliseconds: Int) -> [Int] {
    let answer = try? monitor.execute("query-cpus-fast", milliseconds: milliseconds)
    return answer?.array?.compactMap { $0["thread-id"]?.integer } ?? []
  }

  /// How long the guest's processors have run in all, in milliseconds: a guest that the host gave
  /// no time to has not hung.
  private func processorTime(_ threads: [Int]) -> Int? {
    var total = 0
    for thread in threads {
      // proc(5), schedstat: nanoseconds on a processor come first.
      guard let text = Files.text("/proc/\(process.pid)/task/\(thread)/schedstat"),
        let time = text.split(separator: " ").first.flatMap({ Int($0) })
      else { return nil }
      total += time / 1_000_000
    }
    return threads.isEmpty ? nil : total
  }
}
