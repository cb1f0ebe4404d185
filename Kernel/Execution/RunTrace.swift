// The latest runs of handlers that took long, one by one: what the histograms only count. A ring of
// plain records, written by the loop, read from memory or told in frames (`trace` in
// Protocols/Telemetry/SPEC.md). It is there where an image publishes.
//
// Only runs of `Core.current.leastTraced` nanoseconds and more are recorded: by default those that
// could have been noticed, so that an instance which nobody watched has them still. Who draws a time
// line asks for all of them, and pays for that: some 20 instructions a run.

internal import Machine
internal import Publishing
internal import Synchronization
internal import Telemetry

/// A ring of runs.
struct RunTrace: ~Copyable {
  /// How many runs are kept.
  static var capacity: Int { 512 }
  /// What is recorded without being asked for, in nanoseconds: at most 100 runs a second, which a
  /// serial line can carry.
  static var defaultLeast: UInt64 { 10_000_000 }

  // Safety: `capacity` records that stay for ever, or nothing that is ever written to.
  private var records = UnsafeMutablePointer<Record>(bitPattern: 8).unsafelyUnwrapped
  /// The number of the latest record, from 1.
  private(set) var latest: UInt64 = 0

  /// 40 bytes, in the order of the published fields.
  struct Record {
    var number: UInt64
    var begin: UInt64
    var run: UInt64
    var delay: UInt64
    var handler: UInt64
  }

  init() {}

  /// Takes memory, publishes it, and lets runs be recorded from now on.
  mutating func start() {
    // Safety: as many zero words as the records have, never given back.
    records = UnsafeMutableRawPointer(Publish.words(5 * Self.capacity))
      .bindMemory(to: Record.self, capacity: Self.capacity)
    Core.current.leastTraced = Self.defaultLeast
    Publish.ring(
      "trace", at: records, latest: publishedPlace(of: &latest), capacity: Self.capacity,
      stride: MemoryLayout<Record>.stride,
      [
        PublishedField("number", .sequence, at: 0),
        PublishedField("begin", .instant, .instant, at: 8),
        PublishedField("run", .duration, .nanoseconds, at: 16),
        PublishedField("delay", .duration, .nanoseconds, at: 24),
        PublishedField("handler", at: 32),
      ])
    Publish.gauge("trace.least", .nanoseconds, at: publishedPlace(of: &Core.current.leastTraced))
  }

  /// Records a run. A reader that looks meanwhile finds a number that is not the one it looks for.
  @inline(never)
  mutating func note(_ handler: UInt8, readySince mark: UInt64, from start: UInt64, to end: UInt64)
  {
    let number = latest &+ 1
    let record = records + Int(truncatingIfNeeded: number & UInt64(Self.capacity &- 1))
    record.pointee.number = 0
    atomicMemoryFence(ordering: .releasing)
    record.pointee.begin = start
    record.pointee.run = end &- start
    record.pointee.delay = start > mark ? start &- mark : 0
    record.pointee.handler = UInt64(handler)
    atomicMemoryFence(ordering: .releasing)
    record.pointee.number = number
    latest = number
  }
}
