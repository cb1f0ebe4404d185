// What the profiler has, as lines of text; a line at a time, so that the console keeps up.

import Agent
import Kernel
import Profiler

final class Report {
  private var next: UInt32 = 1

  func begin() {
    guard let kept = AgentProfiler.kept else { return }
    let counters = kept.counters.pointee
    Console.write(
      "samples \(counters.latest), running \(counters.running), idle \(counters.idle), "
        + "missed \(counters.missed), homeless \(counters.homeless), gaps \(counters.gaps), "
        + "cut \(counters.cut), deep \(counters.deep), late \(counters.lateTotal)\n")
    ring(kept)
    System.every(.milliseconds(20)) { [self] in line() }
  }

  /// Who ran, by the samples that the ring still has.
  private func ring(_ kept: ProfileMemory) {
    var groups: [(sample: SampleRecord, count: Int)] = []
    var number = kept.counters.pointee.latest
    while let sample = kept.sample(number) {
      number -= 1
      if let index = groups.firstIndex(where: {
        $0.sample.fiber == sample.fiber && $0.sample.task == sample.task
          && $0.sample.handler == sample.handler && $0.sample.activity == sample.activity
      }) {
        groups[index].count += 1
      } else {
        groups.append((sample, 1))
      }
    }
    for (sample, count) in groups.prefix(16) {
      Console.write(
        "who \(count) activity \(sample.activity) fiber \(sample.fiber) task \(sample.task) "
          + "handler \(sample.handler)\n")
    }
  }

  private func line() {
    guard let kept = AgentProfiler.kept, let spot = kept.spots.spot(next) else {
      Console.write("end\n")
      System.powerOff()
    }
    next += 1
    var text = "spot \(spot.count) \(spot.row.activity) \(spot.row.address)"
    if let (row, frames) = kept.stacks.stack(spot.row.stack) {
      text += " flags \(row.flags) gap \(row.gap) awaiting \(row.awaiting) callers"
      for frame in frames { text += " \(frame)" }
    }
    Console.write(text + "\n")
  }
}
