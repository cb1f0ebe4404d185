// What a sample costs: the same work without and with the profiler, 16 frames deep. Under
// `-icount shift=0` a nanosecond is an instruction.

import Agent
import Kernel
import Profiler

/// Calls of the work's own, so that stacks have 16 frames with the sampled one.
private let depth = 8

final class Price {
  private var sum: UInt64 = 0

  func begin(rate: UInt64) { System.after(.milliseconds(1)) { [self] in measure(rate) } }

  private func measure(_ rate: UInt64) {
    let plain = time()
    guard let before = AgentProfiler.kept?.counters.pointee, AgentProfiler.start(rate: rate),
      time() > 0
    else { return Console.write("no profiler\n") }
    // The stacks are known by now: what is measured is what goes on for ever.
    let first = AgentProfiler.kept?.counters.pointee.latest ?? 0
    let sampled = time()
    AgentProfiler.stop()
    guard let kept = AgentProfiler.kept, kept.counters.pointee.latest > first else { return }
    let counters = kept.counters.pointee
    let samples = counters.latest - first
    var frames: UInt8 = 0
    if let last = kept.sample(counters.latest), let spot = kept.spots.spot(last.spot),
      let (row, _) = kept.stacks.stack(spot.row.stack)
    {
      frames = row.frames + 1
    }
    Console.write(
      "sample: \((sampled - plain) / samples) with \(frames) frames, \(samples) samples, "
        + "missed \(counters.missed - before.missed), sum \(sum & 1)\n")
    System.powerOff()
  }

  private func time() -> UInt64 {
    let start = System.now
    sum &+= down(depth)
    return (System.now - start).count
  }

  @inline(never) private func down(_ left: Int) -> UInt64 {
    if left == 0 { return spin(10_000_000) }
    let value = down(left - 1)
    // Work to come back to, or the compiler makes a loop of the calls.
    sum &+= value
    return value >> 1
  }
}
