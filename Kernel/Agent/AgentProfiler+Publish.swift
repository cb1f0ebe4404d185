// The profile in the root block: Kernel/Profiler/SPEC.md says what its values mean.

internal import Profiler
internal import Publishing
internal import Telemetry

extension AgentProfiler {
  /// Publishes what a profiler keeps. Needs the heap.
  static func publish(_ kept: ProfileMemory) {
    publishCounters(UnsafeRawPointer(kept.counters))
    let (counters, size) = (UnsafeRawPointer(kept.counters), kept.size)
    // Rows that never change are records of a ring that never comes round: so frames tell each once.
    // Record 1 is in slot 1: slot 0, which is never looked at, would lie before the first row.
    Publish.ring(
      "profile.stacks", at: kept.stacksStart - size.stride, latest: counters + 16,
      capacity: size.stacks + 1, stride: size.stride,
      [
        PublishedField("flags", at: 4, width: 1), PublishedField("frames", at: 5, width: 1),
        PublishedField("gap", at: 6, width: 1), PublishedField("awaiting", at: 7, width: 1),
        PublishedField("callers", .addresses, at: 8, width: size.depth * 8),
      ])
    Publish.ring(
      "profile.spots", at: kept.spotsStart - 16, latest: counters + 24, capacity: size.spots + 1,
      stride: 16,
      [
        PublishedField("address", .address, at: 0), PublishedField("stack", at: 8, width: 4),
        .enumeration("activity", at: 12, width: 4, ["running", "idle", "waiting"]),
      ])
    Publish.table(
      "profile.counts", at: kept.countsStart, count: counters + 24, capacity: size.spots,
      stride: 8, [PublishedField("count", at: 0)])
    // The samples themselves are for who reads memory: a link would have nothing else to do.
    let place = Publish.words(2)
    place[0] = UInt64(UInt(bitPattern: kept.samplesStart))
    place[1] = UInt64(size.samples)
    Publish.gauge("profile.samples.address", at: place, type: .address)
    Publish.gauge("profile.samples.capacity", at: place + 1)
  }

  /// The words of `ProfileCounters`, in its order.
  private static func publishCounters(_ words: UnsafeRawPointer) {
    Publish.gauge("profile.rate", at: words)
    Publish.gauge("profile.samples.latest", at: words + 8)
    let names: [StaticString] = [
      "profile.running", "profile.idle", "profile.waiting", "profile.unknown", "profile.missed",
      "profile.homeless", "profile.gaps", "profile.cut", "profile.deep",
    ]
    for index in names.indices { Publish.counter(names[index], at: words + 32 + 8 * index) }
    Publish.counter("profile.late.total", .nanoseconds, at: words + 104)
    Publish.gauge("profile.late.worst", .nanoseconds, at: words + 112)
  }
}
