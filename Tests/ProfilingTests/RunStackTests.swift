// Samples laid out by hand on a line of time, and the runs that they fall into.

import Profiling
import Readings
import Testing

@Suite("Stacks of single runs")
struct RunStackTests {
  /// Spot 1 is main < loop < work, spot 2 has spin in it, spot 4 is main alone.
  private func record() -> ProfileRecord {
    var recorder = ProfileRecorder(HandMade.names())
    var tables = ProfileTables()
    func look(_ samples: [(time: UInt64, spot: UInt32, handler: UInt8)], taken: Int) {
      tables.take(
        HandMade.usual.reading, samples: [],
        timed: samples.map { TimedSample(time: $0.time, spot: $0.spot, handler: $0.handler) })
      recorder.add(tables, taken: taken)
    }
    look([], taken: 0)
    look([(90, 4, 2), (110, 2, 2), (120, 2, 2), (130, 1, 2), (140, 4, 1)], taken: 1_000_000)
    look([(150, 2, 2), (160, 99, 2), (170, 0, 2), (300, 1, 2)], taken: 2_000_000)
    return recorder.record
  }

  @Test(
    "a run's stack is the one it was found in most often, over looks, by its own handler's samples")
  func most() {
    let found = record().stack(of: 1, from: 100, to: 200)
    #expect(found == RunStack(functions: ["spin", "work", "loop", "main"], count: 3, all: 4))
    #expect(record().stack(of: 0, from: 100, to: 200)?.functions == ["main"])
    #expect(record().stack(of: 1, from: 300, to: 300)?.functions == ["work", "loop", "main"])
  }

  @Test(
    "without a sample nothing is said", arguments: [(200, 299), (0, 80), (400, 500), (200, 100)])
  func none(begin: UInt64, end: UInt64) {
    #expect(record().stack(of: 1, from: begin, to: end) == nil)
  }
}
