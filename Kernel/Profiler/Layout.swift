// What lies where in the profiler's memory: one region, taken once. Readers outside the instance
// know it by the description of module Telemetry's entries, and SPEC.md; here is the writer's side.

/// What a core was doing, by which stacks are kept apart.
@frozen public enum CoreActivity: UInt8, Sendable {
  /// It executed the stack's first address.
  case running
  /// It was halted: nothing was ready.
  case idle
  /// No core was involved: a fiber or a task waits there.
  case waiting
}

/// Callers, kept once however many samples have them. `StackTable.depth` return addresses follow,
/// innermost first; 0 ends them.
@frozen public struct StackRow {
  /// Half of their hash.
  var hash: UInt32 = 0
  /// `StackFlags`.
  public var flags: UInt8 = 0
  /// How many there are.
  public var frames: UInt8 = 0
  /// How many of them stand before the gap, if there is one.
  public var gap: UInt8 = 0
  /// How many from there on are places where async functions that wait will go on.
  public var awaiting: UInt8 = 0

  init() {}
}

/// Where samples were taken: an instruction, who had called, and what the core was doing. What a
/// profile consists of. How many there were stands in a column of its own, because it changes.
@frozen public struct SpotRow: Equatable, Sendable {
  /// The instruction.
  public var address: UInt64 = 0
  /// The number of the callers in the table of stacks, from 1; 0: there was no room for them.
  public var stack: UInt32 = 0
  /// A `CoreActivity`.
  public var activity: UInt32 = 0

  init() {}
}

/// One sample in the ring.
@frozen public struct SampleRecord {
  /// Its number, from 1; another number than its slot wants: it is being written.
  public var number: UInt64 = 0
  /// The time-stamp counter.
  public var ticks: UInt64 = 0
  /// The number of the spot in its table, from 1; 0: there was no room for a new one.
  public var spot: UInt32 = 0
  /// The number of the fiber (`FiberRecord.number`) that ran or waits; 0 for none.
  public var fiber: UInt32 = 0
  /// The runtime's number of the task that ran or waits; 0 for none.
  public var task: UInt32 = 0
  /// The event handler's number plus one; 0 for none.
  public var handler: UInt8 = 0
  public var core: UInt8 = 0
  /// A `CoreActivity`.
  public var activity: UInt8 = 0
  /// How late it was: the binary logarithm of the nanoseconds, rounded up.
  public var lateness: UInt8 = 0

  init() {}
}

/// What has been counted since the instance began. All only grow, but for `rate` and `latest`.
@frozen public struct ProfileCounters {
  /// Samples a second that are asked for; 0: none are taken.
  public var rate: UInt64 = 0
  /// The number of the latest sample in the ring.
  public var latest: UInt64 = 0
  /// Rows in the two tables.
  public var stacks: UInt64 = 0
  public var spots: UInt64 = 0
  /// Samples of a running core and of a halted one.
  public var running: UInt64 = 0
  public var idle: UInt64 = 0
  /// Fibers and tasks found waiting, and those whose stack is not to be found.
  public var waiting: UInt64 = 0
  public var unknown: UInt64 = 0
  /// Samples that were not taken because the core could not be interrupted in time.
  public var missed: UInt64 = 0
  /// Samples whose callers or spot are in no table, because it is full.
  public var homeless: UInt64 = 0
  /// Samples whose stack has a gap, is cut, is too deep.
  public var gaps: UInt64 = 0
  public var cut: UInt64 = 0
  public var deep: UInt64 = 0
  /// How late samples were: all together and the worst, in nanoseconds.
  public var lateTotal: UInt64 = 0
  public var lateWorst: UInt64 = 0

  init() {}
}

/// How much the profiler keeps.
public struct ProfileSize: Equatable, Sendable {
  /// Different stacks; return addresses in each, an even number; different spots; samples in the
  /// ring. All but the second are powers of two.
  public let stacks, depth, spots, samples: Int

  /// What suits a machine with so much memory: about a hundredth of it.
  public init(forMemory bytes: UInt64) {
    if bytes >= 47 << 20 {
      self.init(stacks: 512, depth: 46, spots: 4096, samples: 4096)
    } else if bytes >= 15 << 20 {
      self.init(stacks: 256, depth: 30, spots: 2048, samples: 1024)
    } else {
      self.init(stacks: 64, depth: 30, spots: 512, samples: 256)
    }
  }

  /// So many.
  package init(stacks: Int, depth: Int, spots: Int, samples: Int) {
    (self.stacks, self.depth, self.spots, self.samples) = (stacks, depth, spots, samples)
  }

  /// Bytes from one stack to the next.
  public var stride: Int { 8 + 8 * depth }
  // Where the parts begin. There is a row more than stacks: where the next one is written.
  var stacksOffset: Int { 128 }
  var spotsOffset: Int { stacksOffset + (stacks + 1) * stride }
  var countsOffset: Int { spotsOffset + spots * 16 }
  var samplesOffset: Int { countsOffset + spots * 8 }
  var stackSlotsOffset: Int { samplesOffset + samples * 32 }
  var spotSlotsOffset: Int { stackSlotsOffset + 2 * stacks * 4 }
  var linksOffset: Int { spotSlotsOffset + 2 * spots * 4 }
  /// Bytes of the whole region.
  public var bytes: Int { linksOffset + depth * 8 }
}
