// A stretch of a profile's time: how often each spot was met in it, and whose the samples were.

internal import Readings

/// How much of the time before a moment is looked at.
public enum ProfileSpan: Sendable, Equatable, CaseIterable {
  case second, tenSeconds, minute
  /// Since the instance began.
  case whole

  var microseconds: Int {
    switch self {
    case .second: 1_000_000
    case .tenSeconds: 10_000_000
    case .minute: ProfileRecord.span
    case .whole: .max
    }
  }
}

/// By whose the samples were they can be kept apart.
public enum ProfileGrouping: Sendable, Equatable, CaseIterable {
  case none, handler, task, fiber
}

/// A stretch of a profile's time.
public struct ProfileSlice: Sendable, Equatable {
  /// How often each spot was met; that of spot n is at n - 1.
  public var counts: [UInt64] = []
  /// The same by whose the samples were: the owner's number, then counts as above. Only with a
  /// grouping, and of the last minute at most.
  public var groups: [(owner: UInt32, counts: [UInt64])] = []
  /// By whose they are in `groups`.
  public var grouping = ProfileGrouping.none
  public var totals = SampleTotals()
  /// Seconds it is long; nil for all the time since the instance began.
  public var seconds: Double?
  /// Whether samples cannot be told apart by owner: the source has only their counts.
  public var isUngrouped = false
  /// The record's generation.
  public var generation = 0

  /// A slice of nothing.
  public init() {}

  public static func == (one: ProfileSlice, other: ProfileSlice) -> Bool {
    one.counts == other.counts && one.totals == other.totals && one.seconds == other.seconds
      && one.isUngrouped == other.isUngrouped && one.generation == other.generation
      && one.grouping == other.grouping
      && one.groups.elementsEqual(other.groups) {
        $0.owner == $1.owner && $0.counts == $1.counts
      }
  }
}

extension ProfileRecord {
  /// The time `span` before `end`, microseconds of the host's monotonic clock; nil is the latest
  /// look. Cost: about a nanosecond a sample in it.
  public func slice(
    _ span: ProfileSpan, by grouping: ProfileGrouping = .none, until end: Int? = nil
  ) -> ProfileSlice {
    var slice = ProfileSlice()
    slice.generation = generation
    slice.grouping = grouping
    slice.counts = [UInt64](repeating: 0, count: counts.count)
    let last = end.map { end in steps.lastIndex { $0.taken <= end } ?? 0 } ?? (steps.count - 1)
    guard steps.indices.contains(last) else { return slice }
    let end = steps[last].taken
    // A step counts if the larger part of it is within.
    let first =
      span == .whole ? 0 : steps.firstIndex { $0.taken > end - span.microseconds + 50_000 } ?? last
    slice.totals = steps[last].totals
    if span == .whole, grouping == .none {
      slice.counts = counts
      for step in steps[(last + 1)...] {
        for count in step.counts { slice.counts[Int(count.spot) - 1] &-= UInt64(count.count) }
      }
      return slice
    }
    // The first of all steps is the state that was found, and no time of its own.
    let begin = max(first, 1)
    guard begin <= last else {
      slice.seconds = 0
      slice.totals = SampleTotals()
      return slice
    }
    slice.totals = slice.totals.since(steps[begin - 1].totals)
    slice.seconds = Double(end - steps[begin - 1].taken) / 1_000_000
    for step in steps[begin...last] {
      for count in step.counts { slice.counts[Int(count.spot) - 1] &+= UInt64(count.count) }
    }
    if grouping != .none { group(&slice, grouping, steps[begin...last]) }
    return slice
  }

  private func group(
    _ slice: inout ProfileSlice, _ grouping: ProfileGrouping, _ steps: ArraySlice<Step>
  ) {
    guard steps.allSatisfy({ $0.samples != nil }) else {
      slice.isUngrouped = true
      return
    }
    var groups: [UInt32: [UInt64]] = [:]
    for step in steps {
      for (sample, count) in step.samples ?? [:] where sample.spot > 0 {
        let owner =
          switch grouping {
          case .none: UInt32(0)
          case .handler: UInt32(sample.handler)
          case .task: sample.task
          case .fiber: sample.fiber
          }
        guard sample.spot <= counts.count, groups.count < 256 || groups[owner] != nil else {
          continue
        }
        groups[owner, default: [UInt64](repeating: 0, count: counts.count)][
          Int(sample.spot) - 1] &+=
          UInt64(count)
      }
    }
    slice.groups = groups.sorted { $0.key < $1.key }.map { (owner: $0.key, counts: $0.value) }
  }
}
